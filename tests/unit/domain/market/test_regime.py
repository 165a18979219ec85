from itertools import product
from math import inf, isfinite, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.governance.policy import Policy
from domain.market.messages import Regime
from domain.market.regime import RegimeReading, RegimeState, classify, confidence, observe

pytestmark = pytest.mark.unit

POLICY = Policy(regime_confirm_bars=3, trend_adx=25.0, trend_adx_hysteresis=5.0)
# One clear reading of each regime.
READINGS = {
    Regime.RANGE: RegimeReading(0.01, 10.0, 0.001, 1.0),
    Regime.TREND_UP: RegimeReading(0.01, 40.0, 0.001, 1.0),
    Regime.TREND_DOWN: RegimeReading(0.01, 40.0, -0.001, 1.0),
    Regime.HIGH_VOLATILITY: RegimeReading(0.05, 40.0, 0.001, 1.0),
    Regime.ILLIQUID: RegimeReading(0.05, 40.0, 0.001, 0.01),
    Regime.UNKNOWN: RegimeReading(nan, 40.0, 0.001, 1.0),
}
GRAVITY = {
    Regime.RANGE: 0,
    Regime.TREND_UP: 0,
    Regime.TREND_DOWN: 0,
    Regime.HIGH_VOLATILITY: 1,
    Regime.ILLIQUID: 2,
    Regime.UNKNOWN: 3,
}


def after(state: RegimeState, *readings: RegimeReading) -> RegimeState:
    for reading in readings:
        state = observe(state, reading, POLICY)
    return state


def believing(regime: Regime) -> RegimeState:
    return RegimeState(regime, regime, 0)


@pytest.mark.parametrize("regime", Regime)
def test_each_regime_is_told_by_its_reading(regime: Regime) -> None:
    assert classify(READINGS[regime], Regime.UNKNOWN, POLICY) is regime


@pytest.mark.parametrize(("field", "value"), list(product(range(4), (nan, inf, -inf))))
def test_anything_unknown_makes_the_whole_reading_unknown(field: int, value: float) -> None:
    values = list(READINGS[Regime.RANGE])
    values[field] = value
    assert classify(RegimeReading(*values), Regime.RANGE, POLICY) is Regime.UNKNOWN


@pytest.mark.parametrize(("held", "seen"), list(product(Regime, Regime)))
def test_only_a_graver_regime_is_believed_at_once(held: Regime, seen: Regime) -> None:
    state = after(believing(held), READINGS[seen])
    assert (state.regime is seen) == (held is seen or GRAVITY[seen] > GRAVITY[held])


@pytest.mark.parametrize(("held", "seen"), list(product(Regime, Regime)))
def test_any_regime_is_believed_after_three_readings_in_a_row(held: Regime, seen: Regime) -> None:
    assert after(believing(held), *[READINGS[seen]] * 3).regime is seen


def test_a_challenge_that_is_interrupted_begins_again() -> None:
    up, still = READINGS[Regime.TREND_UP], READINGS[Regime.RANGE]
    state = after(believing(Regime.RANGE), up, up, still, up, up)
    assert state == RegimeState(Regime.RANGE, Regime.TREND_UP, 2)


def test_another_challenger_does_not_inherit_the_streak() -> None:
    up, down = READINGS[Regime.TREND_UP], READINGS[Regime.TREND_DOWN]
    state = after(believing(Regime.RANGE), up, up, down)
    assert state == RegimeState(Regime.RANGE, Regime.TREND_DOWN, 1)


def test_a_trend_outlasts_its_threshold_by_the_hysteresis() -> None:
    fading = RegimeReading(0.01, 20.0, 0.001, 1.0)
    gone = fading._replace(adx=19.9)
    assert classify(fading, Regime.TREND_UP, POLICY) is Regime.TREND_UP
    assert classify(gone, Regime.TREND_UP, POLICY) is Regime.RANGE
    assert classify(fading, Regime.RANGE, POLICY) is Regime.RANGE


def test_a_trend_without_a_slope_is_a_range() -> None:
    flat = RegimeReading(0.01, 40.0, 0.0, 1.0)
    assert classify(flat, Regime.TREND_UP, POLICY) is Regime.RANGE


def test_the_start_is_unknown_until_confirmed() -> None:
    quiet = READINGS[Regime.RANGE]
    assert after(RegimeState(), quiet, quiet).regime is Regime.UNKNOWN
    assert after(RegimeState(), quiet, quiet, quiet).regime is Regime.RANGE


def test_a_challenge_takes_the_confidence_away_evenly() -> None:
    strong = READINGS[Regime.TREND_UP]
    shaken = RegimeState(Regime.TREND_UP, Regime.RANGE, 2)
    sure = confidence(believing(Regime.TREND_UP), strong, POLICY)
    assert sure == 0.5 + 0.5 * (40 / 25 - 1)
    assert confidence(shaken, strong, POLICY) == pytest.approx(sure / 3)


floats = st.floats(0, 200, allow_nan=False)


@given(st.sampled_from(Regime), floats, floats, st.floats(-1, 1), floats, st.integers(0, 2))
def test_confidence_is_a_probability_and_none_in_the_unknown(
    regime: Regime, atr: float, adx: float, slope: float, ratio: float, streak: int
) -> None:
    sure = confidence(
        RegimeState(regime, regime, streak), RegimeReading(atr, adx, slope, ratio), POLICY
    )
    assert isfinite(sure)
    assert 0 <= sure <= 1
    assert regime is not Regime.UNKNOWN or sure == 0
