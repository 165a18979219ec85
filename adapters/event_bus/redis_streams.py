"""The bus between processes: Redis Streams, with the disk to fall back on.

Two streams a prefix: one of what must not be lost, in one order, and one of telemetry, bounded.
Rule 1: while Redis is out of reach, or anything still waits on the disk, an event goes to the
disk; the disk is drained, in order, before an event goes to Redis directly again.
Rule 2: what Redis may or may not have taken is sent again; consumers know it by its id.
Rule 3: what was published is trimmed only after every consumer acknowledged it.

Order for a consumer holds as long as one process at a time runs it.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from adapters.event_bus import wire
from adapters.event_bus.consumer import Consumer, require_new
from adapters.event_bus.disk_buffer import DiskBuffer
from adapters.event_bus.redis_consumer import Keys, StreamConsumer
from application.errors import BadInput
from application.events.envelope import Envelope, Handler
from application.events.registry import EVENTS, EventClass, checked
from application.ports.event_bus import Alarm, EventBus, Mishap, MishapKind

TELEMETRY_LENGTH_MAX: Final = 100_000
TRIES: Final = 3
PAUSE_MS: Final = 1_000
_TIMEOUT_S: Final = 0.25
_DRAINED_AT_ONCE: Final = 4_096
_TRIM_EVERY: Final = 1_024


class RedisBus:
    """Satisfies `EventBus`. Not for several threads; it waits for Redis a bounded time."""

    def __init__(
        self,
        url: str,
        buffer: DiskBuffer,
        alarm: Alarm,
        clock: Callable[[], int],
        *,
        prefix: str = "quantum-trader",
        telemetry: bool = False,
        tries: int = TRIES,
        pause_ms: int = PAUSE_MS,
    ) -> None:
        """Use the Redis at *url* below *prefix*; *clock* gives UTC ms.

        *telemetry* True publishes telemetry even when nobody in this process listens to it. After
        a failure Redis is left alone for *pause_ms*. Raises `BadInput` when the extra is missing.
        """
        self._redis, self._errors = _client(url)
        self._buffer = buffer
        self._alarm = alarm
        self._clock = clock
        self._keys = Keys(prefix)
        self._telemetry = telemetry
        self._tries = tries
        self._pause_ms = pause_ms
        self._consumers: dict[str, StreamConsumer] = {}
        self._wanted: set[str] = set()
        self._again_ms: int | None = None
        self._untrimmed = 0

    def wants(self, kind: str) -> bool:
        """Tell whether anybody may listen: other processes may, to all but telemetry."""
        is_telemetry = EVENTS[kind].kind is EventClass.TELEMETRY
        return self._telemetry or not is_telemetry or kind in self._wanted

    def subscribe(self, kinds: Collection[str], handler: Handler, name: str) -> None:
        """Hand every event of *kinds* to *handler* as consumer group *name*.

        A group that is new begins with the oldest event kept. Raises `InvariantBroken`.
        """
        require_new(name, self._consumers)
        consumer = Consumer(name, kinds, handler, self._tries)
        self._wanted |= consumer.kinds
        self._consumers[name] = StreamConsumer(
            self._redis, self._keys, consumer, self._alarm, self._clock
        )
        self._reached(self._consumers[name].join)

    def publish(self, envelope: Envelope) -> None:
        """Hand *envelope* to Redis, or keep it. Raises `InvariantBroken`, `StoreUnavailable`."""
        checked(envelope)
        if self._is_live() and self._reached(lambda: self._send((envelope,))):
            return
        self._buffer.append(envelope)

    def deliver(self) -> int:
        """Drain what was kept, then consume; return how many events were acknowledged."""
        acknowledged = 0
        self._is_live()
        if not self._is_waiting():
            for consumer in self._consumers.values():
                before = consumer.acknowledged
                self._reached(consumer.consume)
                acknowledged += consumer.acknowledged - before
        self._untrimmed += acknowledged
        if self._untrimmed >= _TRIM_EVERY and self._reached(self.trim):
            self._untrimmed = 0
        return acknowledged

    def trim(self) -> None:
        """Let Redis forget what every consumer group acknowledged."""
        stream = self._keys.events
        firsts: list[tuple[int, int]] = []
        for group in self._redis.xinfo_groups(stream):
            first = group["last-delivered-id"]
            if group["pending"]:
                first = self._redis.xpending(stream, group["name"])["min"]
            ms, _, number = first.decode().partition("-")
            firsts.append((int(ms), int(number)))
        if firsts:
            ms, number = min(firsts)
            self._redis.xtrim(stream, minid=f"{ms}-{number}", approximate=False)

    def close(self) -> None:
        """Make durable what was kept, and let go of Redis. Raises `StoreUnavailable`."""
        self._redis.close()
        self._buffer.flush()

    def _is_live(self) -> bool:
        """Tell whether events may go to Redis directly, draining the disk first if need be."""
        if self._is_waiting():
            return False
        if self._buffer.pending:
            self._reached(self._drain)
        return not self._buffer.pending

    def _is_waiting(self) -> bool:
        return self._again_ms is not None and self._clock() < self._again_ms

    def _drain(self) -> None:
        self._buffer.drain(self._send, _DRAINED_AT_ONCE)

    def _send(self, envelopes: Sequence[Envelope]) -> None:
        """Add *envelopes* to their streams, all or none."""
        with self._redis.pipeline(transaction=True) as pipe:
            for envelope in envelopes:
                fields = {b"e": wire.encode(envelope)}
                if EVENTS[envelope.type].kind is EventClass.TELEMETRY:
                    pipe.xadd(self._keys.telemetry, fields, maxlen=TELEMETRY_LENGTH_MAX)
                else:
                    pipe.xadd(self._keys.events, fields)
            pipe.execute()

    def _reached(self, use: Callable[[], object]) -> bool:
        """Tell whether Redis could be used; the first failure and the first success are told."""
        now_ms = self._clock()
        try:
            use()
        except self._errors as error:
            if self._again_ms is None:
                text = f"Redis is out of reach, events wait on the disk: {error}"
                self._alarm(Mishap(MishapKind.BUS_LOST, now_ms, text))
            self._again_ms = now_ms + self._pause_ms
            return False
        if self._again_ms is not None:
            self._again_ms = None
            self._alarm(Mishap(MishapKind.BUS_FOUND, now_ms, "Redis is reached again"))
        return True


def _client(url: str) -> tuple[Any, tuple[type[Exception], ...]]:
    """Return a client of the Redis at *url* and what it raises. Raises `BadInput`."""
    try:
        import redis  # noqa: PLC0415 - an extra: only who uses it needs it
        from redis.backoff import NoBackoff  # noqa: PLC0415 - likewise
        from redis.retry import Retry  # noqa: PLC0415 - likewise
    except ImportError as error:
        remedy = "pip install 'quantum-trader[redis]'"
        raise BadInput(f"the Redis event bus needs its extra: {remedy}") from error
    try:
        client = redis.Redis.from_url(
            url,
            socket_timeout=_TIMEOUT_S,
            socket_connect_timeout=_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
    except ValueError as error:
        raise BadInput(f"{error}: give redis://HOST:PORT/DATABASE") from error
    return client, (redis.RedisError, OSError)


_: type[EventBus] = RedisBus
