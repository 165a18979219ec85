"""Snapshots in files: the last two, each with a checksum.

Rule 1: a snapshot is written to a temporary name, made durable, renamed, and its name made durable;
only then are older ones removed.
Rule 2: one that is damaged, or of another version, is passed over: the journal leads to the same.
Rule 3: one that cannot be written is refused, and does no harm to those that are there.
"""

import re
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import Final

from adapters.persistence.disk import Disk, OsDisk
from application.errors import IntegrityFailure, StoreUnavailable
from application.ports.codec import StateCodec
from application.ports.snapshot_store import Snapshot, SnapshotStore

_KEPT: Final = 2
_CHECKSUM_BYTES: Final = 32
_HEAD: Final = Struct(">QQ32s")  # sequence, audited, digest
_NAME: Final = re.compile(r"snapshot-(\d{16})\.bin")
_TEMPORARY: Final = "snapshot.tmp"


class FileSnapshots:
    """Satisfies `SnapshotStore`. For one writer."""

    def __init__(self, directory: Path, codec: StateCodec, disk: Disk | None = None) -> None:
        """Keep snapshots in *directory*, which is made at the first."""
        self._directory = directory
        self._codec = codec
        self._disk = disk or OsDisk()
        self._is_made = False

    def save(self, snapshot: Snapshot) -> None:
        """Keep *snapshot*, durably, before returning. Raises `StoreUnavailable`."""
        head = _HEAD.pack(snapshot.sequence, snapshot.audited, snapshot.digest)
        data = head + self._codec.encode_state(snapshot.state)
        try:
            self._put(self._path(snapshot.sequence), sha256(data).digest() + data)
            kept = self._sequences()
        except OSError as error:
            raise StoreUnavailable(f"{self._directory}: no snapshot: {error}") from error
        for sequence in kept[:-_KEPT]:
            with suppress(OSError):  # one too many does no harm: the next removes it
                self._disk.remove(self._path(sequence))

    def latest(self) -> Snapshot | None:
        """Return the latest snapshot that is whole, None when there is none.

        Raises `StoreUnavailable` when the directory cannot be read.
        """
        try:
            sequences = self._sequences()
        except OSError as error:
            raise StoreUnavailable(f"{self._directory}: no snapshot: {error}") from error
        for sequence in reversed(sequences):
            with suppress(OSError, IntegrityFailure):
                return self._read(sequence)
        return None

    def _read(self, sequence: int) -> Snapshot:
        data = self._disk.read(self._path(sequence))
        body = data[_CHECKSUM_BYTES:]
        if sha256(body).digest() != data[:_CHECKSUM_BYTES] or len(body) < _HEAD.size:
            raise IntegrityFailure(f"{self._path(sequence)}: a damaged snapshot")
        stands_at, audited, digest = _HEAD.unpack_from(body)
        if stands_at != sequence:
            raise IntegrityFailure(f"{self._path(sequence)}: a snapshot under a wrong name")
        return Snapshot(sequence, digest, audited, self._codec.decode_state(body[_HEAD.size :]))

    def _put(self, path: Path, data: bytes) -> None:
        disk, temporary = self._disk, self._directory / _TEMPORARY
        if not self._is_made:
            disk.make(self._directory)
            disk.sync_directory(self._directory.parent)
            self._is_made = True
        if _TEMPORARY in disk.names(self._directory):
            disk.remove(temporary)  # left by a crash or an error: not to be written over
        disk.write(temporary, data)
        disk.sync(temporary)
        disk.rename(temporary, path)
        disk.sync_directory(self._directory)

    def _sequences(self) -> list[int]:
        found = map(_NAME.fullmatch, self._disk.names(self._directory))
        return sorted(int(match.group(1)) for match in found if match is not None)

    def _path(self, sequence: int) -> Path:
        return self._directory / f"snapshot-{sequence:016d}.bin"


_: type[SnapshotStore] = FileSnapshots
