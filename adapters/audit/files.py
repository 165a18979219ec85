"""The files of the trail: lines wait here for the segment of their day until they are written.

All segments of a day are durable before those of the next are written to, so that what a power cut
leaves is torn in its last day only.
"""

import os
from pathlib import Path

from adapters.audit import durable


class DayFiles:
    """Lines by file. All methods but `begin` raise `OSError`."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self._directory = directory
        self._durable = durable
        self._waiting: dict[Path, list[bytes]] = {}
        self._open: dict[Path, int] = {}

    def begin(self, path: Path) -> list[bytes]:
        """Return the list that lines for *path* are added to."""
        return self._waiting.setdefault(path, [])

    def next_day(self) -> None:
        """Forget the files of a day that is over and written."""
        self._waiting = {path: lines for path, lines in self._waiting.items() if lines}

    def write(self) -> None:
        """Return once all lines are on the disk."""
        due = {path: lines for path, lines in self._waiting.items() if lines}
        new = [path for path in due if path not in self._open and not path.exists()]
        for path in new:
            path.touch(0o644)
        if new and self._durable:
            durable.make_directory_durable(self._directory)
        for path, lines in due.items():
            handle = self._open.get(path)
            if handle is None:
                self._close_others(path)
                handle = self._open[path] = os.open(path, os.O_WRONLY | os.O_APPEND)
            durable.write_all(handle, b"".join(lines))
            if self._durable:
                durable.make_durable(handle)
            lines.clear()

    def _close_others(self, path: Path) -> None:
        """Let go of the files of other days than that of *path*."""
        day = path.name[:14]
        for other in [each for each in self._open if each.name[:14] != day]:
            os.close(self._open.pop(other))

    def close(self) -> None:
        """Let go of the files; lines that wait are not written."""
        while self._open:
            os.close(self._open.popitem()[1])
