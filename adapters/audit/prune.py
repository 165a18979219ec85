"""The end of a segment's time: dropped as a whole, with a tombstone in its place."""

import time
from pathlib import Path
from typing import Final, NamedTuple

from adapters.audit import chain, tombstones
from adapters.audit.tombstones import bury
from adapters.audit.verify import Verdict, verify
from adapters.signing import Signer
from application.errors import IntegrityFailure

DAY_S: Final = 86_400


class Pruned(NamedTuple):
    """A segment that was dropped, or would be."""

    segment: str
    records: int


def expired(directory: Path, now_s: float) -> list[Path]:
    """Return the segments whose time is over at *now_s* (UTC seconds).

    The last segment of a class stays: its end is where the class goes on.
    """
    today = int(now_s) // DAY_S
    files = chain.files_in(directory)
    last = {chain.days_in(path.name): path for path in files}
    return [
        path
        for path in files
        if path != last[chain.days_in(path.name)]
        and chain.day_in(path.name) + chain.days_in(path.name) < today
        and path.stat().st_size
    ]


def prune(directory: Path, signer: Signer, now_s: float | None = None) -> list[Pruned]:
    """Drop the expired segments of the trail in *directory*, each leaving a signed tombstone.

    Safe beside a daemon that writes to the trail. Raises `IntegrityFailure` when the trail does
    not hold: nothing of it is dropped then. Raises `OSError`.
    """
    _require_sound(verify(directory), directory)
    now = time.time() if now_s is None else now_s
    dropped = []
    for path in expired(directory, now):
        days = chain.days_in(path.name)
        with path.open("rb") as file:
            links = [chain.link_in(line) for line in file]
        leaves = [(link.seq, bytes.fromhex(link.hash)) for link in links if link is not None]
        bury(path, leaves, f"older than {days} days", chain.iso(int(now * 1000)), signer)
        dropped.append(Pruned(path.name, len(leaves)))
    for stone in tombstones.tombstones_in(directory):  # a stop came between stone and segment
        (directory / stone.segment).unlink(missing_ok=True)
    return dropped


def _require_sound(verdict: Verdict, directory: Path) -> None:
    if not verdict.ok:
        raise IntegrityFailure(f"{directory}: {verdict.problem}; nothing of it is dropped")
