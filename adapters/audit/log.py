"""The audit trail in daily files of chained JSON lines.

A record is chained when it is appended and durable after the next `flush`: many records share one
`fdatasync`. Files follow the time of the events; a file is never gone back to once a later day
has begun, so an event told late stands in the newer file, with its own time.

Opening is recovery: a last line torn by a crash is cut off, kept beside the file, and recorded;
a chain that does not hold is refused. The first error in writing ends the log (fail-stop).
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import msgspec

from adapters.audit import chain, recovery
from adapters.audit.chain import Head
from adapters.audit.files import DayFiles
from application.errors import StoreUnavailable
from application.ports.audit_log import AuditLog, AuditValue
from domain.market.bars import DAY_MS
from domain.shared.errors import InvariantBroken

BUFFER_RECORDS_MAX: Final = 4096
OURS: Final = frozenset({"seq", "at", "type", "prev", "hash"})
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")


class AuditFiles:
    """Satisfies `AuditLog`. For one writer; two in one directory break the chain."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        """Go on with the trail in *directory*, or begin one.

        *durable* False leaves it to the operating system when lines reach the disk: for a run
        that can be done again.

        Raises `StoreUnavailable` when it cannot be written, and `IntegrityFailure` when the end
        of the chain does not hold or reaches less far than its head says.
        """
        self._directory = directory
        self._json = msgspec.json.Encoder(decimal_format="number").encode
        self._kinds: dict[str, bytes] = {}
        self._durable = durable
        self._files = DayFiles(directory, durable=durable)
        self._lines: list[bytes] = []
        self._day, self._date = -1, b""
        self._broken: str | None = None
        self._closed = False
        try:
            directory.mkdir(parents=True, exist_ok=True)
            resumed = recovery.resume(directory)
            self._seq, self._hash = resumed.head.seq, resumed.head.hash.encode()
            self._own = resumed.head.own
            self._written, self._sealed = self._seq, True
            recovery.write_head(directory, resumed.head)
        except OSError as error:
            raise StoreUnavailable(f"{directory}: the audit trail: {error}") from error
        if resumed.last_file is not None:
            self._begin(chain.day_of(resumed.last_file))
        if resumed.torn is not None:
            self.append(chain.TORN, resumed.at_ms, resumed.torn.fields())
            self._own += 1
            self._sealed = False
            self.flush()
            self._seal()  # durable or not: later files do not show what is ours in this one

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
        """Add a record of type *kind*; it is durable after the next `flush`."""
        if self._broken is not None:
            raise StoreUnavailable(self._broken)
        day, in_day_ms = divmod(at_ms, DAY_MS)
        if day > self._day:
            self._begin(day)
        if not OURS.isdisjoint(fields):
            raise InvariantBroken(f"{kind}: {sorted(OURS & fields.keys())} belong to the chain")
        named = self._kinds.get(kind) or self._name(kind)
        inner = self._json(fields)
        if not inner.isascii():
            inner = _escaped(inner)
        at = self._date if day == self._day else chain.iso(at_ms)[:11].encode()
        seconds, ms = divmod(in_day_ms, 1000)
        minutes, second = divmod(seconds, 60)
        self._seq += 1
        prev = self._hash
        body = b'{"seq":%d,"at":"%s%02d:%02d:%02d.%03dZ","type":%s%s%s"prev":"%s"}' % (
            self._seq,
            at,
            minutes // 60,
            minutes % 60,
            second,
            ms,
            named,
            inner[1:-1],
            b"," if len(inner) > 2 else b"",  # noqa: PLR2004 - the two braces
            prev,
        )
        self._hash = own = chain.hash_of(prev, body).encode()
        self._lines.append(b'%s,"hash":"%s"}\n' % (body[:-1], own))
        if self._seq - self._written >= BUFFER_RECORDS_MAX:
            self.flush()

    def flush(self) -> None:
        """Return once everything appended is durable."""
        if self._broken is not None:
            raise StoreUnavailable(self._broken)
        try:
            if self._written < self._seq:
                self._files.write()
                self._written = self._seq
            if not self._sealed and (self._durable or self._closed):
                self._seal()
        except OSError as error:
            self._broken = f"{self._directory}: the audit trail stopped: {error}"
            raise StoreUnavailable(self._broken) from error

    def close(self) -> None:
        """Flush, seal, and let go of the files. After a failure there is nothing left to flush."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._broken is None:
                self._sealed = False
                self.flush()
        finally:
            self._broken = self._broken or f"{self._directory}: the audit trail is closed"
            with suppress(OSError):  # it is written or it is lost: closing changes neither
                self._files.close()

    def _seal(self) -> None:
        """Note how far the trail reaches."""
        head = Head(self._seq, self._hash.decode(), self._own)
        recovery.write_head(self._directory, head)
        self._sealed = True

    def _begin(self, day: int) -> None:
        """Go on in the file of *day*; the head follows with the next flush."""
        at_ms = day * DAY_MS
        self._lines = self._files.begin(self._directory / chain.name_for(at_ms))
        self._day, self._date = day, chain.iso(at_ms)[:11].encode()
        self._sealed = False

    def _name(self, kind: str) -> bytes:
        """Return *kind* as JSON and the comma after it; kinds are few, so they are kept."""
        named = self._json(kind) + b","
        if not kind.isascii() or '"' in kind or "\\" in kind:
            raise InvariantBroken(f"{kind!r} is no type of record: plain ASCII only")
        self._kinds[kind] = named
        return named


def _escaped(text: bytes) -> bytes:
    """Return JSON *text* with every character outside ASCII as its escape."""

    def escape(found: re.Match[str]) -> str:
        units = found.group().encode("utf-16-be")
        return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))

    return _NOT_ASCII.sub(escape, text.decode()).encode()


_: type[AuditLog] = AuditFiles
