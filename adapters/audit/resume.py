"""Going on after a stop of any kind: the whole trail is checked, and a torn end is mended.

A crash may leave a line cut short, and records of which an earlier one is missing, because classes
lie in files of their own. Neither was ever acknowledged: both are cut off, kept beside the file,
and noted. What a head or a checkpoint vouches for is never cut off: there it is tampering.
"""

import os
from pathlib import Path
from typing import NamedTuple

from adapters.audit import chain, durable
from adapters.audit.chain import Head
from adapters.audit.checkpoints import Checkpoint
from adapters.audit.retention import days_of
from adapters.audit.tree import Tree
from adapters.audit.verify import Examined, examine
from application.errors import IntegrityFailure
from application.ports.audit_log import AuditValue
from domain.market.bars import DAY_MS

OWN_DAYS = days_of(chain.TORN)
_TAIL_BYTES = 1 << 20


class Torn(NamedTuple):
    """An end that a crash left torn: where it stood, and where its bytes are kept."""

    file: str
    kept_in: str
    cut_bytes: int

    def fields(self) -> dict[str, AuditValue]:
        """Return what the record about it holds."""
        return {"file": self.file, "kept_in": self.kept_in, "bytes": self.cut_bytes}


class Resumed(NamedTuple):
    """Where the trail goes on: its tree, the hashes, and the last segment of each class.

    `day` is the last day begun (-1: none), `at_ms` the time of the last record (0: none), `signed`
    the last checkpoint, `own` how many records are the trail's own.
    """

    tree: Tree
    leaves: bytes
    ends: dict[int, tuple[str, bytes]]
    day: int
    at_ms: int
    signed: Checkpoint | None
    own: int
    torn: list[Torn]


def resume(directory: Path) -> Resumed:
    """Find the end of the trail in *directory*, mending a torn one.

    Raises `IntegrityFailure` when it is not what was written.
    """
    found = _sound(directory)
    torn = []
    if found.torn is not None:
        torn = _mended(directory, found.walked.prefix)
        found = _sound(directory)
        if found.torn is not None:
            raise IntegrityFailure(f"{directory}: {found.torn.file} cannot be mended")
    for path in chain.files_in(directory):
        if not path.stat().st_size:  # made for a day, and nothing in it
            path.unlink()
            durable.make_directory_durable(directory)
    _drop_torn_note(directory)
    ends, own = found.walked.ends, _own(directory, found.head)
    last = found.checkpoints[-1] if found.checkpoints else None
    day = max((chain.day_in(name) for name, _ in ends.values()), default=-1)
    at_ms = max((_last_ms(directory / name) for name, _ in ends.values()), default=0)
    if torn and day < 0:  # not even the first record was whole
        at_ms = chain.day_in(torn[0].file) * DAY_MS
    return Resumed(found.tree, bytes(found.walked.leaves), ends, day, at_ms, last, own, torn)


def _sound(directory: Path) -> Examined:
    found = examine(directory)
    if found.finding is not None:
        at, kind, _ = found.finding
        raise IntegrityFailure(
            f"{directory}: the audit trail is not what was written ({kind.value} at {at.file} line "
            f"{at.line}, record {at.seq}): nothing is added to it; `audit verify` tells more"
        )
    return found


def _mended(directory: Path, prefix: int) -> list[Torn]:
    """Cut off, in the files of the last day, what does not belong to the first *prefix* records."""
    files = [path for path in chain.files_in(directory) if path.stat().st_size]
    torn = []
    for path in files:
        if chain.day_in(path.name) != chain.day_in(files[-1].name):
            continue
        at = _end_of(path, prefix)
        if at < path.stat().st_size:
            kept_in = f"{path.name}.{at}.torn"
            torn.append(Torn(path.name, kept_in, durable.cut_off(path, at)))
    return torn


def _end_of(path: Path, prefix: int) -> int:
    """Return where the first line begins that is no record, or one beyond *prefix*."""
    at = 0
    with path.open("rb") as file:
        for line in file:
            link = chain.link_in(line)
            if link is None or link.seq > prefix:
                return at
            at += len(line)
    return at


def _drop_torn_note(directory: Path) -> None:
    """Cut an unfinished note off the last file of checkpoints."""
    files = sorted((directory / "signed").glob("checkpoints-*.txt"))
    if not files:
        return
    data = files[-1].read_bytes()
    if data and not data.endswith(b"\n"):
        _, mark, _ = data.rpartition(b"\n\xe2\x80\x94 ")
        whole = data[: data.rfind(b"=\n", 0, len(data)) + 2] if mark else b""
        os.truncate(files[-1], len(whole))


def _own(directory: Path, head: Head | None) -> int:
    """Return how many records the trail wrote of itself, those since the head included."""
    since, own = (head.seq, head.own) if head is not None else (0, 0)
    for path in chain.files_in(directory):
        if chain.days_in(path.name) != OWN_DAYS:
            continue
        with path.open("rb") as file:
            links = (chain.link_in(line) for line in file if b'"type":"audit.' in line)
            own += sum(1 for link in links if link and link.seq > since and _is_own(link.kind))
    return own


def _is_own(kind: str) -> bool:
    return kind.startswith("audit.")


def _last_ms(path: Path) -> int:
    """Return the time of the last record in *path*, 0 when it is gone."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
        lines = file.read().splitlines(keepends=True)
    link = chain.link_in(lines[-1]) if lines else None
    return chain.ms_of(link.at) if link is not None else 0


def write_head(directory: Path, head: Head) -> None:
    """Note durably how far the trail reaches."""
    durable.write_atomically(directory / chain.HEAD_NAME, chain.head_bytes(head))
