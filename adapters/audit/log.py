"""The audit trail in daily segments of chained JSON lines, one for each class of retention.

A record is chained when it is appended and durable after the next `flush`: many records share one
`fdatasync`. Segments follow the time of the events; a day is never gone back to once a later one
has begun, so an event told late stands in the newer segment, with its own time.

Opening is recovery: the whole trail is checked; an end torn by a crash is cut off, kept beside the
file, and recorded; a trail that does not hold is refused. On a full disk records wait until there
is room; any other error in writing ends the log (fail-stop). With a `Sealing` the trail is signed:
at its opening and its end, after a critical record, after so many records, and every period even
if empty.
"""

import re
from binascii import hexlify
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

import msgspec

from adapters.audit import chain, durable, retention
from adapters.audit.chain import Head
from adapters.audit.files import DayFiles
from adapters.audit.resume import resume, write_head
from adapters.audit.sealing import Seal, Sealing
from application.errors import StoreUnavailable
from application.ports.audit_log import AuditLog, AuditValue
from domain.market.bars import DAY_MS
from domain.shared.errors import InvariantBroken

BUFFER_RECORDS_MAX: Final = 4096
OURS: Final = frozenset({"seq", "at", "type", "prev", "hash"})
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")


class _Chain:
    """A class of the trail: its last hash, the day of its segment, the lines that wait for it."""

    __slots__ = ("day", "days", "lines", "prev")

    def __init__(self, days: int, day: int, prev: bytes) -> None:
        self.days, self.day, self.prev = days, day, prev
        self.lines: list[bytes] = []


class _Kind:
    """A type of record: as JSON and a comma, where it belongs, whether it is sealed at once."""

    __slots__ = ("chain", "is_critical", "named")

    def __init__(self, named: bytes, of: _Chain, *, is_critical: bool) -> None:
        self.named, self.chain, self.is_critical = named, of, is_critical


