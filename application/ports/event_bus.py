"""The event bus: what the desk makes known reaches everybody who asked for it, at least once.

Rule 1: an event is acknowledged after its consumer succeeded. A consumer that fails is tried
again a bounded number of times; then the event is a dead letter, and the alarm is raised.
Rule 2: a consumer sees an event id once, as far back as its bounded memory reaches.
Rule 3: events of one key reach a consumer in the order in which they were published.
Rule 4: an expired command is told of and never delivered.
Rule 5: every queue is bounded. A full one sheds telemetry and refuses everything else aloud.
Rule 6: what a consumer does wrong never reaches the publisher.
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import NamedTuple, Protocol

from application.events.envelope import Envelope, Handler


class MishapKind(StrEnum):
    """What went wrong on the way of an event: a closed set with stable codes."""

    DEAD_LETTER = "dead_letter"
    EXPIRED = "expired"
    SHED = "shed"
    TORN = "torn"
    DAMAGED = "damaged"
    BUS_LOST = "bus_lost"
    BUS_FOUND = "bus_found"


class Mishap(NamedTuple):
    """Something that went wrong on the way, or is right again. `consumer` empty: none yet."""

    kind: MishapKind
    at_ms: int
    text: str
    envelope: Envelope | None = None
    consumer: str = ""


Alarm = Callable[[Mishap], None]
"""Is told of every mishap. Must not raise and must not publish."""


class EventPublisher(Protocol):
    """The side of the bus that makes known."""

    def wants(self, kind: str) -> bool:
        """Tell whether anybody may listen to type *kind*; if not, it need not even be made."""

    def publish(self, envelope: Envelope) -> None:
        """Take *envelope* over; safety events and commands are durable before this returns.

        In process nothing is durable: there the journal is what an event is told again from.
        Raises `InvariantBroken` when it is not as registered, `StoreUnavailable` when it is no
        telemetry and there is no room for it.
        """


class EventBus(EventPublisher, Protocol):
    """Both sides of the bus."""

    def subscribe(self, kinds: Collection[str], handler: Handler, name: str) -> None:
        """Hand every event of *kinds* to *handler*; *name* is the consumer's, kept over restarts.

        Raises `InvariantBroken` for a type that is not in use or a name that is taken.
        """

    def deliver(self) -> int:
        """Hand over what waits; return how many events were acknowledged by consumers."""
