"""What the emergency stop does not forget: what an operator must clear, what a restart finds."""

from itertools import product

import pytest

from domain.governance.policy import Policy
from domain.monitoring.drawdown import EquityWatch
from domain.risk.emergency_stop import (
    CAUTIOUS,
    CLEARS,
    EMERGENCY,
    NORMAL,
    PROTECTIVE,
    Cause,
    Clears,
    Danger,
    EmergencyStop,
    Latch,
    RiskMode,
    advance,
    latch_of,
    latched_by,
    released,
    restored,
)
from domain.shared.enums import RunMode
from tests.unit.domain.risk.stops import (
    CALM,
    DWELL_MS,
    HELD_BY,
    MANUAL,
    PAPER,
    POLICY,
    after,
    in_mode,
)

pytestmark = pytest.mark.unit

WITH_REAL_ORDERS = {RunMode.TESTNET, RunMode.LIVE}


@pytest.mark.parametrize(
    ("cause", "run_mode", "policy"), list(product(Cause, RunMode, (POLICY, MANUAL)))
)
def test_what_only_an_operator_may_clear_is_latched_at_once(
    cause: Cause, run_mode: RunMode, policy: Policy
) -> None:
    latches = (
        policy is MANUAL
        or CLEARS[cause] is Clears.OPERATOR
        or (CLEARS[cause] is Clears.ACKNOWLEDGED and run_mode in WITH_REAL_ORDERS)
    )
    called = EMERGENCY if cause not in (Cause.DRAWDOWN, Cause.DIRECTIVE) else PROTECTIVE
    danger = Danger(EMERGENCY if policy is MANUAL else called, (cause,))

    stop = advance(in_mode(CAUTIOUS), danger, 5, policy, run_mode)

    assert stop.latched == ((cause,) if latches else ())
    assert (stop.mode, stop.epoch) == (danger.called_for, 8)
    later = advance(stop, CALM, 6, policy, run_mode)
    for n in range(1, 5):
        later = advance(later, CALM, 6 + n * DWELL_MS, policy, run_mode)
    assert later.mode is (EMERGENCY if latches else NORMAL)


def test_the_classes_of_the_causes() -> None:
    by_operator = {c for c in Cause if CLEARS[c] is Clears.OPERATOR}
    assert by_operator == {Cause.CAPITAL_FLOOR, Cause.INTEGRITY, Cause.OPERATOR}
    assert {c for c in Cause if CLEARS[c] is Clears.ACKNOWLEDGED} == {Cause.EXECUTION}
    assert set(CLEARS) == set(Cause)


def test_a_manual_policy_latches_no_rung_below_emergency() -> None:
    danger = Danger(PROTECTIVE, (Cause.DRAWDOWN,))
    assert advance(in_mode(NORMAL), danger, 5, MANUAL, PAPER).latched == ()


def test_a_cause_that_latches_is_an_emergency_whatever_is_called_for() -> None:
    stop = after(in_mode(NORMAL), Danger(NORMAL, (Cause.INTEGRITY,)), 5)
    assert (stop.mode, stop.latched) == (EMERGENCY, (Cause.INTEGRITY,))


def test_a_cause_latched_later_is_an_edge_of_its_own() -> None:
    stop = after(in_mode(NORMAL), Danger(EMERGENCY, (Cause.DRAWDOWN,)), 5)
    danger = Danger(EMERGENCY, (Cause.DRAWDOWN, Cause.CAPITAL_FLOOR))
    floored = after(stop, danger, 6)
    assert (floored.epoch, floored.latched) == (9, (Cause.CAPITAL_FLOOR,))
    assert floored.since_ms == 5
    assert after(floored, danger, 7) is floored
    assert after(floored, CALM, 8).causes == (Cause.CAPITAL_FLOOR,)


@pytest.mark.parametrize("mode", RiskMode)
def test_a_halt_is_accepted_from_any_rung_and_once(mode: RiskMode) -> None:
    stop = latched_by(in_mode(mode, calm_ms=3), Cause.OPERATOR, 50)
    assert (stop.mode, stop.latched, stop.epoch) == (EMERGENCY, (Cause.OPERATOR,), 8)
    assert (stop.since_ms, stop.calm_ms) == (0 if mode is EMERGENCY else 50, None)
    assert latched_by(stop, Cause.OPERATOR, 60) is stop
    both = latched_by(stop, Cause.INTEGRITY, 70)
    assert (both.latched, both.epoch) == ((Cause.OPERATOR, Cause.INTEGRITY), 9)


