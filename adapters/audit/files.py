"""The files of the trail: lines wait here for the file of their day until they are written.

A file is durable before the next one is written to, so that whatever a power cut leaves is a
beginning of the chain, never a chain with a hole.
"""

import os
from pathlib import Path

from adapters.audit import recovery


class DayFiles:
    """Lines by file, in the order of the chain. All methods but `begin` raise `OSError`."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self._directory = directory
        self._durable = durable
        self._waiting: list[tuple[Path, list[bytes]]] = []
        self._open: Path | None = None
        self._handle = -1

    def begin(self, path: Path) -> list[bytes]:
        """Return the list that lines for *path* are added to, until the next `begin`."""
        lines: list[bytes] = []
        self._waiting.append((path, lines))
        return lines

    def write(self) -> None:
        """Return once all lines are on the disk."""
        due = [(path, lines) for path, lines in self._waiting if lines]
        new = [path for path, _ in due if path != self._open and not path.exists()]
        for path in new:
            path.touch(0o644)
        if new and self._durable:
            recovery.make_directory_durable(self._directory)
        for path, lines in due:
            if path != self._open:
                self.close()
                self._handle = os.open(path, os.O_WRONLY | os.O_APPEND)
                self._open = path
            recovery.write_all(self._handle, b"".join(lines))
            if self._durable:
                recovery.make_durable(self._handle)
            lines.clear()
        self._waiting = self._waiting[-1:]

    def close(self) -> None:
        """Let go of the file last written to; lines that wait are not written."""
        if self._open is not None:
            self._open = None
            os.close(self._handle)
