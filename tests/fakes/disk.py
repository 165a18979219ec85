"""A disk on which the power can fail at any operation, and on which any operation can fail.

Rule 1: what a file holds is safe once it was synced; before that a crash leaves of it nothing, a
part, or other bytes of the same length.
Rule 2: what a directory holds is safe once it was synced; before that a crash keeps any part of the
changes to it, in any combination: a rename may be kept though an earlier one is lost.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from adapters.persistence.disk import Disk

Files = dict[Path, bytes]
_Change = tuple[Path | None, Path | None, int]


class PowerCut(BaseException):
    """The machine is dead: nothing may catch this."""


class CrashingDisk:
    """A disk in memory. It dies when `operations_left` are done, None: never.

    `error_at` counts down to an operation that fails with `OSError` and changes nothing; `failed`
    is then its name.
    """

    def __init__(self, files: Files | None = None) -> None:
        self.operations = 0
        self.operations_left: int | None = None
        self.error_at: int | None = None
        self.failed: str | None = None
        self.made: set[Path] = set()
        # Contents by inode, so that a rename carries what is not yet safe with it.
        self._live: list[bytes] = []
        self._safe: list[bytes | None] = []
        self._names: dict[Path, int] = {}
        self._durable: dict[Path, int] = {}
        self._changes: list[_Change] = []
        for path, data in (files or {}).items():
            self._durable[path] = self._names[path] = self._inode(data, safe=True)

    def make(self, directory: Path) -> None:
        self._operate("make")
        self.made.add(directory)

    def names(self, directory: Path) -> list[str]:
        return sorted(path.name for path in self._names if path.parent == directory)

    def read(self, path: Path) -> bytes:
        if path not in self._names:
            raise FileNotFoundError(path)
        return self._live[self._names[path]]

    def write(self, path: Path, data: bytes) -> None:
        self._operate("write")
        inode = self._inode(data, safe=False)
        self._change(None, path, inode)

    def sync(self, path: Path) -> None:
        self._operate("sync")
        inode = self._names[path]
        self._safe[inode] = self._live[inode]

    def rename(self, old: Path, new: Path) -> None:
        self._operate("rename")
        self._change(old, new, self._names[old])

    def remove(self, path: Path) -> None:
        self._operate("remove")
        self._change(path, None, self._names[path])

    def sync_directory(self, directory: Path) -> None:
        self._operate("sync_directory")
        there = {path: i for path, i in self._names.items() if path.parent == directory}
        elsewhere = {path: i for path, i in self._durable.items() if path.parent != directory}
        self._durable = elsewhere | there
        self._changes = [one for one in self._changes if _directory_of(one) != directory]

    def left_by_crash(self) -> Iterator[Files]:
        """Yield every state that a power cut now might leave on the disk."""
        for kept in product((False, True), repeat=len(self._changes)):
            names = dict(self._durable)
            for keep, change in zip(kept, self._changes, strict=True):
                if keep:
                    _apply(names, change)
            options = [self._contents(inode) for inode in names.values()]
            for contents in product(*options):
                yield dict(zip(names, contents, strict=True))

    def _contents(self, inode: int) -> list[bytes]:
        safe, live = self._safe[inode], self._live[inode]
        if safe is not None:
            return [safe]
        return [b"", live[: len(live) // 2], bytes(len(live)), live]

    def _inode(self, data: bytes, *, safe: bool) -> int:
        self._live.append(data)
        self._safe.append(data if safe else None)
        return len(self._live) - 1

    def _change(self, old: Path | None, new: Path | None, inode: int) -> None:
        change = (old, new, inode)
        _apply(self._names, change)
        self._changes.append(change)

    def _operate(self, name: str) -> None:
        if self.operations_left is not None:
            if not self.operations_left:
                raise PowerCut
            self.operations_left -= 1
        self.operations += 1
        if self.error_at is not None:
            self.error_at -= 1
            if self.error_at < 0:
                self.error_at, self.failed = None, name
                raise OSError(5, "Input/output error")


def _directory_of(change: _Change) -> Path | None:
    old, new, _ = change
    path = new or old
    return None if path is None else path.parent


def _apply(names: dict[Path, int], change: _Change) -> None:
    old, new, inode = change
    if old is not None:
        names.pop(old, None)
    if new is not None:
        names[new] = inode


_: type[Disk] = CrashingDisk
