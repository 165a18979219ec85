"""Who listens to events in this version: a person, called about everything that is about safety.

The desk itself calls a person about some alerts, bus or no bus; those do not ring a second time.
"""

from collections.abc import Collection, Sequence
from typing import Final

from application.events import conduct_payloads as c
from application.events.envelope import Envelope
from application.events.registry import EVENTS
from application.events.wiring import Subscription, check_wiring
from application.ports.event_bus import EventBus, Mishap, MishapKind
from application.ports.notifier import Notifier
from domain.decision.messages import Page, Severity
from domain.decision.safety_facts import AlertCode

SAFETY: Final = tuple(each.name for each in EVENTS.values() if each.is_safety)
PAGED_BY_THE_DESK: Final = frozenset(
    {AlertCode.CLOSE_REFUSED, AlertCode.POLICY_EXPIRING, AlertCode.INTEGRITY}
)
_SEVERITY_OF_MISHAP: Final = {
    MishapKind.DEAD_LETTER: Severity.CRITICAL,
    MishapKind.EXPIRED: Severity.WARNING,
    MishapKind.SHED: Severity.WARNING,
    MishapKind.TORN: Severity.WARNING,
    MishapKind.DAMAGED: Severity.CRITICAL,
    MishapKind.BUS_LOST: Severity.WARNING,
    MishapKind.BUS_FOUND: Severity.INFO,
}


class SafetyPager:
    """Calls a person about safety events."""

    def __init__(self, notifier: Notifier) -> None:
        self._notify = notifier.notify

    def __call__(self, envelope: Envelope) -> None:
        """Call a person about *envelope*, unless the desk has done so."""
        found = _page_of(envelope)
        if found is not None:
            severity, text = found
            self._notify(Page(envelope.occurred_at_ms, severity, text))


class MishapPager:
    """Calls a person about what went wrong on the bus. Satisfies `Alarm`."""

    def __init__(self, notifier: Notifier) -> None:
        self._notify = notifier.notify

    def __call__(self, mishap: Mishap) -> None:
        """Call a person about *mishap*."""
        text = f"event bus: {mishap.text}"
        self._notify(Page(mishap.at_ms, _SEVERITY_OF_MISHAP[mishap.kind], text))


def default_subscriptions(notifier: Notifier) -> tuple[Subscription, ...]:
    """Return the consumers that every desk has: *notifier* hears of all safety events."""
    return (Subscription("safety-pager", SAFETY, SafetyPager(notifier)),)


def connect(
    bus: EventBus, subscriptions: Sequence[Subscription], producers: Collection[str]
) -> None:
    """Check the wiring, then subscribe everybody. Raises `BadInput` with all that is missing."""
    check_wiring(subscriptions, producers)
    for name, kinds, handler in subscriptions:
        bus.subscribe(kinds, handler, name)


def _page_of(envelope: Envelope) -> tuple[Severity, str] | None:
    match envelope.payload:
        case c.RiskTold(code, symbol, _, _, text):
            page = Severity.WARNING, f"{code} {symbol}: {text}"
            return None if code in PAGED_BY_THE_DESK else page
        case c.EmergencyTriggered(severity, old, new, causes):
            loud = Severity.WARNING if severity == "WARNING" else Severity.CRITICAL
            return loud, f"emergency stop: {old} -> {new} ({'+'.join(causes)})"
        case c.EmergencyRecovered(recovery, old, new, actor=actor):
            how = f"{recovery} {actor}".rstrip()
            return Severity.INFO, f"emergency stop: {old} -> {new}, recovered ({how})"
        case c.HealthMoved(component, old, new, _, reasons):
            return Severity.WARNING, f"{component}: {old} -> {new} {'; '.join(reasons)}".rstrip()
        case c.ComponentFailed(component, symbol, error):
            return Severity.CRITICAL, f"{component} failed {symbol}: {error}"
        case _:
            return Severity.WARNING, f"{envelope.type}: {envelope.event_id}"
