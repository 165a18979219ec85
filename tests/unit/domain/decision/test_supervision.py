"""What stands above the desk: policies and their store, directives, health, the latch."""

import random
from typing import Final

import pytest

from domain.decision.facts import EntryRefused, RiskModeChanged
from domain.decision.messages import (
    Candidate,
    ClockTicked,
    DirectiveIssued,
    HealthChanged,
    IntegrityLost,
    Page,
    PolicyAdopted,
    SessionOpened,
    Severity,
)
from domain.decision.safety_facts import AlertCode, DirectiveAdopted, HealthNoted, RiskAlert
from domain.decision.state import initial
from domain.decision.step import step
from domain.governance.directive import Directive, DirectiveMode, Health
from domain.governance.effective_policy import CONSERVATIVE, beyond, meet
from domain.governance.policy import Policy
from domain.risk.emergency_stop import PROTECTIVE, Cause
from domain.risk.verdict import Objection
from domain.shared.enums import RunMode
from domain.shared.errors import InvariantBroken
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, HOUR_MS, MINUTE_MS, START_MS, D, a_candidate, a_policy
from tests.random_policy import any_policy
from tests.rig import Rig
from tests.unit.domain.decision.acts import ticks

pytestmark = pytest.mark.unit

POLICIES: Final = 300


def objections(rig: Rig, candidate: Candidate | None = None) -> set[Objection]:
    """Return every objection to an entry now; none if it was asked for."""
    rig.forget().wants(candidate or a_candidate(symbol=ETH), minutes=0)
    return {Objection(o) for refusal in rig.told(EntryRefused) for o in refusal.objections}


# What the configuration allows at most, whoever asks.


def test_the_ceiling_holds_whatever_policy_is_adopted() -> None:
    dice = random.Random(11)
    for n in range(POLICIES):
        ceiling, stored, other = any_policy(dice), any_policy(dice), any_policy(dice)
        opening = SessionOpened(START_MS, RunMode.BACKTEST, 1, stored, {}, ceiling)
        state = step(initial(RunMode.BACKTEST, stored), opening).state
        heard = PolicyAdopted(START_MS + 1, other, "ann", f"case {n}")
        for policy in (state.policy, step(state, heard).state.policy):
            slack = {"lock_r", "drawdown_hysteresis"}  # they yield to a limit that is tighter
            too_loose = {line.partition(":")[0] for line in beyond(policy, ceiling)}
            assert too_loose <= slack


def test_a_policy_that_is_adopted_is_met_with_the_ceiling_not_replaced() -> None:
    rig = Rig()
    ceiling = a_policy(position_usd_normal=D(200), position_usd_cautious=D(200), confidence_min=0.6)
    rig.hears(SessionOpened(rig.now, RunMode.BACKTEST, 1, Policy(), rig.state.instruments, ceiling))
    rig.hears(PolicyAdopted(rig.now, a_policy(version=2), "ann", "more"))
    assert rig.state.policy == meet(a_policy(version=2), ceiling)
    assert rig.state.policy.position_usd_normal == D(200)


def test_a_permit_dies_with_the_policy_it_was_given_under() -> None:
    rig = Rig().wants(a_candidate())
    (entry,) = rig.entries()
    rig.hears(PolicyAdopted(rig.now, a_policy(version=2), "ann", "less"))
    assert entry.permit.policy_version != rig.state.policy.version


def test_a_policy_that_expires_is_told_of_once_and_then_ends_entries() -> None:
    rig = Rig(a_policy(expires_ms=START_MS + 25 * HOUR_MS))
    rig.advances(59)
    assert rig.told(RiskAlert) == []
    rig.advances(2)
    (alert,) = rig.told(RiskAlert)
    assert (alert.code, alert.value, alert.limit) == (AlertCode.POLICY_EXPIRING, 1439.0, 1440.0)
    assert [p.severity for p in rig.orders(Page)] == [Severity.WARNING]
    rig.forget().advances(24 * 60 - 2)
    assert rig.told(RiskAlert) == []
    assert objections(rig) == set()
    rig.fills(Leg.ENTRY, "100", symbol=ETH).accepts_all()
    assert objections(rig, a_candidate()) == set()
    rig.cancels(Leg.ENTRY).advances(1)
    assert objections(rig, a_candidate()) == {Objection.POLICY_EXPIRED}


