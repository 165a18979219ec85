"""Room kept for the day on which there is none: a reserve to give back, a file to fall back on."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from adapters.persistence.disk import GrowingDisk

_BLANK_BYTES: Final = 64  # more than the head of a row


class Reserve:
    """Space that is taken for nothing, so that it can be freed when the disk is full."""

    def __init__(self, disk: GrowingDisk, path: Path, size: int) -> None:
        """Take nothing yet. *size* is in bytes; with 0 there is no reserve, and none is missed."""
        self._disk = disk
        self._path = path
        self._size = size
        self.is_held = not size

    def hold(self, *, again: bool = False) -> bool:
        """Take the space, and tell whether it could be taken.

        *again*, after it was freed, only when as much remains beside it: else the next row would
        be refused again.
        """
        if self.is_held:
            return True
        try:
            self._disk.allocate(self._path, self._size * (1 + again))
            if again:
                self._disk.truncate(self._path, self._size)
        except OSError:
            self._drop()
            return False
        self.is_held = True
        return True

    def free(self) -> bool:
        """Give the space back, and tell whether any was held."""
        was_held = self.is_held and self._size > 0
        if was_held:
            self.is_held = False
            self._drop()
        return was_held

    def _drop(self) -> None:
        with suppress(OSError):
            self._disk.remove(self._path)


class Fallback:
    """A file whose place is taken already, for rows that the journal's own file does not take.

    What lies behind the last row is what was there before: sequences tell it apart, for they never
    fall.
    """

    def __init__(self, disk: GrowingDisk, path: Path, size: int) -> None:
        """Take nothing yet. *size* is in bytes; with 0 there is no fallback."""
        self._disk = disk
        self._path = path
        self._size = size
        self._end = 0
        self._is_usable = False

    def ready(self) -> None:
        """Make it ready for the first row, if there is room. What was on it is gone."""
        if not self._size:
            return
        try:
            self._disk.allocate(self._path, self._size)
            self._disk.sync_directory(self._path.parent)
        except OSError:
            return
        self.clear()

    def clear(self) -> None:
        """Forget all rows, durably. After an error it takes nothing more."""
        self._is_usable = False
        with suppress(OSError):
            self._disk.write_at(self._path, 0, bytes(min(self._size, _BLANK_BYTES)))
            self._disk.sync(self._path)
            self._is_usable = True
        self._end = 0

    def put(self, data: bytes) -> bool:
        """Add the frames *data*, durably, and tell whether it could be done.

        After an error it takes nothing more.
        """
        if not self._is_usable or self._end + len(data) > self._size:
            return False
        try:
            self._disk.write_at(self._path, self._end, data)
            self._disk.sync(self._path)
        except OSError:
            self._is_usable = False
            return False
        self._end += len(data)
        return True
