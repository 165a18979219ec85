"""One consumer group: reads, consumes, acknowledges; what a crash left over comes first."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from adapters.event_bus import wire
from adapters.event_bus.consumer import Consumer, Seen
from application.errors import IntegrityFailure
from application.events.envelope import Envelope
from application.events.registry import EVENTS, EventClass, is_expired
from application.ports.event_bus import Alarm, Mishap, MishapKind

REMEMBERED: Final = 10_000
DEAD_LENGTH_MAX: Final = 10_000
_MEMBER: Final = "desk"
_PAGE: Final = 256
_PAGES_MAX: Final = 64
_DELIVERIES_MAX: Final = 5
_Entry = tuple[bytes, dict[bytes, bytes] | None]


class Keys:
    """The names that a bus uses in Redis."""

    def __init__(self, prefix: str) -> None:
        self.events = f"{prefix}:events"
        self.telemetry = f"{prefix}:telemetry"
        self.dead = f"{prefix}:dead"
        self._prefix = prefix

    def seen_by(self, name: str) -> str:
        """Return where the ids are kept that consumer *name* has seen."""
        return f"{self._prefix}:seen:{name}"


class StreamConsumer:
    """Reads for one consumer. Raises what the Redis client raises."""

    def __init__(
        self,
        redis: Any,  # noqa: ANN401 - a client of a library that may not be installed
        keys: Keys,
        consumer: Consumer,
        alarm: Alarm,
        clock: Callable[[], int],
    ) -> None:
        """Read for *consumer*, as the group of its name."""
        self._redis = redis
        self._keys = keys
        self._consumer = consumer
        self._alarm = alarm
        self._clock = clock
        self._seen_key = keys.seen_by(consumer.name)
        self._seen = Seen(REMEMBERED)
        classes = {EVENTS[kind].kind for kind in consumer.kinds}
        self._streams = [keys.events] if classes - {EventClass.TELEMETRY} else []
        self._streams += [keys.telemetry] if EventClass.TELEMETRY in classes else []
        self._joined = False
        self.acknowledged = 0

    def join(self) -> None:
        """Make sure of the group: one that is new begins with the oldest event kept."""
        for stream in self._streams:
            try:
                self._redis.xgroup_create(stream, self._consumer.name, id="0", mkstream=True)
            except Exception as error:
                if "BUSYGROUP" not in str(error):
                    raise

    def consume(self) -> None:
        """Consume what was published, a bounded number of pages of it.

        What was read and never acknowledged comes first, in its old order.
        """
        if not self._joined:
            self.join()
            for stream in self._streams:
                self._take_over(stream)
            self._joined = True
        try:
            for _ in range(_PAGES_MAX):
                if not sum(self._read_new(stream) for stream in self._streams):
                    return
        except BaseException:
            self._joined = False
            raise

    def _take_over(self, stream: str) -> None:
        last = b"0"
        while entries := self._read(stream, last):
            last = entries[-1][0]
            told = self._redis.xpending_range(
                stream, self._consumer.name, entries[0][0], last, len(entries), _MEMBER
            )
            often = {t["message_id"] for t in told if t["times_delivered"] > _DELIVERIES_MAX}
            self._consume(stream, entries, often)

    def _read_new(self, stream: str) -> int:
        entries = self._read(stream, b">")
        if entries:
            self._consume(stream, entries, set())
        return len(entries)

    def _read(self, stream: str, after: bytes) -> list[_Entry]:
        name = self._consumer.name
        answer = self._redis.xreadgroup(name, _MEMBER, {stream: after}, count=_PAGE)
        return answer[0][1] if answer else []

    def _consume(self, stream: str, entries: Sequence[_Entry], often: set[bytes]) -> None:
        """Consume *entries*; those that came too *often* end a process each time: give them up."""
        found = [(entry, self._read_one(stream, entry)) for entry in entries]
        wanted = [e.event_id for _, e in found if e is not None]
        scores = self._redis.zmscore(self._seen_key, wanted) if wanted else []
        before = {i for i, score in zip(wanted, scores, strict=True) if score is not None}
        passed = []
        for (entry_id, _), envelope in found:
            if envelope is None or envelope.event_id in before or envelope.event_id in self._seen:
                passed.append(entry_id)
            elif is_expired(envelope, self._clock()):
                passed.append(entry_id)
                text = f"{envelope.event_id} expired"
                self._alarm(Mishap(MishapKind.EXPIRED, self._clock(), text, envelope))
            else:
                self._hand_over(stream, entry_id, envelope, given_up=entry_id in often)
        if passed:
            self._redis.xack(stream, self._consumer.name, *passed)

    def _read_one(self, stream: str, entry: _Entry) -> Envelope | None:
        """Return the envelope of *entry* if this consumer wants it."""
        entry_id, fields = entry
        if not fields:  # trimmed
            return None
        data = fields.get(b"e", b"")
        try:
            envelope = wire.decode(data)
        except IntegrityFailure as error:
            self._bury(stream, entry_id, data, str(error), None)
            return None
        return envelope if envelope.type in self._consumer.kinds else None

    def _hand_over(
        self, stream: str, entry_id: bytes, envelope: Envelope, *, given_up: bool
    ) -> None:
        if given_up:
            problem: str | None = f"{envelope.event_id} came {_DELIVERIES_MAX} times without an end"
        else:
            problem = self._consumer.problem_with(envelope)
        self._seen.add(envelope.event_id)
        if problem is not None:
            self._bury(stream, entry_id, wire.encode(envelope), problem, envelope)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.zadd(self._seen_key, {envelope.event_id: self._clock()})
            pipe.zremrangebyrank(self._seen_key, 0, -REMEMBERED - 1)
            pipe.xack(stream, self._consumer.name, entry_id)
            pipe.execute()
        self.acknowledged += problem is None

    def _bury(
        self, stream: str, entry_id: bytes, data: bytes, problem: str, envelope: Envelope | None
    ) -> None:
        """Keep *data* as a dead letter and raise the alarm."""
        name = self._consumer.name
        fields = {b"e": data, b"consumer": name.encode(), b"problem": problem.encode()}
        self._redis.xadd(self._keys.dead, fields, maxlen=DEAD_LENGTH_MAX)
        self._redis.xack(stream, name, entry_id)
        mishap = Mishap(MishapKind.DEAD_LETTER, self._clock(), problem, envelope, name)
        self._alarm(mishap)
