"""The Emergency Stop System, cell by cell and along every path."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.governance.policy import Policy
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
    advance,
    rung,
    rung_with_hysteresis,
)

pytestmark = pytest.mark.unit

POLICY = Policy()
DWELL_MS = POLICY.dwell_minutes * 60_000
CALM = Danger(NORMAL, ())


def in_mode(mode: RiskMode, calm_ms: int | None = None, *, halted: bool = False) -> EmergencyStop:
    return EmergencyStop(mode, (), 0, 7, calm_ms, halted)


def after_reading(stop: EmergencyStop, drawdown: float, at_ms: int) -> EmergencyStop:
    called = rung_with_hysteresis(drawdown, stop.mode, POLICY)
    causes = (Cause.DRAWDOWN,) if called else ()
    return advance(stop, Danger(called, causes), at_ms, POLICY)


@pytest.mark.parametrize(("mode", "called"), list(product(RiskMode, RiskMode)))
def test_every_cell_of_the_grid_rises_at_once_and_falls_one_rung(
    mode: RiskMode, called: RiskMode
) -> None:
    expected = called if called >= mode else RiskMode(mode - 1)
    assert TRANSITIONS[mode][called] is expected


@pytest.mark.parametrize(("mode", "called"), list(product(RiskMode, RiskMode)))
def test_every_cell_as_advance_plays_it(mode: RiskMode, called: RiskMode) -> None:
    rested = advance(in_mode(mode, calm_ms=0), Danger(called, ()), DWELL_MS, POLICY)
    at_once = advance(in_mode(mode), Danger(called, ()), 5, POLICY)
    assert rested.mode is TRANSITIONS[mode][called]
    assert at_once.mode is max(mode, called)
    for after in (rested, at_once):
        assert after.epoch == 7 + (after.mode is not mode)


@pytest.mark.parametrize("mode", RiskMode)
def test_a_recovery_climbs_exactly_one_rung(mode: RiskMode) -> None:
    after = advance(in_mode(mode, calm_ms=0), CALM, DWELL_MS, POLICY)
    assert after.mode == max(mode - 1, NORMAL)


@pytest.mark.parametrize("mode", [CAUTIOUS, PROTECTIVE, EMERGENCY])
def test_a_recovery_waits_out_its_whole_dwell(mode: RiskMode) -> None:
    waiting = advance(in_mode(mode), CALM, 1000, POLICY)
    assert (waiting.mode, waiting.calm_ms, waiting.since_ms) == (mode, 1000, 0)
    assert advance(waiting, CALM, 1000 + DWELL_MS - 1, POLICY) is waiting
    recovered = advance(waiting, CALM, 1000 + DWELL_MS, POLICY)
    assert recovered.mode is RiskMode(mode - 1)
    assert recovered.since_ms == 1000 + DWELL_MS


def test_a_relapse_begins_the_dwell_anew() -> None:
    waiting = advance(in_mode(PROTECTIVE), CALM, 0, POLICY)
    relapsed = advance(waiting, Danger(PROTECTIVE, (Cause.DRAWDOWN,)), DWELL_MS - 1, POLICY)
    assert (relapsed.calm_ms, relapsed.causes) == (None, (Cause.DRAWDOWN,))
    waiting = advance(relapsed, CALM, DWELL_MS, POLICY)
    assert advance(waiting, CALM, 2 * DWELL_MS - 1, POLICY).mode is PROTECTIVE


def test_a_state_that_nothing_changes_is_the_same_state() -> None:
    stop = in_mode(NORMAL)
    assert advance(stop, CALM, 5, POLICY) is stop
    waiting = in_mode(CAUTIOUS, calm_ms=0)
    assert advance(waiting, CALM, 5, POLICY) is waiting


@pytest.mark.parametrize(("mode", "called"), list(product(RiskMode, RiskMode)))
def test_a_halt_is_an_emergency_whatever_conditions_say(mode: RiskMode, called: RiskMode) -> None:
    halted = advance(in_mode(mode, 0, halted=True), Danger(called, ()), 10 * DWELL_MS, POLICY)
    assert (halted.mode, halted.halted, halted.calm_ms) == (EMERGENCY, True, None)


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
    ],
)
def test_the_ladder_of_the_specification(drawdown: float, mode: RiskMode) -> None:
    assert rung(drawdown, POLICY) is mode


def test_minus_12_8_3_1_gives_exactly_three_recoveries() -> None:
    stop, seen = EmergencyStop(), []
    for n, drawdown in enumerate([0.12, 0.08, 0.03, 0.01]):
        for minute in range(0, 62, 31):  # each level lasts longer than the dwell
            stop = after_reading(stop, drawdown, (n * 62 + minute) * 60_000)
            seen.append(stop.mode)
    changes = [new for old, new in pairwise([NORMAL, *seen]) if new is not old]
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


@given(st.lists(st.tuples(st.floats(0, 0.3), st.integers(1, 45)), max_size=40))
def test_along_any_path_rising_is_immediate_and_falling_is_slow(
    path: list[tuple[float, int]],
) -> None:
    stop, now, quiet_since = EmergencyStop(), 0, None
    for drawdown, minutes in path:
        now += minutes * 60_000
        before = stop
        stop = after_reading(before, drawdown, now)
        called = rung_with_hysteresis(drawdown, before.mode, POLICY)
        if called >= before.mode:
            quiet_since = None
            assert stop.mode is called
        else:
            quiet_since = now if quiet_since is None else quiet_since
            rested = now - quiet_since >= DWELL_MS
            assert stop.mode == before.mode - rested
            quiet_since = (now if called < stop.mode else None) if rested else quiet_since
        assert stop.epoch == before.epoch + (stop.mode is not before.mode)
        assert rung(drawdown, POLICY) <= stop.mode
