"""The event buffer: where events wait, in order, while the bus is out of reach.

Rule 1: a safety event or a command is durable before `append` returns; all else after the next
`flush`, or with whatever is made durable next.
Rule 2: an event leaves in the order in which it came, after the consumer of the drain took it.
The cursor is durable before a segment is removed, so a crash repeats events and loses none.
Rule 3: an id that waits here, or left here lately, is taken once, over restarts, too.
Rule 4: an expired command never leaves; it is told of.
Rule 5: of the room there is, telemetry may use half, facts nine tenths, safety and commands all.
Telemetry without room is shed, anything else is refused aloud.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Final

from adapters.event_bus import wire
from adapters.event_bus.consumer import Seen
from adapters.event_bus.cursor import IDS_KEPT, Cursor, read_cursor, write_cursor
from adapters.event_bus.disk import Disk
from adapters.event_bus.frames import Damage, Frame, frame_bytes
from adapters.event_bus.segments import Segments
from application.errors import IntegrityFailure, StoreUnavailable
from application.events.envelope import Envelope
from application.events.registry import EventClass, checked, is_expired
from application.ports.event_bus import Alarm, Mishap, MishapKind

SEGMENT_BYTES_MAX: Final = 100_000_000
BYTES_MAX: Final = 4_000_000_000
REMEMBERED: Final = 65_536
_GROUP: Final = 256
_BATCH: Final = 256
_ROOM: Final[Mapping[EventClass, float]] = {
    EventClass.TELEMETRY: 0.5,
    EventClass.FACT: 0.9,
    EventClass.COMMAND: 1.0,
    EventClass.SAFETY: 1.0,
}
_AT_ONCE: Final = frozenset({EventClass.COMMAND, EventClass.SAFETY})


class DiskBuffer:
    """Events on a disk. For one process; all methods raise `StoreUnavailable`."""

    def __init__(
        self,
        disk: Disk,
        alarm: Alarm,
        clock: Callable[[], int],
        *,
        segment_bytes_max: int = SEGMENT_BYTES_MAX,
        bytes_max: int = BYTES_MAX,
    ) -> None:
        """Go on with what waits on *disk*; *clock* gives UTC ms."""
        self._disk = disk
        self._alarm = alarm
        self._clock = clock
        self._bytes_max = bytes_max
        self._segments = Segments(disk, segment_bytes_max)
        self._known = Seen(REMEMBERED)
        self._drained = Seen(IDS_KEPT)
        self._unsynced = 0
        self._shed = False
        self.pending = 0
        self._last = self._done = 0
        self._recover()

    def append(self, envelope: Envelope) -> None:
        """Keep *envelope*, unless its id is known already.

        Raises `InvariantBroken` when it is not as registered.
        """
        kind = checked(envelope).kind
        if envelope.event_id not in self._known:
            data = frame_bytes(self._last + 1, envelope.event_id, wire.encode(envelope))
            if not self._has_room(kind, envelope, len(data)):
                return
            self._segments.append(self._last + 1, data)
            self._last += 1
            self.pending += 1
            self._unsynced += 1
            self._known.add(envelope.event_id)
        if kind in _AT_ONCE or self._unsynced >= _GROUP:
            self.flush()

    def flush(self) -> None:
        """Return once everything appended is durable."""
        self._segments.sync()
        self._unsynced = 0

    def drain(self, send: Callable[[Sequence[Envelope]], None], limit: int) -> int:
        """Hand at most *limit* waiting events to *send*, in order; return how many left.

        What *send* raises ends the drain; the events that it was just given stay.
        """
        left = 0
        while left < limit and self.pending:
            batch = list(islice(self._segments.after(self._done), min(_BATCH, limit - left)))
            if not batch:
                self._tell(MishapKind.DAMAGED, f"{self.pending} waiting events are gone")
                self.pending = 0
                break
            leaving = [self._leaving(frame) for frame in batch]
            envelopes = [each for each in leaving if isinstance(each, Envelope)]
            if envelopes:
                send(envelopes)
            self._acknowledge(batch)
            left += len(batch)
            for each in leaving:
                if isinstance(each, Mishap):
                    self._alarm(each)
        return left

    def _leaving(self, frame: Frame) -> Envelope | Mishap:
        """Return the envelope of *frame*, or why it must not leave."""
        now_ms = self._clock()
        try:
            envelope = wire.decode(frame.data)
        except IntegrityFailure as error:
            text = f"{frame.event_id} in the buffer cannot be read: {error}"
            return Mishap(MishapKind.DEAD_LETTER, now_ms, text)
        if is_expired(envelope, now_ms):
            text = f"{frame.event_id} expired in the buffer"
            return Mishap(MishapKind.EXPIRED, now_ms, text, envelope)
        return envelope

    def _acknowledge(self, batch: Sequence[Frame]) -> None:
        """Note durably that *batch* left, then remove what is no longer needed."""
        self.flush()
        before, done = self._done, batch[-1].sequence
        if done - before > len(batch):
            lost = done - before - len(batch)
            self._tell(MishapKind.DAMAGED, f"{lost} events were lost to damage before {done}")
        for frame in batch:
            self._drained.add(frame.event_id)
        self._write_cursor(Cursor(done, tuple(self._drained.latest(IDS_KEPT))))
        self._done = done
        self.pending = self._last - done
        self._segments.drop(done, self._last)

    def _write_cursor(self, cursor: Cursor) -> None:
        try:
            write_cursor(self._disk, cursor)
        except OSError as error:
            raise StoreUnavailable(f"the event buffer: its cursor: {error}") from error

    def _recover(self) -> None:
        try:
            # A process that was killed may have left names that a power cut would still take back.
            self._disk.sync_names()
            cursor = read_cursor(self._disk)
        except OSError as error:
            raise StoreUnavailable(f"the event buffer: its cursor: {error}") from error
        if cursor is None:
            cursor = Cursor(0, ())
            self._tell(MishapKind.DAMAGED, "the cursor is damaged: events may come again")
        for event_id in cursor.ids:
            self._known.add(event_id)
            self._drained.add(event_id)
        self._last = self._done = cursor.sequence
        for frame in self._segments.recover(self._tell_damage):
            self._known.add(frame.event_id)
            self._last = max(self._last, frame.sequence)
        self._unsynced = self.pending = self._last - self._done
        self._segments.drop(self._done, self._last)

    def _has_room(self, kind: EventClass, envelope: Envelope, size: int) -> bool:
        """Tell whether *size* bytes fit; telemetry is shed when not, all else refused."""
        if self._segments.bytes_used + size <= self._bytes_max * _ROOM[kind]:
            self._shed = False
            return True
        if kind is not EventClass.TELEMETRY:
            raise StoreUnavailable(f"the event buffer is full: no room for {envelope.event_id}")
        if not self._shed:
            self._shed = True
            self._tell(MishapKind.SHED, "the event buffer is full: telemetry is shed", envelope)
        return False

    def _tell_damage(self, name: str, damage: Damage) -> None:
        kind = MishapKind.TORN if damage.is_tail else MishapKind.DAMAGED
        self._tell(kind, f"{name}: bytes {damage.start} to {damage.end} are no event")

    def _tell(self, kind: MishapKind, text: str, envelope: Envelope | None = None) -> None:
        self._alarm(Mishap(kind, self._clock(), text, envelope))
