"""Every fact becomes the events that the table says, or none for a stated reason."""

from typing import Any, get_args, get_type_hints

import pytest

from application.events import conduct_payloads as c
from application.events.conduct import BREACHES
from application.events.registry import EVENTS
from application.events.telling import EVENTS_OF, INTERNAL, told
from application.events.told import Told, finite
from domain.decision import facts as f
from domain.decision.facts import Said
from domain.decision.messages import ClockTicked, Heard, OperatorReleased
from domain.decision.safety_facts import AlertCode, RiskAlert
from domain.governance.directive import Directive, Health
from domain.market.messages import Regime
from domain.risk.emergency_stop import RiskMode
from domain.shared.enums import Action, RunMode, Side
from tests.builders import BTC, D

pytestmark = pytest.mark.unit

TICK = ClockTicked(1)
PLAIN: dict[object, Any] = {
    int: 1,
    str: BTC,
    float: 0.5,
    bool: True,
    D: D("1.5"),
    Side: Side.BUY,
    Action: Action.BUY,
    Regime: Regime.RANGE,
    RunMode: RunMode.PAPER,
    Health: Health.DEGRADED,
    Directive: Directive(),
    AlertCode: AlertCode.FEED_FRESH,
}


def a_fact_of(kind: type, **fields: object) -> Said:
    """Return a fact of *kind* with plain values."""
    plain = {name: PLAIN.get(hint, ()) for name, hint in get_type_hints(kind).items()}
    if kind is f.RiskModeChanged:
        plain |= {"old": "NORMAL", "new": "EMERGENCY"}
    made: Said = kind(**(plain | fields))
    return made


def must_tell(fact: Said, heard: Heard = TICK) -> Told:
    """Return what is told of a *fact* that is not internal."""
    found = told(fact, heard)
    assert found is not None
    return found


def test_every_fact_is_told_or_internal_and_never_both() -> None:
    facts = set(get_args(Said))
    assert facts == EVENTS_OF.keys() | INTERNAL.keys()
    assert not EVENTS_OF.keys() & INTERNAL.keys()


@pytest.mark.parametrize("kind", EVENTS_OF)
def test_what_is_told_is_in_the_table_and_has_its_registered_payload(kind: type) -> None:
    for name, payload in must_tell(a_fact_of(kind)).events:
        assert name in EVENTS_OF[kind]
        assert type(payload) is EVENTS[name].payload


@pytest.mark.parametrize("kind", INTERNAL)
def test_of_an_internal_fact_nothing_is_told(kind: type) -> None:
    assert told(a_fact_of(kind), TICK) is None


def test_every_type_in_use_is_told_of_a_fact_or_of_what_was_heard() -> None:
    heard = {"market.tick", "market.bar_closed", "signal.generated", "position.updated"}
    assert {name for names in EVENTS_OF.values() for name in names} | heard == EVENTS.keys()


@pytest.mark.parametrize("code", AlertCode)
def test_an_alert_with_a_limit_that_was_passed_is_a_breach(code: AlertCode) -> None:
    ((name, _),) = must_tell(a_fact_of(RiskAlert, code=code)).events
    assert name == ("risk.limit_breached" if code in BREACHES else "risk.alert")


@pytest.mark.parametrize("old", RiskMode)
@pytest.mark.parametrize("new", RiskMode)
def test_a_rise_is_triggered_with_its_severity_and_a_fall_is_recovered(
    old: RiskMode, new: RiskMode
) -> None:
    if old == new:
        return
    fact = a_fact_of(f.RiskModeChanged, old=old.name, new=new.name)
    ((name, payload),) = must_tell(fact).events
    if new < old:
        assert name == "emergency.recovered"
        assert isinstance(payload, c.EmergencyRecovered)
        assert (payload.recovery, payload.actor) == ("AUTO", "")
    else:
        severity = {1: "WARNING", 2: "CRITICAL", 3: "CATASTROPHIC"}[new]
        assert name == "emergency.triggered"
        assert isinstance(payload, c.EmergencyTriggered)
        assert payload.severity == severity


def test_a_release_by_an_operator_is_a_manual_recovery_with_the_actor() -> None:
    fact = a_fact_of(f.RiskModeChanged, old="EMERGENCY", new="PROTECTIVE")
    ((_, payload),) = must_tell(fact, OperatorReleased(1, "ann", "seen")).events
    assert isinstance(payload, c.EmergencyRecovered)
    assert (payload.recovery, payload.actor) == ("MANUAL", "ann")


def test_an_emergency_is_told_whatever_its_numbers_have_become() -> None:
    fact = a_fact_of(f.RiskModeChanged, drawdown=float("nan"), equity=float("inf"))
    ((_, payload),) = must_tell(fact).events
    assert isinstance(payload, c.EmergencyTriggered)
    assert (payload.drawdown, payload.equity) == (None, None)


def test_an_unknown_number_is_none() -> None:
    assert [finite(n) for n in (1.5, float("nan"), float("-inf"))] == [1.5, None, None]
