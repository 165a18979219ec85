"""The orchestrator can only tighten; it does so at once, and loosens after the dwell."""

import math
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.governance.orchestrator_policy import (
    FREE,
    ExitStyle,
    Level,
    Reading,
    Stance,
    called_for,
    left_by,
    stance_after,
)
from domain.market.messages import Regime
from domain.shared.amounts import ONE, ZERO
from tests.builders import MINUTE_MS, D, a_policy

pytestmark = pytest.mark.unit

POLICY = a_policy()
DWELL_MS = 15 * MINUTE_MS


def reading(regime: Regime = Regime.RANGE, atr: float = 0.01, **changes: Any) -> Reading:  # noqa: ANN401 - any field
    return Reading(regime, atr, 0.0001)._replace(**changes)


CALM, SHUT = reading(), reading(Regime.ILLIQUID)


@pytest.mark.parametrize(("regime", "atr"), list(product(Regime, [0.0, 0.03, 0.06, 1.0, math.nan])))
def test_no_regime_makes_a_position_larger(regime: Regime, atr: float) -> None:
    left = left_by(stance_after(FREE, reading(regime, atr), 1, POLICY), POLICY)
    assert ZERO <= left.size <= ONE
    assert left.allow_entries is (left.size > ZERO)


@pytest.mark.parametrize(
    ("seen", "level"),
    [
        (CALM, Level.FREE),
        (reading(atr=math.nan), Level.FREE),
        (SHUT, Level.SHUT),
        (reading(Regime.TREND_UP, 0.06), Level.SHUT),
        (reading(Regime.TREND_UP, 0.0599), Level.CAREFUL),
        (reading(Regime.UNKNOWN), Level.DEFENSIVE),
        (reading(Regime.UNKNOWN, 0.06), Level.SHUT),
        (reading(Regime.HIGH_VOLATILITY), Level.CAREFUL),
        (reading(spread_fraction=0.006), Level.CAREFUL),
        (reading(spread_fraction=math.nan), Level.CAREFUL),
        (reading(agreement=0.74), Level.CAREFUL),
        (reading(agreement=math.nan), Level.CAREFUL),
        (reading(severity=1), Level.FREE),
        (reading(severity=2), Level.CAREFUL),
        (reading(weak=True), Level.CAREFUL),
        (reading(streak=4), Level.FREE),
        (reading(streak=5), Level.CAREFUL),
    ],
)
def test_what_each_reading_calls_for(seen: Reading, level: Level) -> None:
    assert called_for(seen, POLICY) is level


@pytest.mark.parametrize(("size", "allowed"), [("1", True), ("0.5", True), ("0", False)])
def test_an_unknown_regime_is_defensive(size: str, allowed: bool) -> None:  # noqa: FBT001 - a case
    left = left_by(Stance(Level.DEFENSIVE), a_policy(unknown_regime_size=D(size)))
    assert (left.allow_entries, left.size) == (allowed, D(size))


def test_a_tighter_level_never_leaves_more() -> None:
    lefts = [left_by(Stance(level), POLICY) for level in Level]
    assert [left.allow_entries for left in lefts] == [True, True, True, False]
    assert [left.size for left in lefts] == sorted((x.size for x in lefts), reverse=True)
    assert [x.confidence_min for x in lefts] == sorted(x.confidence_min for x in lefts)
    assert [x.exits for x in lefts] == [ExitStyle.PLANNED] * 2 + [ExitStyle.SECURE] * 2


def test_a_stance_tightens_at_once() -> None:
    assert stance_after(FREE, SHUT, 7, POLICY) == Stance(Level.SHUT, 7)


def test_a_stance_loosens_only_after_the_dwell() -> None:
    stance = stance_after(Stance(Level.SHUT, 0), CALM, 10, POLICY)
    assert stance == Stance(Level.SHUT, 0, 10)
    assert stance_after(stance, CALM, 9 + DWELL_MS, POLICY) == stance
    assert stance_after(stance, CALM, 10 + DWELL_MS, POLICY) == Stance(Level.FREE, 10 + DWELL_MS)


def test_calm_begins_anew_when_the_level_is_called_for_again() -> None:
    stance = stance_after(Stance(Level.SHUT, 0), CALM, 10, POLICY)
    stance = stance_after(stance, SHUT, 20, POLICY)
    assert stance == Stance(Level.SHUT, 0)
    assert stance_after(stance, CALM, 30, POLICY).calm_ms == 30


def test_without_a_dwell_a_stance_follows_its_reading() -> None:
    policy = a_policy(orchestrator_dwell_minutes=0)
    assert stance_after(Stance(Level.SHUT, 0), CALM, 10, policy).level is Level.FREE


def test_a_stance_that_stays_is_the_very_same() -> None:
    stance = Stance(Level.SHUT, 5)
    assert stance_after(stance, SHUT, 99, POLICY) is stance
    assert stance_after(FREE, CALM, 99, POLICY) is FREE


@given(st.lists(st.tuples(st.integers(1, 10 * MINUTE_MS), st.sampled_from(Regime)), max_size=40))
def test_no_stance_is_ever_milder_than_what_is_called_for_nor_loosens_within_the_dwell(
    path: list[tuple[int, Regime]],
) -> None:
    stance, now, tightest_ms = FREE, 0, 0
    for wait, regime in path:
        now += wait
        called = called_for(reading(regime), POLICY)
        if called >= stance.level:
            tightest_ms = now
        after = stance_after(stance, reading(regime), now, POLICY)
        assert after.level >= called
        assert after.level >= stance.level or now - tightest_ms >= DWELL_MS
        stance = after
