"""Checkpoints kept out of the trail's reach, and the hashes they cover.

    DIR/run-7.ckpt      every signed checkpoint, one after the other
    DIR/run-7.leaves    the hash of every record, 32 bytes each

Both only ever grow. The directory should be one that the daemon can add to but not change: another
host's, or a file system that only appends.
"""

import os
from pathlib import Path
from typing import Final

from adapters.audit import durable, signed
from adapters.audit.checkpoints import Checkpoint, Note, notes_in
from adapters.audit.tree import root_of
from adapters.signing import Verifier
from application.errors import IntegrityFailure

_LEAF_BYTES: Final = 32


class Export:
    """The exported proof of one trail. All methods raise `OSError`."""

    def __init__(self, directory: Path, origin: str, key: Verifier) -> None:
        """Export to *directory*, by the last part of the name *origin*."""
        self._key = key
        self._origin = origin
        self.notes = directory / f"{origin.rpartition('/')[2]}.ckpt"
        self._leaves = self.notes.with_suffix(signed.LEAVES)
        self._held = 0
        directory.mkdir(parents=True, exist_ok=True)

    def catch_up(self, leaves: bytes) -> None:
        """Hold a trail with the hashes *leaves* against what was exported, then export the rest.

        Raises `IntegrityFailure` when it is another trail, or an earlier state of this one.
        """
        last = self._last()
        if last is not None:
            covered = leaves[: last.size * _LEAF_BYTES]
            if len(covered) < last.size * _LEAF_BYTES or root_of(covered) != last.root:
                raise IntegrityFailure(
                    f"{self.notes}: another trail of {last.size} records was exported as "
                    f"{self._origin}: an old one was restored, or one was rewritten; nothing is "
                    "added to it; a new run needs a new name"
                )
        held = self._leaves.read_bytes() if self._leaves.exists() else b""
        if not leaves.startswith(held):
            raise IntegrityFailure(f"{self._leaves}: not the hashes of this trail")
        self._add(leaves[len(held) :])
        self._held = len(leaves)

    def put(self, note: bytes, fresh: bytes) -> None:
        """Add the hashes *fresh*, then the *note* over all so far."""
        there = self._leaves.stat().st_size if self._leaves.exists() else 0
        self._add(fresh[there - self._held :])  # a part may be there since a failure
        durable.append_durably(self.notes, note)
        self._held += len(fresh)

    def _add(self, leaves: bytes) -> None:
        if leaves:
            durable.append_durably(self._leaves, leaves)

    def _last(self) -> Checkpoint | None:
        """Return the furthest checkpoint that was exported. Raises `IntegrityFailure`."""
        if not self.notes.exists():
            return None
        found: Note | None = None
        for note in notes_in(self.notes.read_bytes()):
            if isinstance(note, int):
                os.truncate(self.notes, note)  # a crash left it torn
                break
            if not note.is_of(self._key):
                raise IntegrityFailure(f"{self.notes}: a checkpoint in it is of another key")
            if found is None or note.checkpoint.size >= found.checkpoint.size:
                found = note
        return found.checkpoint if found is not None else None
