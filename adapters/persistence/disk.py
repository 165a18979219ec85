"""A file system in a few operations, so that a test can lose power between any two of them.

What is written is durable after `sync` of its file; what is made, renamed or removed, after
`sync_directory`. Until then a crash may keep it, lose it, or keep a part of it. All operations
raise `OSError`.
"""

import errno
import os
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

_HANDLES_MAX: Final = 8
_BLOCK: Final = 512  # the unit of `st_blocks`


class Disk(Protocol):
    """What a store that must survive a power cut needs of a file system."""

    def make(self, directory: Path) -> None:
        """Make *directory* and all above it; one that is there already is left as it is."""

    def names(self, directory: Path) -> list[str]:
        """Return the names of the files in *directory*, sorted; none when it does not exist."""

    def read(self, path: Path) -> bytes:
        """Return all bytes of *path*."""

    def write(self, path: Path, data: bytes) -> None:
        """Let *path* hold *data* and nothing else."""

    def sync(self, path: Path) -> None:
        """Return once the bytes of *path* are durable. Not to be tried again after an error."""

    def rename(self, old: Path, new: Path) -> None:
        """Let *new* be the file that *old* was, whatever it was before."""

    def remove(self, path: Path) -> None:
        """Remove *path*."""

    def sync_directory(self, directory: Path) -> None:
        """Return once the names in *directory* are durable."""


class GrowingDisk(Disk, Protocol):
    """What a store of files that grow needs beyond that."""

    def write_at(self, path: Path, offset: int, data: bytes) -> None:
        """Let the bytes of *path* from *offset* on be *data*. It is made when it is not there."""

    def truncate(self, path: Path, size: int) -> None:
        """Let *path* have *size* bytes."""

    def allocate(self, path: Path, size: int) -> None:
        """Let *path* have *size* bytes at least, whose place on the disk is taken.

        What is there stays, what is added is zeros.
        """

    def let_go(self) -> None:
        """Close what is held open. The next operation opens anew."""


class OsDisk:
    """The file system of the machine. Satisfies `GrowingDisk`. For one thread at a time.

    A file that grows is held open from `write_at` to `sync`: an error in writing back what was put
    there is told to those only who have it open.
    """

    def __init__(self) -> None:
        """Hold nothing open yet."""
        self._handles: OrderedDict[Path, int] = OrderedDict()

    def make(self, directory: Path) -> None:
        """Make *directory*, for its owner alone."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def names(self, directory: Path) -> list[str]:
        """Return the names of the files in *directory*, sorted; none when it does not exist."""
        try:
            return sorted(os.listdir(directory))  # noqa: PTH208 - the names are all that is wanted
        except FileNotFoundError:
            return []

    def read(self, path: Path) -> bytes:
        """Return all bytes of *path*."""
        return path.read_bytes()

    def write(self, path: Path, data: bytes) -> None:
        """Let *path* hold *data* and nothing else."""
        self._drop(path)
        path.write_bytes(data)

    def write_at(self, path: Path, offset: int, data: bytes) -> None:
        """Let the bytes of *path* from *offset* on be *data*."""
        handle = self._handle(path)
        os.lseek(handle, offset, os.SEEK_SET)
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]

    def truncate(self, path: Path, size: int) -> None:
        """Let *path* have *size* bytes."""
        os.ftruncate(self._handle(path), size)

    def allocate(self, path: Path, size: int) -> None:
        """Let *path* have *size* bytes at least, whose place on the disk is taken."""
        handle = self._handle(path)
        there = os.fstat(handle).st_size
        if hasattr(os, "posix_fallocate"):
            room = os.fstatvfs(handle)
            taken = os.fstat(handle).st_blocks * _BLOCK
            if room.f_bavail * room.f_frsize < size - taken:  # else it tries for long, in vain
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            os.posix_fallocate(handle, 0, size)
        elif there < size:  # zeros that are written take their place, too
            self.write_at(path, there, bytes(size - there))

    def sync(self, path: Path) -> None:
        """Return once the bytes of *path* are durable."""
        handle = self._handles.get(path)
        if handle is None:
            _sync(path, os.O_RDWR)
        else:
            getattr(os, "fdatasync", os.fsync)(handle)

    def rename(self, old: Path, new: Path) -> None:
        """Let *new* be the file that *old* was, whatever it was before."""
        self._drop(old)
        self._drop(new)
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Remove *path*."""
        self._drop(path)
        path.unlink()

    def sync_directory(self, directory: Path) -> None:
        """Return once the names in *directory* are durable, where the system can do that."""
        if os.name == "posix":
            _sync(directory, os.O_RDONLY)

    def let_go(self) -> None:
        """Close what is held open."""
        for path in tuple(self._handles):
            self._drop(path)

    def _handle(self, path: Path) -> int:
        """Return the handle of *path*, opened when it is not."""
        handle = self._handles.get(path)
        if handle is None:
            while len(self._handles) >= _HANDLES_MAX:
                self._drop(next(iter(self._handles)))
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
            handle = self._handles[path] = os.open(path, flags, 0o600)
        return handle

    def _drop(self, path: Path) -> None:
        handle = self._handles.pop(path, None)
        if handle is not None:
            with suppress(OSError):  # what matters was told by `sync`
                os.close(handle)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_: type[GrowingDisk] = OsDisk
