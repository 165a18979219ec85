"""The journal in files that only grow: one write and one sync a commit, whatever it gathered.

Rule 1: a file whose write or sync failed takes nothing more (fail-stop): after a failed sync nobody
knows what is on the disk, and a second one would tell nothing.
Rule 2: a row that was appended is never lost while the process lives, and never written twice: it
waits in memory until some file has taken it, and everything after it waits behind it.
Rule 3: when the disk is full the reserve is freed and a new segment begun. When the file fails, or
there is no reserve, rows go on to the fallback, whose place is taken already. Either way they are
durable, and `commit` raises all the same: nothing that adds risk may go on so.
Rule 4: the trouble is over when the reserve can be taken again; after an error of the disk itself,
when the journal is opened anew. What is on the fallback is then put into a segment of its own.
Rule 5: when even the fallback takes nothing, `append` takes nothing.

`segments` tells how the rows lie in the files.
"""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from adapters.persistence.disk import GrowingDisk, OsDisk
from adapters.persistence.segment_reader import (
    FALLBACK_NAME,
    entry_of,
    firsts_of,
    stored,
    strays_of,
)
from adapters.persistence.segment_writer import SegmentWriter
from adapters.persistence.segments import Frame, framed
from adapters.persistence.spares import Fallback, Reserve
from application.errors import StoreUnavailable
from application.ports.codec import Codec
from application.ports.journal import Entry, Journal

SEGMENT_BYTES: Final = 8 << 20
RESERVE_BYTES: Final = 64 << 20
FALLBACK_BYTES: Final = 4 << 20
_BUFFER_BYTES_MAX: Final = 1 << 20
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