# Supervision.


def test_a_directive_that_would_loosen_is_a_bug_not_an_order() -> None:
    rig = Rig()
    for directive in (
        Directive(size=D("1.01")),
        Directive(size=D(-1)),
        Directive(confidence_min=1.5),
        Directive(positions_max=-1),
    ):
        with pytest.raises(InvariantBroken):
            rig.hears(DirectiveIssued(rig.now, directive, "hfos"))


def test_a_directive_is_said_once_and_shrinks_entries_while_it_stands() -> None:
    directive = Directive(size=D("0.4"), reason="thin market")
    rig = Rig().hears(DirectiveIssued(START_MS, directive, "hfos"))
    rig.hears(DirectiveIssued(START_MS, directive, "hfos"))
    assert [(d.directive, d.actor) for d in rig.told(DirectiveAdopted)] == [(directive, "hfos")]
    rig.wants(a_candidate())
    assert [e.quantity for e in rig.entries()] == [D("2")]


def test_a_critical_directive_refuses_entries_and_closes_nothing() -> None:
    rig = Rig().opens()
    rig.hears(DirectiveIssued(rig.now, Directive(DirectiveMode.CRITICAL), "hfos"))
    assert rig.state.stop.mode is PROTECTIVE
    assert rig.exits() == []
    assert Objection.DIRECTIVE_CRITICAL in objections(rig)


# Health.


@pytest.mark.parametrize(
    ("health", "permission"),
    [
        (Health.UNKNOWN, "SAFE_RISK_PROFILE"),
        (Health.DEGRADED, "SAFE_RISK_PROFILE"),
        (Health.CRITICAL, "EMERGENCY_SHUTDOWN"),
    ],
)
def test_a_change_of_health_is_said_once_with_what_it_permits(
    health: Health, permission: str
) -> None:
    rig = Rig().hears(*[HealthChanged(START_MS, health, ("disk",))] * 2)
    (noted,) = rig.told(HealthNoted)
    assert (noted.old, noted.new, noted.permission) == (Health.HEALTHY, health, permission)
    assert noted.reasons == ("disk",)


def test_a_degraded_system_trades_within_the_caps_of_caution() -> None:
    rig = Rig().hears(HealthChanged(START_MS, Health.DEGRADED, ()))
    rig.wants(a_candidate())
    assert [e.quantity for e in rig.entries()] == [D(3)]


def test_a_health_nobody_can_tell_for_long_ends_entries() -> None:
    rig = Rig().hears(HealthChanged(START_MS, Health.UNKNOWN, ()))
    ticks(rig, 60_000)
    assert objections(rig) == set()
    rig.cancels(Leg.ENTRY, symbol=ETH)
    ticks(rig, 1)
    assert objections(rig) == {Objection.HEALTH}
    rig.hears(HealthChanged(rig.now, Health.HEALTHY, ()))
    assert objections(rig) == set()


def test_a_critical_health_closes_everything() -> None:
    rig = Rig().opens()
    rig.hears(HealthChanged(rig.now, Health.CRITICAL, ("loop lag",)))
    assert [e.symbol for e in rig.exits(Leg.EXIT)] == [BTC]
    assert rig.told(RiskModeChanged)[0].causes == (Cause.HEALTH,)


def test_a_record_that_is_not_what_was_written_stops_everything_for_a_person() -> None:
    rig = Rig().opens()
    rig.hears(IntegrityLost(rig.now, "seal 3"))
    assert rig.state.stop.latched == (Cause.INTEGRITY,)
    assert [(a.code, a.text) for a in rig.told(RiskAlert)] == [(AlertCode.INTEGRITY, "seal 3")]
    assert [p.severity for p in rig.orders(Page)] == [Severity.CRITICAL]
    assert [e.symbol for e in rig.exits(Leg.EXIT)] == [BTC]


def test_the_conservative_policy_is_that_of_the_protective_mode_everywhere() -> None:
    assert CONSERVATIVE.position_usd_normal == Policy().position_usd_protective
    assert CONSERVATIVE.leverage_normal == Policy().leverage_protective
    assert CONSERVATIVE.confidence_normal == Policy().confidence_protective
    rig = Rig().hears(ClockTicked(START_MS + MINUTE_MS))
    assert rig.state.policy == Policy()
