"""The bus within one process: synchronous, without threads, the same on every run.

`publish` hands the event over before it returns. What a consumer publishes in turn waits until
everybody had the event before it, so order is the same for all.
"""

from collections import deque
from collections.abc import Callable, Collection
from typing import Final

from adapters.event_bus.consumer import Consumer, Seen, require_new
from application.errors import StoreUnavailable
from application.events.envelope import Envelope, Handler
from application.events.registry import EventClass, checked, is_expired
from application.ports.event_bus import Alarm, EventBus, Mishap, MishapKind

CAPACITY: Final = 10_000
REMEMBERED: Final = 10_000
TRIES: Final = 3
_TELEMETRY: Final = EventClass.TELEMETRY


class MemoryBus:
    """Satisfies `EventBus`. Not for several threads."""

    def __init__(
        self,
        alarm: Alarm,
        clock: Callable[[], int],
        *,
        capacity: int = CAPACITY,
        tries: int = TRIES,
        remembered: int = REMEMBERED,
    ) -> None:
        """Tell *alarm* of mishaps; *clock* gives UTC ms.

        At most *capacity* events wait, *remembered* ids a consumer and as many dead letters are
        kept, and a consumer is asked *tries* times.
        """
        self._alarm = alarm
        self._clock = clock
        self._capacity = capacity
        self._tries = tries
        self._remembered = remembered
        self._consumers: dict[str, tuple[Consumer, Seen]] = {}
        self._by_kind: dict[str, list[tuple[Consumer, Seen]]] = {}
        self._waiting: deque[tuple[EventClass, Envelope]] = deque()
        self._delivering = False
        self._shed = 0
        self.dead: deque[Mishap] = deque(maxlen=remembered)

    def wants(self, kind: str) -> bool:
        """Tell whether anybody listens to type *kind*."""
        return kind in self._by_kind

    def subscribe(self, kinds: Collection[str], handler: Handler, name: str) -> None:
        """Hand every event of *kinds* to *handler*, from now on. Raises `InvariantBroken`."""
        require_new(name, self._consumers)
        consumer = Consumer(name, kinds, handler, self._tries)
        found = self._consumers[name] = (consumer, Seen(self._remembered))
        for kind in consumer.kinds:
            self._by_kind.setdefault(kind, []).append(found)

    def publish(self, envelope: Envelope) -> None:
        """Hand *envelope* over. Raises `InvariantBroken`, and `StoreUnavailable` when full."""
        kind = checked(envelope).kind
        if envelope.type not in self._by_kind:
            return
        if len(self._waiting) < self._capacity:
            self._waiting.append((kind, envelope))
            self._shed = 0
        else:
            self._make_room(kind, envelope)
        self.deliver()

    def deliver(self) -> int:
        """Hand over what waits; return how many events were acknowledged by consumers.

        At most *capacity* events a call, so that consumers that publish cannot hold it for ever.
        """
        if self._delivering:
            return 0
        self._delivering = True
        acknowledged = 0
        try:
            for _ in range(self._capacity):
                if not self._waiting:
                    break
                acknowledged += self._hand_over(self._waiting.popleft()[1])
        finally:
            self._delivering = False
        return acknowledged

    def _hand_over(self, envelope: Envelope) -> int:
        if is_expired(envelope, self._clock()):
            self._tell(MishapKind.EXPIRED, f"{envelope.event_id} expired", envelope)
            return 0
        acknowledged = 0
        for consumer, seen in tuple(self._by_kind[envelope.type]):
            if envelope.event_id in seen:
                continue
            problem = consumer.problem_with(envelope)
            seen.add(envelope.event_id)
            if problem is None:
                acknowledged += 1
            else:
                self._tell(MishapKind.DEAD_LETTER, problem, envelope, consumer.name)
        return acknowledged

    def _make_room(self, kind: EventClass, envelope: Envelope) -> None:
        """Shed telemetry, the new or the oldest. Raises `StoreUnavailable` when there is none."""
        if kind is not _TELEMETRY:
            oldest = next((at for at, (k, _) in enumerate(self._waiting) if k is _TELEMETRY), None)
            if oldest is None:
                raise StoreUnavailable(f"the event bus is full: no room for {envelope.event_id}")
            del self._waiting[oldest]
            self._waiting.append((kind, envelope))
        self._shed += 1
        if self._shed == 1:
            self._tell(MishapKind.SHED, "the queue is full: telemetry is shed", envelope)

    def _tell(self, kind: MishapKind, text: str, envelope: Envelope, consumer: str = "") -> None:
        mishap = Mishap(kind, self._clock(), text, envelope, consumer)
        if kind is MishapKind.DEAD_LETTER:
            self.dead.append(mishap)
        self._alarm(mishap)


_: type[EventBus] = MemoryBus
