"""What the coordinator leaves is in force within the event that made it look."""

import pytest

from domain.decision.facts import RegimeChanged, RiskModeChanged
from domain.decision.messages import HealthChanged, MarketAdvanced
from domain.decision.safety_facts import DirectiveAdopted
from domain.governance.directive import NO_DIRECTIVE, DirectiveMode, Health
from domain.market.messages import Regime
from domain.risk.emergency_stop import CAUTIOUS, Cause
from tests.builders import BTC, ETH, a_candidate
from tests.rig import Rig

pytestmark = pytest.mark.unit


def turns(rig: Rig, regime: Regime) -> Rig:
    """Let both symbols turn to *regime* at one event."""
    told = tuple((symbol, regime) for symbol in rig.state.instruments)
    return rig.hears(MarketAdvanced(rig.now, (), 0.0, told, ()))


def test_a_turn_of_regimes_a_directive_and_what_it_calls_for_are_one_event() -> None:
    rig = Rig().hears(HealthChanged(0, Health.DEGRADED, ("feed",))).forget()
    turns(rig, Regime.HIGH_VOLATILITY)

    (adopted,) = rig.told(DirectiveAdopted)
    assert adopted.at_ms == rig.told(RegimeChanged)[0].at_ms
    assert (adopted.actor, adopted.directive.mode) == ("hfos", DirectiveMode.SAFE)
    assert "health DEGRADED" in adopted.directive.reason
    assert rig.state.stop.mode is CAUTIOUS
    assert rig.told(RiskModeChanged)[0].causes == (Cause.DIRECTIVE,)


def test_a_candidate_of_the_same_event_feels_it() -> None:
    rig = Rig().hears(HealthChanged(0, Health.DEGRADED, ("feed",)))
    free = Rig().wants(a_candidate()).entries()[0].quantity
    told = tuple((symbol, Regime.HIGH_VOLATILITY) for symbol in rig.state.instruments)
    marks = ((BTC, 100.0), (ETH, 100.0))
    rig.hears(MarketAdvanced(rig.now, marks, 0.0, told, (a_candidate(),)))
    taken = [one.quantity for one in rig.entries()]
    assert taken == [] or taken[0] <= free / 2


def test_when_the_troubles_pass_so_does_the_directive() -> None:
    rig = Rig().hears(HealthChanged(0, Health.DEGRADED, ("feed",)))
    turns(rig, Regime.HIGH_VOLATILITY).forget()
    turns(rig, Regime.RANGE)
    rig.hears(HealthChanged(rig.now, Health.HEALTHY, ()))
    assert [one.directive.mode for one in rig.told(DirectiveAdopted)][-1] is DirectiveMode.NORMAL
    assert rig.told(DirectiveAdopted)[-1].directive == NO_DIRECTIVE
    assert rig.state.oversight.in_force == NO_DIRECTIVE
