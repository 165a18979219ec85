"""A disk in memory that loses power as disks do, and fails when told to.

Rule 1: what a file was given since it was last synced may, after a crash, be there, be gone, be
there in part (page by page, a page torn anywhere), or be zeros of the same length.
Rule 2: names made, renamed or removed since their directory was last synced may be kept or lost,
each alone. A directory itself is there from the moment it is made.
Rule 3: a sync that fails leaves of what was unsynced what a crash would leave, and forgets the
rest: what is read is still all that was written, and the next sync succeeds and tells nothing.
A store that tries a failed sync again has lost what it calls durable.
Rule 4: when there is no room, a write puts down as much as fits before it fails.

All chance is drawn from the generators given.
"""

import errno
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from adapters.persistence.disk import GrowingDisk
from adapters.persistence.simulated_file import File, Piece


class Change(NamedTuple):
    """One change to names that is not durable yet: *old* is no more, *new* is that file."""

    old: Path | None
    new: Path | None
    file: File


class SimulatedDisk:
    """Satisfies `GrowingDisk`. For one thread.

    `sync_error` is the probability that a sync fails, `write_error` that a write does, `capacity`
    the room in bytes (None: endless), `flip` the probability that a crash turns one durable bit
    over. All may be changed at any time, and hold after a crash. `before` is called before each
    operation that changes anything, with its name and path: what it raises, the operation raises,
    and nothing is done. `operations` counts them.
    """

    def __init__(self, rng: Random | None = None, *, capacity: int | None = None) -> None:
        """Begin empty, with faults drawn from *rng*."""
        self.sync_error = 0.0
        self.write_error = 0.0
        self.flip = 0.0
        self.capacity = capacity
        self.operations = 0
        self.before: Callable[[str, Path], None] | None = None
        self._rng = rng or Random(0)  # noqa: S311 - faults, not secrets
        self._names: dict[Path, File] = {}
        self._durable: dict[Path, File] = {}
        self._changes: list[Change] = []

    @property
    def used(self) -> int:
        """Bytes that the files take."""
        return sum(len(file.seen) for file in self._names.values())

    def crash(self, rng: Random) -> "SimulatedDisk":
        """Return the disk as it is found after a power cut now. This one goes on unchanged."""
        names = dict(self._durable)
        for change in _kept(self._changes, rng):
            _rename(names, change)
        found = SimulatedDisk(rng, capacity=self.capacity)
        found.sync_error, found.write_error = self.sync_error, self.write_error
        found.flip = self.flip
        left: dict[int, File] = {}
        for path, file in names.items():
            if id(file) not in left:
                left[id(file)] = File(self._flipped(file.left(rng), rng))
            found._names[path] = left[id(file)]
        found._durable = dict(found._names)
        return found

    def durable(self, path: Path) -> bytes:
        """Return the bytes of *path* that are on the disk for certain. Raises `FileNotFoundError`.

        Bytes that were overwritten and not synced since are as they were before.
        """
        if path not in self._durable:
            raise FileNotFoundError(path)
        return bytes(self._durable[path].durable)

    def spoil(self, path: Path, offset: int, bits: int = 1) -> None:
        """Turn *bits* of the byte at *offset* over, durably."""
        file = self._file(path)
        for image in (file.seen, file.durable):
            image[offset] ^= bits

    def make(self, directory: Path) -> None:
        """Make *directory*: all directories are there."""
        self._operate("make", directory)

    def names(self, directory: Path) -> list[str]:
        """Return the names of the files in *directory*, sorted."""
        return sorted(path.name for path in self._names if path.parent == directory)

    def read(self, path: Path) -> bytes:
        """Return all bytes of *path*."""
        return bytes(self._file(path).seen)

    def write(self, path: Path, data: bytes) -> None:
        """Let *path* hold *data* and nothing else."""
        self._operate("write", path)
        file = self._made(path)
        file.change(Piece(0, None))
        self._put(file, 0, data)

    def write_at(self, path: Path, offset: int, data: bytes) -> None:
        """Let the bytes of *path* from *offset* on be *data*."""
        self._operate("write_at", path)
        self._put(self._made(path), offset, data)

    def truncate(self, path: Path, size: int) -> None:
        """Let *path* have *size* bytes."""
        self._operate("truncate", path)
        self._file(path).change(Piece(size, None))

    def allocate(self, path: Path, size: int) -> None:
        """Let *path* have *size* bytes at least, whose place on the disk is taken."""
        self._operate("allocate", path)
        there = self._names.get(path)
        missing = size - (0 if there is None else len(there.seen))
        if self.capacity is not None and missing > 0 and self.used + missing > self.capacity:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        file = self._made(path)
        if missing > 0:
            file.change(Piece(size, None))

    def sync(self, path: Path) -> None:
        """Return once the bytes of *path* are durable."""
        self._operate("sync", path)
        file = self._file(path)
        if self.sync_error and self._rng.random() < self.sync_error:
            file.durable = file.left(self._rng)
            file.pieces.clear()
            raise OSError(errno.EIO, "Input/output error", str(path))
        file.settle()

    def rename(self, old: Path, new: Path) -> None:
        """Let *new* be the file that *old* was, whatever it was before."""
        self._operate("rename", old)
        self._change(Change(old, new, self._file(old)))

    def remove(self, path: Path) -> None:
        """Remove *path*."""
        self._operate("remove", path)
        self._change(Change(path, None, self._file(path)))

    def sync_directory(self, directory: Path) -> None:
        """Return once the names in *directory* are durable."""
        self._operate("sync_directory", directory)
        if self.sync_error and self._rng.random() < self.sync_error:
            raise OSError(errno.EIO, "Input/output error", str(directory))
        waiting = []
        for change in self._changes:
            if (change.new or change.old or directory).parent == directory:
                _rename(self._durable, change)
            else:
                waiting.append(change)
        self._changes = waiting

    def let_go(self) -> None:
        """Hold nothing open: nothing is."""

    def _operate(self, name: str, path: Path) -> None:
        if self.before is not None:
            self.before(name, path)
        self.operations += 1

    def _file(self, path: Path) -> File:
        file = self._names.get(path)
        if file is None:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))
        return file

    def _made(self, path: Path) -> File:
        file = self._names.get(path)
        if file is None:
            file = File()
            self._change(Change(None, path, file))
        return file

    def _change(self, change: Change) -> None:
        _rename(self._names, change)
        self._changes.append(change)

    def _put(self, file: File, offset: int, data: bytes) -> None:
        room = len(data)
        if self.capacity is not None:
            growth = offset + len(data) - len(file.seen)
            room -= max(0, min(growth, growth - (self.capacity - self.used)))
        if room > 0:
            file.change(Piece(offset, data[:room]))
        if room < len(data):
            raise OSError(errno.ENOSPC, "No space left on device")
        if self.write_error and self._rng.random() < self.write_error:
            raise OSError(errno.EIO, "Input/output error")

    def _flipped(self, image: bytearray, rng: Random) -> bytearray:
        if image and self.flip and rng.random() < self.flip:
            image[rng.randrange(len(image))] ^= 1 << rng.randrange(8)
        return image


def _kept(changes: list[Change], rng: Random) -> list[Change]:
    """Return the changes that a crash keeps: all, none, the first few, or any."""
    if not changes:
        return changes
    mood = rng.randrange(4)
    if mood == 0:
        return changes
    if mood == 1:
        return []
    if mood == 2:  # noqa: PLR2004 - the third of four
        return changes[: rng.randrange(len(changes) + 1)]
    return [change for change in changes if rng.random() < 0.5]  # noqa: PLR2004 - a coin


def _rename(names: dict[Path, File], change: Change) -> None:
    if change.old is not None:
        names.pop(change.old, None)
    if change.new is not None:
        names[change.new] = change.file


_: type[GrowingDisk] = SimulatedDisk