class SegmentJournal:
    """Satisfies `Journal`. Calls may come from any thread, but only from one at a time."""

    def __init__(
        self,
        directory: Path,
        codec: Codec,
        disk: GrowingDisk | None = None,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        reserve_bytes: int = RESERVE_BYTES,
        fallback_bytes: int = FALLBACK_BYTES,
    ) -> None:
        """Open the journal in *directory*, or begin it there; for one process at a time.

        *segment_bytes* is the size from which on a new segment is begun. Raises `StoreUnavailable`
        when it cannot be opened or is of another version, and `IntegrityFailure` when rows that
        were durable are damaged.
        """
        self._directory = directory
        self._codec = codec
        self._disk = disk or OsDisk()
        self._segment_bytes = segment_bytes
        self._reserve = Reserve(self._disk, directory / "reserve.bin", reserve_bytes)
        self._fallback = Fallback(self._disk, directory / FALLBACK_NAME, fallback_bytes)
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._diverted: list[bytes] = []
        self._trouble: str | None = None  # why no segment takes rows
        self._is_curable = False
        self._is_stuck = False
        self._misuse: str | None = None
        self._writer = SegmentWriter(self._disk, directory)
        self._last = self._durable = self._in_segments = 0
        try:
            self._open()
        except OSError as error:
            self._disk.let_go()
            raise StoreUnavailable(f"{directory}: the journal cannot be opened: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, sequence: int, heard: bytes, digest: bytes) -> None:
        """Add an entry; it is durable after the next `commit`. If it raises, it was not taken."""
        if self._misuse is not None:
            raise StoreUnavailable(self._misuse)
        if self._is_stuck or self._pending_bytes >= _BUFFER_BYTES_MAX:
            self._flush()
        if sequence != self._last + 1:
            self._misuse = (
                f"{self._directory}: the journal stopped: entry {sequence} was to follow "
                f"{self._last}"
            )
            return
        frame = framed(sequence, self._durable, digest, heard)
        self._pending.append(frame)
        self._pending_bytes += len(frame)
        self._last = sequence

    def commit(self) -> None:
        """Return once everything appended is durable.

        It may be durable though it raises: see rule 3. Nothing needs to be appended again.
        """
        self._flush()
        if self._misuse is not None:
            raise StoreUnavailable(self._misuse)
        if self._trouble is not None:
            raise StoreUnavailable(self._trouble)
        if not self._reserve.hold(again=True):
            raise StoreUnavailable(
                f"{self._directory}: the disk is full: the reserve is in use; free some space"
            )

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield all entries with a sequence above *after*, in order.

        Raises `IntegrityFailure` at an entry that cannot be read.
        """
        self._flush()
        try:
            for place, frame in stored(self._disk, self._directory, after, self._in_segments):
                yield entry_of(place, frame, self._codec)
            for frame in self._strays():
                if frame.sequence > after:
                    yield entry_of(self._directory, frame, self._codec)
        except OSError as error:
            raise StoreUnavailable(f"{self._directory}: {error}") from error

    def close(self) -> None:
        """Commit and let go of the files. Raises only when rows could not be made durable."""
        if self._misuse is not None:
            return
        try:
            self._flush()
        finally:
            self._misuse = f"{self._directory}: the journal is closed"
            self._disk.let_go()

    def _strays(self) -> list[Frame]:
        if not self._diverted:
            return []
        return strays_of(self._disk, self._directory, self._in_segments)

    def _open(self) -> None:
        """Find the last whole row, cut what follows it, and take in what is on the fallback."""
        disk, directory = self._disk, self._directory
        disk.make(directory)
        disk.sync_directory(directory.parent)
        disk.sync_directory(directory)  # a process that was killed left names unsynced
        self._reserve.hold()
        try:
            self._take_up()
        except OSError as error:
            if error.errno not in _FULL or not self._reserve.free():
                raise
            self._take_up()
        self._fallback.ready()

    def _take_up(self) -> None:
        self._last = 0
        for first in firsts_of(self._disk, self._directory)[-1:]:
            self._last = self._writer.resume(first)
        self._durable = self._in_segments = self._last
        strays = strays_of(self._disk, self._directory, self._last)
        if strays:
            self._diverted = [framed(f.sequence, f.sealed, f.digest, f.heard) for f in strays]
            self._last = strays[-1].sequence
            self._merge()

    def _flush(self) -> None:
        """Return once everything appended is durable, on whatever file takes it."""
        if self._trouble is None:
            if not self._pending:
                return
            try:
                self._write()
            except OSError as error:
                self._is_curable = error.errno in _FULL
                self._trouble = f"{self._directory}: the journal stopped: {error}"
        elif self._is_curable and self._reserve.hold(again=True):
            self._cure()
        if self._trouble is not None:
            self._divert()

    def _cure(self) -> None:
        """Go back from the fallback to a segment: the disk has room again."""
        try:
            self._merge()
        except OSError as error:
            self._is_curable = error.errno in _FULL
            self._reserve.free()
        else:
            self._fallback.clear()

    def _write(self) -> None:
        """Add what waits to the segment, or to a new one when it is full, or the disk is."""
        first = self._durable + 1
        try:
            if not self._writer.size or self._writer.size >= self._segment_bytes:
                self._writer.begin(first)
            self._writer.add(self._pending)
        except OSError as error:
            if error.errno not in _FULL or not self._reserve.free():
                raise
            self._writer.begin(first)
            self._writer.add(self._pending)
        self._taken()

    def _merge(self) -> None:
        """Put what is on the fallback, and what waits, into a segment of its own."""
        rows = self._diverted + self._pending
        self._writer.begin(self._in_segments + 1)
        self._writer.add(rows)
        self._diverted, self._trouble, self._is_stuck = [], None, False
        self._taken()

    def _taken(self) -> None:
        self._pending, self._pending_bytes = [], 0
        self._durable = self._in_segments = self._last

    def _divert(self) -> None:
        """Put what waits onto the fallback. Raises `StoreUnavailable` when it takes nothing."""
        if not self._pending:
            return
        if not self._fallback.put(b"".join(self._pending)):
            self._is_stuck = True
            raise StoreUnavailable(self._trouble)
        self._is_stuck = False
        self._diverted += self._pending
        self._pending, self._pending_bytes = [], 0
        self._durable = self._last


_: type[Journal] = SegmentJournal
