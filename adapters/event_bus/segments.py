"""The files of the buffer: segments of frames, in the order of their numbers.

Rule 1: a segment is durable before the next one is begun, so what a power cut leaves is a
beginning of the whole, and only the last segment can have a torn tail.
Rule 2: a segment with damage in it is put aside, never removed.
Rule 3: the first error in making bytes durable ends all writing (fail-stop).
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Final

from adapters.event_bus.disk import Disk
from adapters.event_bus.frames import Damage, Frame, frames
from application.errors import StoreUnavailable

_SUFFIX: Final = ".segment"
_ASIDE: Final = ".damaged"


class Segments:
    """Frames on a disk. All methods raise `StoreUnavailable`."""

    def __init__(self, disk: Disk, bytes_max: int) -> None:
        """Begin a new segment when one would pass *bytes_max*."""
        self._disk = disk
        self._bytes_max = bytes_max
        self._sizes: dict[str, int] = {}
        self._damaged: set[str] = set()
        # Where to read on: from what was read last once that is done with, until then from before.
        self._done_to: tuple[str, int] = ("", 0)
        self._read_to: tuple[str, int] = ("", 0)
        self._is_new = False
        self._is_durable = False
        self._broken: str | None = None

    @property
    def bytes_used(self) -> int:
        """How large all segments are together."""
        return sum(self._sizes.values())

    def recover(self, lost: Callable[[str, Damage], None]) -> Iterator[Frame]:
        """Yield all frames there are, telling *lost* of damage, and cut a torn tail off."""
        try:
            names = [name for name in self._disk.names() if name.endswith(_SUFFIX)]
            self._sizes = {name: self._disk.size(name) for name in names}
            for name in names:
                for found in frames(partial(self._disk.read, name)):
                    if isinstance(found, Frame):
                        yield found
                        continue
                    lost(name, found)
                    if found.is_tail and name == names[-1]:
                        self._disk.cut(name, found.start)
                        self._sizes[name] = found.start
                    else:
                        self._damaged.add(name)
        except OSError as error:
            raise self._stop(error) from error
        # What a process left behind may be in memory only: the next sync makes all of it durable.
        self._is_new = bool(names)

    def append(self, sequence: int, data: bytes) -> None:
        """Add frame number *sequence*; it is durable after the next `sync`."""
        self._require_whole()
        name = next(reversed(self._sizes), None)
        size = 0 if name is None else self._sizes[name]
        if name is None or (size and size + len(data) > self._bytes_max) or name in self._damaged:
            self.sync()
            name, size, self._is_new = f"{sequence:020d}{_SUFFIX}", 0, True
        self._is_durable = False
        self._sizes[name] = size
        try:
            self._disk.append(name, data)
        except OSError as error:
            self._undo(name, size)
            raise StoreUnavailable(f"the event buffer: {error}") from error
        self._sizes[name] = size + len(data)

    def sync(self) -> None:
        """Return once every frame is durable."""
        self._require_whole()
        if self._is_durable or not self._sizes:
            return
        try:
            self._disk.sync(next(reversed(self._sizes)))
            if self._is_new:
                self._disk.sync_names()
        except OSError as error:
            raise self._stop(error) from error
        self._is_new, self._is_durable = False, True

    def after(self, sequence: int) -> Iterator[Frame]:
        """Yield the frames with numbers above *sequence*, in order."""
        self._require_whole()
        try:
            begin, offset = self._done_to
            for name in [name for name in self._sizes if name >= begin]:
                start = offset if name == begin else 0
                for found in frames(partial(self._disk.read, name), start):
                    if isinstance(found, Frame) and found.sequence > sequence:
                        self._read_to = (name, found.start)
                        yield found
        except OSError as error:
            raise self._stop(error) from error

    def drop(self, sequence: int, last: int) -> None:
        """Be done with what was read, up to frame *sequence*, and remove segments that are over.

        *last* is the last frame there is.
        """
        self._require_whole()
        self._done_to = self._read_to
        names = list(self._sizes)
        ends = [*(_first_of(name) - 1 for name in names[1:]), last]
        try:
            for name in [n for n, end in zip(names, ends, strict=False) if end <= sequence]:
                if name in self._damaged:
                    self._disk.rename(name, name + _ASIDE)
                else:
                    self._disk.remove(name)
                del self._sizes[name]
        except OSError as error:
            raise self._stop(error) from error

    def _undo(self, name: str, size: int) -> None:
        """Take a frame back that was written in part: the disk may only have been full."""
        with suppress(OSError):
            self._disk.cut(name, size)
            return
        self._broken = f"the event buffer stopped: {name} has half a frame"

    def _stop(self, error: OSError) -> StoreUnavailable:
        self._broken = f"the event buffer stopped: {error}"
        return StoreUnavailable(self._broken)

    def _require_whole(self) -> None:
        if self._broken is not None:
            raise StoreUnavailable(self._broken)


def _first_of(name: str) -> int:
    return int(name.removesuffix(_SUFFIX))
