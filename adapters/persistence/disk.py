"""A file system in eight operations, so that a test can lose power between any two of them.

What is written is durable after `sync` of its file; what is renamed or removed, after
`sync_directory`. Until then a crash may keep it, lose it, or keep a part of it. All operations
raise `OSError`.
"""

import os
from pathlib import Path
from typing import Protocol


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
        """Return once the bytes of *path* are durable."""

    def rename(self, old: Path, new: Path) -> None:
        """Let *new* be the file that *old* was, whatever it was before."""

    def remove(self, path: Path) -> None:
        """Remove *path*."""

    def sync_directory(self, directory: Path) -> None:
        """Return once the names in *directory* are durable."""


class OsDisk:
    """The file system of the machine. Satisfies `Disk`."""

    def make(self, directory: Path) -> None:
        """Make *directory*, for its owner alone."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def names(self, directory: Path) -> list[str]:
        """Return the names of the files in *directory*, sorted; none when it does not exist."""
        try:
            return sorted(path.name for path in directory.iterdir())
        except FileNotFoundError:
            return []

    def read(self, path: Path) -> bytes:
        """Return all bytes of *path*."""
        return path.read_bytes()

    def write(self, path: Path, data: bytes) -> None:
        """Let *path* hold *data* and nothing else."""
        path.write_bytes(data)

    def sync(self, path: Path) -> None:
        """Return once the bytes of *path* are durable."""
        _sync(path, os.O_RDWR)

    def rename(self, old: Path, new: Path) -> None:
        """Let *new* be the file that *old* was, whatever it was before."""
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Remove *path*."""
        path.unlink()

    def sync_directory(self, directory: Path) -> None:
        """Return once the names in *directory* are durable, where the system can do that."""
        if os.name == "posix":
            _sync(directory, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_: type[Disk] = OsDisk