class AuditFiles:
    """Satisfies `AuditLog`. For one writer; two in one directory break the chain."""

    def __init__(
        self, directory: Path, *, durable: bool = True, sealing: Sealing | None = None
    ) -> None:
        """Go on with the trail in *directory*, or begin one; *sealing* None leaves it unsigned.

        *durable* False leaves it to the operating system when lines reach the disk: for a run
        that can be done again.

        Raises `StoreUnavailable` when it cannot be written, and `IntegrityFailure` when the trail
        is not what was written, or not the one that was exported.
        """
        self._directory = directory
        self._json = msgspec.json.Encoder(decimal_format="number").encode
        self._kinds: dict[str, _Kind] = {}
        self._durable = durable
        self._files = DayFiles(directory, durable=durable)
        self._broken: str | None = None
        self._closed = self._is_critical = False
        try:
            directory.mkdir(parents=True, exist_ok=True)
            resumed = resume(directory)
            self._tree, self._own = resumed.tree, resumed.own
            self._seq = self._written = self._tree.size
            write_head(directory, Head(self._seq, self._tree.root.hex(), self._own))
            self.seal = (
                Seal(directory, sealing, resumed.signed, resumed.leaves) if sealing else None
            )
        except OSError as error:
            raise StoreUnavailable(f"{directory}: the audit trail: {error}") from error
        self._day, self._date = resumed.day, chain.iso(max(0, resumed.day) * DAY_MS)[:11].encode()
        self._chains = {
            days: self._chain(days, resumed.ends.get(days)) for days in retention.CLASSES
        }
        self._sealed = True
        for torn in resumed.torn:
            self.append(chain.TORN, resumed.at_ms, torn.fields())
            self._own += 1
            self._sealed = False
        self.flush()
        if resumed.torn:  # durable or not: later files do not show what is ours in these
            self._note_head()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def records(self) -> int:
        """How many records callers have appended, ever, those not yet durable included.

        What the trail wrote of itself does not count: who plays a run again skips this many.
        """
        return self._seq - self._own

    def append(self, kind: str, at_ms: int, fields: Mapping[str, AuditValue]) -> None:
        """Add a record of type *kind*; it is durable after the next `flush`.

        If it raises, it was not taken.
        """
        if self._broken is not None:
            raise StoreUnavailable(self._broken)
        if self._seq - self._written >= BUFFER_RECORDS_MAX:
            self.flush()  # first: a record that is refused was not taken
        day, in_day_ms = divmod(at_ms, DAY_MS)
        if day > self._day:
            self._begin(day)
        if not OURS.isdisjoint(fields):
            raise InvariantBroken(f"{kind}: {sorted(OURS & fields.keys())} belong to the chain")
        known = self._kinds.get(kind) or self._name(kind)
        of = known.chain
        if of.day != self._day:
            self._open(of)
        inner = self._json(fields)
        if not inner.isascii():
            inner = _escaped(inner)
        at = self._date if day == self._day else chain.iso(at_ms)[:11].encode()
        seconds, ms = divmod(in_day_ms, 1000)
        minutes, second = divmod(seconds, 60)
        self._seq += 1
        raw = b'{"seq":%d,"at":"%s%02d:%02d:%02d.%03dZ","type":%s%s%s"prev":"%s"' % (
            self._seq,
            at,
            minutes // 60,
            minutes % 60,
            second,
            ms,
            known.named,
            inner[1:-1],
            b"," if len(inner) > 2 else b"",  # noqa: PLR2004 - the two braces
            of.prev,
        )
        self._chained(raw, of)
        if known.is_critical:
            self._is_critical = True

    def _chained(self, raw: bytes, of: _Chain) -> None:
        """Add the record of the bytes *raw* to its chain and to the tree."""
        leaf = sha256(of.prev + chain.length_of(len(raw)) + raw).digest()
        of.prev = hexlify(leaf)
        of.lines.append(raw + chain.HASH_FIELD % of.prev)
        self._tree.add(leaf)
        if self.seal is not None:
            self.seal.add(leaf)

    def flush(self) -> None:
        """Return once everything appended is durable."""
        if self._broken is not None:
            raise StoreUnavailable(self._broken)
        try:
            if self._written < self._seq:
                self._files.write()
                self._written = self._seq
            if not self._sealed and (self._durable or self._closed):
                self._note_head()
            if self.seal is not None and (self._is_critical or self.seal.is_due(self._seq)):
                self.seal.put(self._tree)
                self._is_critical = False
        except OSError as error:
            if error.errno in durable.FULL and not self._closed:
                raise StoreUnavailable(
                    f"{self._directory}: the disk is full, the audit trail waits: free some space"
                ) from error
            self._broken = f"{self._directory}: the audit trail stopped: {error}"
            raise StoreUnavailable(self._broken) from error

    def close(self) -> None:
        """Flush, seal, and let go of the files. After a failure there is nothing left to flush."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._broken is None:
                self._sealed, self._is_critical = False, True
                self.flush()
        finally:
            self._broken = self._broken or f"{self._directory}: the audit trail is closed"
            with suppress(OSError):  # it is written or it is lost: closing changes neither
                self._files.close()

    def _note_head(self) -> None:
        """Note how far the trail reaches."""
        write_head(self._directory, Head(self._seq, self._tree.root.hex(), self._own))
        self._sealed = True

    def _begin(self, day: int) -> None:
        """Begin *day* for all classes; the head follows with the next flush."""
        self._day, self._date = day, chain.iso(day * DAY_MS)[:11].encode()
        self._files.next_day()
        self._sealed = False

    def _open(self, of: _Chain) -> None:
        """Begin the segment of this day for a class."""
        path = self._directory / chain.name_for(self._day * DAY_MS, of.days)
        of.day, of.prev = self._day, chain.genesis(path.name, of.prev)
        of.lines = self._files.begin(path)

    def _chain(self, days: int, end: tuple[str, bytes] | None) -> _Chain:
        """Return the class of *days*, which goes on after *end*."""
        if end is None:
            return _Chain(days, -1, chain.ZERO)
        name, prev = end
        made = _Chain(days, chain.day_in(name), prev)
        made.lines = self._files.begin(self._directory / name)
        return made

    def _name(self, kind: str) -> _Kind:
        """Return what is known of *kind*; kinds are few, so it is kept."""
        named = self._json(kind) + b","
        if not kind.isascii() or '"' in kind or "\\" in kind:
            raise InvariantBroken(f"{kind!r} is no type of record: plain ASCII only")
        of = self._chains[retention.days_of(kind)]
        known = _Kind(named, of, is_critical=retention.is_critical(kind))
        self._kinds[kind] = known
        return known


def _escaped(text: bytes) -> bytes:
    """Return JSON *text* with every character outside ASCII as its escape."""

    def escape(found: re.Match[str]) -> str:
        units = found.group().encode("utf-16-be")
        return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))

    return _NOT_ASCII.sub(escape, text.decode()).encode()


_: type[AuditLog] = AuditFiles
