"""A folder in nine operations, so that a test can lose power between any two of them.

What is appended or cut is durable after `sync` of its file; which files there are, after
`sync_names`. Until then a crash may keep it, lose it, or keep a part of it. All raise `OSError`.
"""

import os
from pathlib import Path
from typing import Protocol

# Not every system can leave the times of a file alone when it makes its bytes durable.
_sync = getattr(os, "fdatasync", os.fsync)


class Disk(Protocol):
    """What the buffer needs of a folder."""

    def names(self) -> list[str]:
        """Return the names of its files, sorted."""

    def size(self, name: str) -> int:
        """Return the bytes of file *name*."""

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return at most *count* bytes of file *name* from *offset* on; none at its end."""

    def append(self, name: str, data: bytes) -> None:
        """Add *data* to the end of file *name*, made when there is none."""

    def cut(self, name: str, size: int) -> None:
        """Cut file *name* off after *size* bytes."""

    def sync(self, name: str) -> None:
        """Return once the bytes of file *name* are durable."""

    def rename(self, old: str, new: str) -> None:
        """Let *new* be the file that *old* was, whatever it was before."""

    def remove(self, name: str) -> None:
        """Remove file *name*."""

    def sync_names(self) -> None:
        """Return once it is durable which files there are."""


class Folder:
    """A folder of the machine. Satisfies `Disk`. Keeps the file last appended to open."""

    def __init__(self, path: Path) -> None:
        """Use *path*, made for its owner alone when it is not there."""
        self._path = path
        self._open: str | None = None
        self._handle = -1
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def names(self) -> list[str]:
        """Return the names of its files, sorted."""
        return sorted(entry.name for entry in self._path.iterdir())

    def size(self, name: str) -> int:
        """Return the bytes of file *name*."""
        return (self._path / name).stat().st_size

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return at most *count* bytes of file *name* from *offset* on; none at its end."""
        with (self._path / name).open("rb") as file:
            file.seek(offset)
            return file.read(count)

    def append(self, name: str, data: bytes) -> None:
        """Add *data* to the end of file *name*, made when there is none."""
        handle = self._opened(name)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]

    def cut(self, name: str, size: int) -> None:
        """Cut file *name* off after *size* bytes."""
        os.ftruncate(self._opened(name), size)

    def sync(self, name: str) -> None:
        """Return once the bytes of file *name* are durable."""
        _sync(self._opened(name))

    def rename(self, old: str, new: str) -> None:
        """Let *new* be the file that *old* was, whatever it was before."""
        self.close()
        (self._path / old).replace(self._path / new)

    def remove(self, name: str) -> None:
        """Remove file *name*."""
        self.close()
        (self._path / name).unlink()

    def sync_names(self) -> None:
        """Return once it is durable which files there are."""
        handle = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def close(self) -> None:
        """Let go of the file last appended to."""
        if self._open is not None:
            self._open = None
            os.close(self._handle)

    def _opened(self, name: str) -> int:
        if self._open != name:
            self.close()
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._handle = os.open(self._path / name, flags, 0o600)
            self._open = name
        return self._handle


_: type[Disk] = Folder
