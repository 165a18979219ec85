"""The tripwire as a file: while it is there, nothing adds risk.

Rule 1: being there is what counts. An empty file, or one that cannot be read, is set.
Rule 2: it is there before it is complete: room for a name is found where there is none for words.
Rule 3: who was first stays named; only a person removes the file.
"""

from pathlib import Path

from adapters.persistence.disk import Disk, OsDisk
from application.errors import StoreUnavailable
from application.ports.tripwire import Tripwire


class HaltFile:
    """Satisfies `Tripwire`. Any process may set it."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        """Watch *path*."""
        self._path = path
        self._disk = disk or OsDisk()

    def tripped(self) -> str | None:
        """Return `actor: reason`, None while it is not set. What cannot be read is set."""
        try:
            data = self._disk.read(self._path)
        except FileNotFoundError:
            return None
        except OSError as error:
            return f"{self._path} cannot be read: {error}"
        text = " ".join(data.decode("utf-8", "replace").split())
        return text or f"{self._path} is there, and tells no reason"

    def trip(self, actor: str, reason: str) -> None:
        """Set it, durably, before returning. Raises `StoreUnavailable` when it may not last."""
        disk, path = self._disk, self._path
        try:
            disk.make(path.parent)
            if path.name not in disk.names(path.parent):
                disk.write(path, b"")
                disk.sync_directory(path.parent)
            if not disk.read(path):
                text = " ".join(f"{actor}: {reason}".split())
                disk.write(path, f"{text}\n".encode())
            disk.sync(path)
            disk.sync_directory(path.parent)
        except OSError as error:
            raise StoreUnavailable(f"{path}: the halt may not last: {error}") from error


_: type[Tripwire] = HaltFile
