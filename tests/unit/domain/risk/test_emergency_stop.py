"""The Emergency Stop System, cell by cell."""

from itertools import pairwise, product
from math import nan

import pytest

from domain.risk.emergency_stop import (
    CAUTIOUS,
    EMERGENCY,
    NORMAL,
    PROTECTIVE,
    TRANSITIONS,
    Cause,
    Danger,
    EmergencyStop,
    RiskMode,
    rung,
    rung_with_hysteresis,
)
from tests.unit.domain.risk.stops import CALM, DWELL_MS, HELD_BY, POLICY, after, in_mode

pytestmark = pytest.mark.unit

# When less began to be called for, of which now is `10 * DWELL_MS`: never, now, not quite, long.
CALM_SINCE = [None, 10 * DWELL_MS, 9 * DWELL_MS + 1, 9 * DWELL_MS, 0]


def after_reading(stop: EmergencyStop, drawdown: float, at_ms: int) -> EmergencyStop:
    called = rung_with_hysteresis(drawdown, stop.mode, POLICY)
    return after(stop, Danger(called, (Cause.DRAWDOWN,) if called else ()), at_ms)


@pytest.mark.parametrize(("mode", "called"), list(product(RiskMode, RiskMode)))
def test_every_cell_of_the_grid_rises_at_once_and_falls_one_rung(
    mode: RiskMode, called: RiskMode
) -> None:
    expected = called if called >= mode else RiskMode(mode - 1)
    assert TRANSITIONS[mode][called] is expected


@pytest.mark.parametrize(
    ("mode", "called", "latched", "calm_ms"),
    list(product(RiskMode, RiskMode, HELD_BY, CALM_SINCE)),
)
def test_every_transition(
    mode: RiskMode, called: RiskMode, latched: tuple[Cause, ...], calm_ms: int | None
) -> None:
    now = 10 * DWELL_MS
    stop = in_mode(mode, calm_ms, latched)

    then = after(stop, Danger(called, (Cause.DRAWDOWN,) if called else ()), now)

    rested = calm_ms is not None and now - calm_ms >= DWELL_MS
    demanded = EMERGENCY if latched else called
    expected = demanded if demanded >= mode else RiskMode(mode - rested)
    assert then.mode is expected
    assert then.latched == latched
    assert then.epoch == 7 + (expected is not mode)
    assert then.since_ms == (now if expected is not mode else 0)
    if demanded >= expected:
        assert then.calm_ms is None
    else:
        assert then.calm_ms == (now if expected is not mode or calm_ms is None else calm_ms)


@pytest.mark.parametrize("mode", [CAUTIOUS, PROTECTIVE, EMERGENCY])
def test_a_recovery_waits_out_its_whole_dwell(mode: RiskMode) -> None:
    waiting = after(in_mode(mode), CALM, 1000)
    assert (waiting.mode, waiting.calm_ms, waiting.since_ms) == (mode, 1000, 0)
    assert after(waiting, CALM, 1000 + DWELL_MS - 1) is waiting
    recovered = after(waiting, CALM, 1000 + DWELL_MS)
    assert recovered.mode is RiskMode(mode - 1)
    assert recovered.since_ms == 1000 + DWELL_MS


def test_a_relapse_begins_the_dwell_anew() -> None:
    waiting = after(in_mode(PROTECTIVE), CALM, 0)
    relapsed = after(waiting, Danger(PROTECTIVE, (Cause.DRAWDOWN,)), DWELL_MS - 1)
    assert (relapsed.calm_ms, relapsed.causes) == (None, (Cause.DRAWDOWN,))
    waiting = after(relapsed, CALM, DWELL_MS)
    assert after(waiting, CALM, 2 * DWELL_MS - 1).mode is PROTECTIVE


def test_a_state_that_nothing_changes_is_the_same_state() -> None:
    stop = in_mode(NORMAL)
    assert after(stop, CALM, 5) is stop
    waiting = in_mode(CAUTIOUS, calm_ms=0)
    assert after(waiting, CALM, 5) is waiting
    held = in_mode(EMERGENCY, latched=(Cause.OPERATOR,))
    assert after(held, CALM, 5) is held


def test_another_cause_in_the_same_mode_is_no_other_edge() -> None:
    stop = EmergencyStop(EMERGENCY, (Cause.DRAWDOWN,), 3, 7)
    joined = after(stop, Danger(EMERGENCY, (Cause.DRAWDOWN, Cause.MARGIN)), 9)
    assert joined == stop._replace(causes=(Cause.DRAWDOWN, Cause.MARGIN))


@pytest.mark.parametrize(
    ("drawdown", "mode"),
    [
        (0.0, NORMAL),
        (0.0199, NORMAL),
        (0.02, CAUTIOUS),
        (0.0399, CAUTIOUS),
        (0.04, PROTECTIVE),
        (0.0999, PROTECTIVE),
        (0.10, EMERGENCY),
        (1.5, EMERGENCY),
        (nan, EMERGENCY),
    ],
)
def test_the_ladder_of_the_specification(drawdown: float, mode: RiskMode) -> None:
    assert rung(drawdown, POLICY) is mode


def test_minus_12_8_3_1_gives_exactly_three_recoveries() -> None:
    stop, modes = EmergencyStop(), [NORMAL]
    for n, drawdown in enumerate([0.12, 0.08, 0.03, 0.01]):
        for minute in range(0, 62, 31):  # each level lasts longer than the dwell
            stop = after_reading(stop, drawdown, (n * 62 + minute) * 60_000)
            modes.append(stop.mode)
    changes = [new for old, new in pairwise(modes) if new is not old]
    assert changes == [EMERGENCY, PROTECTIVE, CAUTIOUS, NORMAL]
    assert stop.epoch == 4


@pytest.mark.parametrize("edge", [0.02, 0.04, 0.10])
def test_at_the_edge_of_a_rung_nothing_chatters(edge: float) -> None:
    stop = EmergencyStop()
    for n in range(200):
        within_the_band = edge - 0.004 if n % 2 else edge
        stop = after_reading(stop, within_the_band, n * DWELL_MS)
    assert stop.epoch == 1


@pytest.mark.parametrize("mode", RiskMode)
def test_hysteresis_never_calls_for_more_than_there_is(mode: RiskMode) -> None:
    for thousandth in range(150):
        drawdown = thousandth / 1000
        called = rung_with_hysteresis(drawdown, mode, POLICY)
        plain = rung(drawdown, POLICY)
        assert plain <= called <= max(plain, mode)
