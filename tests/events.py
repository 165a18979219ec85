"""Small builders of events, and a place where mishaps and events are kept."""

from collections.abc import Sequence

from application.events import conduct_payloads as c
from application.events import trade_payloads as t
from application.events.envelope import Envelope
from application.events.payloads import Payload
from application.events.registry import EVENTS
from application.ports.event_bus import Mishap, MishapKind
from tests.builders import BTC, START_MS, D


def an_event(
    kind: str, payload: Payload, number: int, key: str = BTC, at_ms: int = START_MS
) -> Envelope:
    """Return event *number* of type *kind*."""
    heard = f"test-{number}"
    name = f"{heard}-{kind}-0"
    version = EVENTS[kind].version
    return Envelope(name, kind, version, at_ms, "trace", heard, "desk:paper", key, payload)


def a_fact(number: int, key: str = BTC) -> Envelope:
    """Return a change of regime."""
    return an_event("market.regime.changed", t.RegimeMoved(key, "RANGE", "TREND_UP"), number, key)


def an_alert(number: int, key: str = BTC) -> Envelope:
    """Return a safety event."""
    payload = c.RiskTold("feed_fresh", key, 1.0, None, "data are fresh again")
    return an_event("risk.alert", payload, number, key)


def a_command(number: int, key: str = BTC, at_ms: int = START_MS) -> Envelope:
    """Return a command, which lives for a minute."""
    payload = t.ExecutionRequested(key, "BUY", D("0.5"), D("100.10"), 3, 1)
    return an_event("trade.execution_requested", payload, number, key, at_ms)


def a_tick(number: int, key: str = BTC) -> Envelope:
    """Return telemetry."""
    return an_event("market.tick", t.Ticked(key, 100.0), number, key)


class Witness:
    """A consumer, an alarm and a clock. `fails` is how often it fails on each event from now on."""

    def __init__(self) -> None:
        self.events: list[Envelope] = []
        self.asked = 0
        self.fails = 0
        self.mishaps: list[Mishap] = []
        self.now_ms = START_MS

    def __call__(self, envelope: Envelope) -> None:
        self.asked += 1
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the consumer is out of order")
        self.events.append(envelope)

    def take(self, envelopes: Sequence[Envelope]) -> None:
        """Take what a buffer gives."""
        self.events.extend(envelopes)

    def alarm(self, mishap: Mishap) -> None:
        """Keep *mishap*."""
        self.mishaps.append(mishap)

    def clock(self) -> int:
        """Return the time."""
        return self.now_ms

    @property
    def kinds(self) -> list[MishapKind]:
        """What kinds of mishap there were."""
        return [mishap.kind for mishap in self.mishaps]
