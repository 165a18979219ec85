"""Going on after a stop of any kind: where the trail ends, and the few durable writes it needs."""

import os
from pathlib import Path
from typing import Final, NamedTuple

from adapters.audit import chain
from adapters.audit.chain import GENESIS, HEAD_NAME, TORN, Head, Link
from application.errors import IntegrityFailure
from application.ports.audit_log import AuditValue

_TAIL_BYTES: Final = 1 << 20
# Not every system can leave the times of a file alone when it makes its bytes durable.
_sync = getattr(os, "fdatasync", os.fsync)


class Torn(NamedTuple):
    """A last line that a crash cut short: where it stood, and where its bytes are kept."""

    file: str
    kept_in: str
    cut_bytes: int

    def fields(self) -> dict[str, AuditValue]:
        """Return what the record about it holds."""
        return {"file": self.file, "kept_in": self.kept_in, "bytes": self.cut_bytes}


class Resumed(NamedTuple):
    """Where the trail goes on: after `head`, in `last_file` (None: no file yet).

    `at_ms` is the time of the last whole record, 0 before the first.
    """

    head: Head
    at_ms: int
    last_file: Path | None
    torn: Torn | None


def resume(directory: Path) -> Resumed:
    """Find the end of the trail in *directory*, mending a torn last line.

    Raises `IntegrityFailure` when its end does not hold together or is not where it was.
    """
    head = chain.read_head(directory)
    files = _with_records(directory)
    torn = _mend(files[-1]) if files else None
    end, at_ms = Head(0, GENESIS), 0
    for path in reversed(files):
        links = _end_of(path)
        if links:
            last, sealed = links[-1], head or end
            # What the trail wrote of itself since the head is not yet counted in it.
            new = sum(1 for link in links if link.kind == TORN and link.seq > sealed.seq)
            end, at_ms = Head(last.seq, last.hash, sealed.own + new), chain.ms_of(last.at)
            break
    if head is None and end.seq:
        raise IntegrityFailure(f"{directory}: the audit trail has lost its {HEAD_NAME}")
    if head is not None and head.seq > end.seq:
        raise IntegrityFailure(
            f"{directory}: the audit trail ends at record {end.seq}, but reached {head.seq}"
        )
    if head is not None and head.seq == end.seq and head.hash != end.hash:
        raise IntegrityFailure(f"{directory}: record {end.seq} is not the one that was written")
    return Resumed(end, at_ms, files[-1] if files else None, torn)


def _with_records(directory: Path) -> list[Path]:
    """Return the files of the trail, in order, without empty ones at its end.

    A crash may leave a file that was made but not yet written to: the trail goes on before it, so
    that each record stands in the file of its own day.
    """
    files = chain.files_in(directory)
    while files and not files[-1].stat().st_size:
        files.pop().unlink()
        make_directory_durable(directory)
    return files


def _mend(path: Path) -> Torn | None:
    """Cut a torn last line off *path*, keeping its bytes in a file beside it."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
        keep = tail.rfind(b"\n") + 1
        if keep == len(tail):
            return None
        if not keep and size > len(tail):
            raise IntegrityFailure(f"{path}: its end is no record, nor the beginning of one")
        whole = size - len(tail) + keep
        kept = path.with_name(f"{path.name}.{whole}.torn")
        write_atomically(kept, tail[keep:])
        file.truncate(whole)
        file.flush()
        os.fsync(file.fileno())
    return Torn(path.name, kept.name, len(tail) - keep)


def _end_of(path: Path) -> list[Link]:
    """Return the links of the last stretch of *path*, which must hold together."""
    links: list[Link] = []
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - _TAIL_BYTES)
        file.seek(start)
        if start:
            file.readline()  # most likely a part of a line
        for line in file:
            link = chain.link_in(line)
            if link is None or not link.is_sound or not _follows(links, link):
                seq = "?" if link is None else link.seq
                raise IntegrityFailure(f"{path}: the audit chain is broken at record {seq}")
            links.append(link)
    return links


def _follows(links: list[Link], link: Link) -> bool:
    return not links or (link.prev == links[-1].hash and link.seq == links[-1].seq + 1)


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
