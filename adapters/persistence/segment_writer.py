"""Writing segments: the one that grows, and the next one. Errors of the disk are passed on."""

from pathlib import Path
from typing import Final

from adapters.persistence.disk import GrowingDisk
from adapters.persistence.segments import MAGIC, content_of, name_of

_COPY: Final = "segment.tmp"


class SegmentWriter:
    """Writes one segment at a time. After an `OSError` of `add` the segment takes nothing more."""

    def __init__(self, disk: GrowingDisk, directory: Path) -> None:
        """Write nowhere yet. `size` is that of the segment in bytes, 0 while there is none."""
        self.size = 0
        self._disk = disk
        self._directory = directory
        self._path = directory

    def resume(self, first: int) -> int:
        """Go on behind the last whole row of the segment that begins with *first*; return its row.

        It is written anew; what follows that row is cut. Raises as `content_of` does.
        """
        path = self._directory / name_of(first)
        data = self._disk.read(path)
        last, end = content_of(data, first, str(path))
        if not end:
            self.begin(first)
            return last
        self._renew(path, data[:end])
        self._path, self.size = path, end
        return last

    def _renew(self, path: Path, data: bytes) -> None:
        """Write *path* anew with *data*.

        Another process may have left bytes unsynced, or a sync of theirs may have failed: what is
        read here need not be on the disk then, and a second sync would tell nothing.
        """
        copy, disk = self._directory / _COPY, self._disk
        disk.write(copy, data)
        disk.sync(copy)
        disk.rename(copy, path)
        disk.sync_directory(self._directory)

    def begin(self, first: int) -> None:
        """Begin the segment whose first sequence is *first*."""
        path, disk = self._directory / name_of(first), self._disk
        if path.name in disk.names(self._directory):
            disk.remove(path)  # it holds nothing durable, and may have failed
        disk.write_at(path, 0, MAGIC)
        disk.sync(path)
        disk.sync_directory(self._directory)
        self._path, self.size = path, len(MAGIC)

    def add(self, rows: list[bytes]) -> None:
        """Add *rows*, and return once they are durable."""
        data = b"".join(rows)
        # At a place of its own, so that a write that was interrupted is not there twice.
        self._disk.write_at(self._path, self.size, data)
        self._disk.sync(self._path)
        self.size += len(data)
