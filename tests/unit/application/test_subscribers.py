"""A person is called about everything that is about safety, once."""

import pytest

from adapters.event_bus.memory import MemoryBus
from application.errors import BadInput
from application.events import conduct_payloads as c
from application.events.payloads import Payload
from application.events.registry import DESK
from application.events.wiring import Subscription
from application.ports.event_bus import Mishap, MishapKind
from application.subscribers import (
    PAGED_BY_THE_DESK,
    SAFETY,
    MishapPager,
    SafetyPager,
    connect,
    default_subscriptions,
)
from domain.decision.messages import Page, Severity
from tests.builders import BTC, START_MS
from tests.events import Witness, a_fact, an_event
from tests.fakes.notifier import FakeNotifier

pytestmark = pytest.mark.unit


def pages_of(kind: str, payload: Payload) -> list[Page]:
    """Return what a person is told of one event."""
    notifier = FakeNotifier()
    witness = Witness()
    bus = MemoryBus(witness.alarm, witness.clock)
    connect(bus, default_subscriptions(notifier), (DESK,))
    bus.publish(an_event(kind, payload, 1))
    assert not witness.mishaps
    return notifier.pages


CASES: tuple[tuple[str, Payload, Severity, str], ...] = (
    (
        "emergency.triggered",
        c.EmergencyTriggered(
            "CATASTROPHIC", "NORMAL", "EMERGENCY", ("drawdown", "feed"), 0.12, 0.1, 8.0, 3, (BTC,)
        ),
        Severity.CRITICAL,
        "emergency stop: NORMAL -> EMERGENCY (drawdown+feed)",
    ),
    (
        "emergency.triggered",
        c.EmergencyTriggered("WARNING", "NORMAL", "CAUTIOUS", ("drawdown",), 0.02, 0.0, 9.8, 1, ()),
        Severity.WARNING,
        "emergency stop: NORMAL -> CAUTIOUS (drawdown)",
    ),
    (
        "emergency.recovered",
        c.EmergencyRecovered("MANUAL", "EMERGENCY", "PROTECTIVE", (), 0.01, 9.0, 4, "ann"),
        Severity.INFO,
        "emergency stop: EMERGENCY -> PROTECTIVE, recovered (MANUAL ann)",
    ),
    (
        "risk.limit_breached",
        c.RiskTold("flash_move", BTC, 0.09, 0.08, "fell 9 %"),
        Severity.WARNING,
        f"flash_move {BTC}: fell 9 %",
    ),
    (
        "risk.alert",
        c.RiskTold("feed_fresh", BTC, None, None, "again"),
        Severity.WARNING,
        f"feed_fresh {BTC}: again",
    ),
    (
        "system.health_changed",
        c.HealthMoved("policy_store", "known", "conservative", "", ("timeout",)),
        Severity.WARNING,
        "policy_store: known -> conservative timeout",
    ),
    (
        "system.event_error",
        c.ComponentFailed("funding", BTC, "ZeroDivisionError"),
        Severity.CRITICAL,
        f"funding failed {BTC}: ZeroDivisionError",
    ),
)


@pytest.mark.parametrize(("kind", "payload", "severity", "text"), CASES)
def test_a_safety_event_calls_a_person(
    kind: str, payload: Payload, severity: Severity, text: str
) -> None:
    assert pages_of(kind, payload) == [Page(START_MS, severity, text)]


def test_every_safety_event_has_a_text_of_its_own() -> None:
    assert {kind for kind, *_ in CASES} == set(SAFETY)


def test_an_event_that_has_no_text_of_its_own_calls_a_person_by_its_name() -> None:
    notifier = FakeNotifier()
    SafetyPager(notifier)(a_fact(7))
    (page,) = notifier.pages
    assert page.text == f"market.regime.changed: {a_fact(7).event_id}"


@pytest.mark.parametrize("code", sorted(PAGED_BY_THE_DESK))
def test_what_the_desk_itself_calls_about_does_not_ring_twice(code: str) -> None:
    assert pages_of("risk.alert", c.RiskTold(code, BTC, None, None, "text")) == []


@pytest.mark.parametrize("kind", MishapKind)
def test_every_mishap_calls_a_person(kind: MishapKind) -> None:
    notifier = FakeNotifier()
    MishapPager(notifier)(Mishap(kind, START_MS, "what went wrong"))
    (page,) = notifier.pages
    assert (page.at_ms, page.text) == (START_MS, "event bus: what went wrong")


def test_what_does_not_fit_subscribes_nobody() -> None:
    witness = Witness()
    bus = MemoryBus(witness.alarm, witness.clock)
    wrong = Subscription("two", ("rl.reward_received",), witness)
    with pytest.raises(BadInput):
        connect(bus, (*default_subscriptions(FakeNotifier()), wrong), (DESK,))
    assert not any(map(bus.wants, SAFETY))