@pytest.mark.parametrize("called", RiskMode)
def test_a_release_climbs_one_rung_at_once_unless_something_calls(called: RiskMode) -> None:
    danger = Danger(called, (Cause.DRAWDOWN,) if called else ())
    stop = released(in_mode(EMERGENCY, latched=(Cause.OPERATOR,)), danger, 90, POLICY, PAPER)
    stays = called is EMERGENCY
    assert (stop.mode, stop.latched) == (EMERGENCY if stays else PROTECTIVE, ())
    assert (stop.epoch, stop.causes) == (8, danger.causes)
    assert stop.since_ms == (0 if stays else 90)
    assert stop.calm_ms == (90 if called < PROTECTIVE else None)


def test_a_condition_that_latches_latches_again_on_release() -> None:
    danger = Danger(EMERGENCY, (Cause.CAPITAL_FLOOR, Cause.DRAWDOWN))
    halted = in_mode(EMERGENCY, latched=(Cause.OPERATOR, Cause.CAPITAL_FLOOR))
    stop = released(halted, danger, 90, POLICY, PAPER)
    assert (stop.mode, stop.latched, stop.epoch) == (EMERGENCY, (Cause.CAPITAL_FLOOR,), 8)
    stop = released(halted, danger, 90, MANUAL, PAPER)
    assert stop.latched == (Cause.CAPITAL_FLOOR, Cause.DRAWDOWN)


@pytest.mark.parametrize("mode", RiskMode)
def test_a_release_of_what_is_not_latched_changes_the_epoch_alone(mode: RiskMode) -> None:
    stop = in_mode(mode, calm_ms=4)
    assert released(stop, CALM, 10 * DWELL_MS, POLICY, PAPER) == stop._replace(epoch=8)


def test_the_latch_holds_what_must_survive() -> None:
    stop = EmergencyStop(EMERGENCY, (Cause.DRAWDOWN,), 5, 9, None, (Cause.OPERATOR,))
    watch = EquityWatch(880.0, 1000.0, 3, 900.0, 25.0)
    latch = Latch(9, EMERGENCY, (Cause.DRAWDOWN,), (Cause.OPERATOR,), 5, 1000.0, 25.0)
    assert latch_of(stop, watch) == latch


@pytest.mark.parametrize(
    ("mode", "latched", "kept_mode", "kept_latched", "kept_epoch"),
    [
        (mode, latched, kept_mode, kept_latched, epoch)
        for mode, latched, kept_mode, kept_latched, epoch in product(
            RiskMode, HELD_BY, RiskMode, HELD_BY, (0, 6, 7, 8)
        )
        # Nothing but an emergency is ever latched.
        if (not latched or mode is EMERGENCY) and (not kept_latched or kept_mode is EMERGENCY)
    ],
)
def test_a_restart_never_lowers_anything(
    mode: RiskMode,
    latched: tuple[Cause, ...],
    kept_mode: RiskMode,
    kept_latched: tuple[Cause, ...],
    kept_epoch: int,
) -> None:
    stop = in_mode(mode, 4, latched)
    kept = Latch(kept_epoch, kept_mode, (Cause.MARGIN,), kept_latched, 3, 0.0, 0.0)

    then = restored(stop, kept, 99)

    graver = kept_mode > mode or bool(set(kept_latched) - set(latched))
    if kept_epoch <= 7 and not graver:
        assert then is stop
        return
    assert then.mode is max(mode, kept_mode)
    assert set(then.latched) == set(latched) | set(kept_latched)
    assert set(then.causes) == set(stop.causes) | {Cause.MARGIN}
    assert then.epoch == max(7, kept_epoch) + 1
    assert then.since_ms == (3 if kept_mode > mode else 0)
    assert then.calm_ms is None
    assert restored(then, kept, 100) is then


def test_a_latch_of_less_than_it_says_is_an_emergency() -> None:
    damaged = Latch(8, CAUTIOUS, (), (Cause.OPERATOR,), 3, 0.0, 0.0)
    assert restored(EmergencyStop(), damaged, 9).mode is EMERGENCY


@pytest.mark.parametrize(("mode", "latched"), [*product(RiskMode, [()]), (EMERGENCY, HELD_BY[2])])
def test_a_latch_that_cannot_be_read_is_an_emergency(
    mode: RiskMode, latched: tuple[Cause, ...]
) -> None:
    stop = restored(in_mode(mode, None if latched else 4, latched), None, 99)
    assert (stop.mode, stop.epoch, stop.calm_ms) == (EMERGENCY, 8, None)
    assert set(stop.latched) == {*latched, Cause.INTEGRITY}
