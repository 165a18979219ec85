"""Writing segments: the one that grows, and the next one. Errors of the disk are passed on."""

from pathlib import Path

from adapters.persistence.disk import GrowingDisk
from adapters.persistence.segments import MAGIC, content_of, name_of


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

        What follows that row is cut. Raises as `content_of` does.
        """
        path = self._directory / name_of(first)
        data = self._disk.read(path)
        last, end = content_of(data, first, str(path))
        if not end:
            self.begin(first)
            return last
        if end < len(data):
            self._disk.truncate(path, end)
        self._disk.sync(path)  # a process that was killed left bytes unsynced
        self._path, self.size = path, end
        return last

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
