"""Reading the segments of a journal: by the journal itself, and by whoever only looks at it."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from adapters.persistence.disk import Disk, OsDisk
from adapters.persistence.segments import (
    Frame,
    bounded,
    content_of,
    damaged,
    first_of,
    frames_from_start,
    name_of,
)
from application.errors import IntegrityFailure, StoreUnavailable
from application.ports.codec import Codec
from application.ports.journal import Entry

FALLBACK_NAME: Final = "fallback.bin"


def firsts_of(disk: Disk, directory: Path) -> list[int]:
    """Return the first sequences of the segments in *directory*, in order. Raises `OSError`."""
    found = map(first_of, disk.names(directory))
    return [first for first in found if first is not None]


def stored(disk: Disk, directory: Path, after: int, until: int) -> Iterator[tuple[Path, Frame]]:
    """Yield file and frame of the rows of *directory* above *after*, up to *until*, in order.

    A segment whose rows are all at or below *after* is not read. Raises `OSError`, and
    `IntegrityFailure` at a row that is not whole.
    """
    firsts = [first for first in firsts_of(disk, directory) if first <= until]
    if until and (not firsts or firsts[0] != 1):
        raise damaged(str(directory / name_of(1)), 0, 1)
    for first, following in pairwise([*firsts, until + 1]):
        if following - 1 > after:
            path = directory / name_of(first)
            for frame in bounded(disk.read(path), first, following - 1, str(path)):
                if frame.sequence > after:
                    yield path, frame


def strays_of(disk: Disk, directory: Path, last: int) -> list[Frame]:
    """Return the rows above *last* on the fallback, oldest first.

    Raises `OSError`, and `IntegrityFailure` when rows are missing between *last* and them.
    """
    try:
        data = disk.read(directory / FALLBACK_NAME)
    except FileNotFoundError:
        return []
    strays = [frame for frame in frames_from_start(data) if frame.sequence > last]
    if strays and strays[0].sequence != last + 1:
        raise IntegrityFailure(
            f"{directory}: entry {last + 1} is missing: the fallback goes on with "
            f"{strays[0].sequence}"
        )
    return strays


def entry_of(place: Path, frame: Frame, codec: Codec) -> Entry:
    """Return the entry in *frame*. Raises `IntegrityFailure`, naming *place*, when it is none."""
    try:
        return Entry(frame.sequence, codec.decode_heard(frame.heard), frame.digest)
    except IntegrityFailure as error:
        raise IntegrityFailure(f"{place}: entry {frame.sequence}: {error}") from error


class SegmentRecord:
    """A journal in segments to look at: nothing is cut, merged or made. The daemon may be alive."""

    def __init__(self, directory: Path, codec: Codec, disk: Disk | None = None) -> None:
        """Read the journal in *directory*. Raises `StoreUnavailable` when there is none."""
        self._directory = directory
        self._codec = codec
        self._disk = disk or OsDisk()
        if not firsts_of(self._disk, directory) and not strays_of(self._disk, directory, 0):
            raise StoreUnavailable(f"{directory}: there is no journal here")

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield all whole entries with a sequence above *after*, in order.

        Raises `StoreUnavailable`, and `IntegrityFailure` at an entry that cannot be read.
        """
        disk, directory = self._disk, self._directory
        try:
            last = 0
            for first in firsts_of(disk, directory)[-1:]:
                path = directory / name_of(first)
                last = content_of(disk.read(path), first, str(path)).last
            for place, frame in stored(disk, directory, after, last):
                yield entry_of(place, frame, self._codec)
            for frame in strays_of(disk, directory, last):
                if frame.sequence > after:
                    yield entry_of(directory / FALLBACK_NAME, frame, self._codec)
        except OSError as error:
            raise StoreUnavailable(f"{directory}: {error}") from error
