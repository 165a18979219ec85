"""Going on after a stop of any kind: where the trail ends, and the few durable writes it needs."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from adapters.audit import chain
from adapters.audit.chain import GENESIS, HEAD_NAME, Head, Link
from application.errors import IntegrityFailure
from application.ports.audit_log import AuditValue

_TAIL_BYTES: Final = 1 << 20
# Not every system can leave the times of a file alone when it makes its bytes durable.
_sync = getattr(os, "fdatasync", os.fsync)


class Torn(NamedTuple):
    """A last line that a crash cut short: where it stood, and where its bytes are kept."""

    at_ms: int
    file: str
    kept_in: str
    cut_bytes: int

    def fields(self) -> dict[str, AuditValue]:
        """Return what the record about it holds."""
        return {"file": self.file, "kept_in": self.kept_in, "bytes": self.cut_bytes}


class Resumed(NamedTuple):
    """Where the trail goes on: after `head`, in `last_file` (None: no file yet)."""

    head: Head
    last_file: Path | None
    torn: Torn | None


def resume(directory: Path) -> Resumed:
    """Find the end of the trail in *directory*, mending a torn last line.

    Raises `IntegrityFailure` when its end does not hold together or is not where it was.
    """
    head = chain.read_head(directory)
    files = chain.files_in(directory)
    torn = _mend(files[-1]) if files else None
    end = Head(0, GENESIS)
    for path in reversed(files):
        last = _end_of(path)
        if last is not None:
            end = Head(last.seq, last.hash)
            break
    if head is None and end.seq:
        raise IntegrityFailure(f"{directory}: the audit trail has lost its {HEAD_NAME}")
    if head is not None and head.seq > end.seq:
        raise IntegrityFailure(
            f"{directory}: the audit trail ends at record {end.seq}, but reached {head.seq}"
        )
    if head is not None and head.seq == end.seq and head.hash != end.hash:
        raise IntegrityFailure(f"{directory}: record {end.seq} is not the one that was written")
    return Resumed(end, files[-1] if files else None, torn)


def _mend(path: Path) -> Torn | None:
    """Cut a torn last line off *path*, keeping its bytes in a file beside it."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
        keep = tail.rfind(b"\n") + 1
        if keep == len(tail):
            return None
        whole = size - len(tail) + keep
        kept = path.with_name(f"{path.name}.{whole}.torn")
        write_atomically(kept, tail[keep:])
        file.truncate(whole)
        file.flush()
        os.fsync(file.fileno())
    at_ms = int(datetime.fromtimestamp(path.stat().st_mtime, UTC).timestamp() * 1000)
    at_ms = min(max(at_ms, chain.day_of(path) * 86_400_000), chain.day_of(path) * 86_400_000)
    return Torn(at_ms, path.name, kept.name, len(tail) - keep)


def _end_of(path: Path) -> Link | None:
    """Return the last link of *path*, after checking the last stretch of its chain."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - _TAIL_BYTES)
        file.seek(start)
        if start:
            file.readline()  # most likely a part of a line
        last: Link | None = None
        for line in file:
            link = chain.link_in(line)
            if link is None or not link.is_sound or not _follows(last, link):
                seq = "?" if link is None else link.seq
                raise IntegrityFailure(f"{path}: the audit chain is broken at record {seq}")
            last = link
    return last


def _follows(last: Link | None, link: Link) -> bool:
    return last is None or (link.prev == last.hash and link.seq == last.seq + 1)


def write_head(directory: Path, head: Head) -> None:
    """Note durably how far the trail reaches."""
    write_atomically(directory / HEAD_NAME, chain.head_bytes(head))


def write_atomically(path: Path, data: bytes) -> None:
    """Make *path* hold *data*, durably and all or nothing."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    make_directory_durable(path.parent)


def write_all(file: int, data: bytes) -> None:
    """Write all of *data*; a short write is not an error of the system, but a lost one would be."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def make_durable(file: int) -> None:
    """Return once what was written to *file* is on the disk."""
    _sync(file)


def make_directory_durable(directory: Path) -> None:
    """Return once the names in *directory* are on the disk."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
