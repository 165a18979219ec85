"""What a trail was signed with: its own notes and key, and those kept out of reach.

    audit/signed/checkpoints-20240501.txt   the notes of a day
    audit/signed/key.pub                    the key they were signed with

Both lie beside the records, so whoever could write these could write those: what proves a trail is
an exported note, and a key from elsewhere.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from adapters.audit.checkpoints import Checkpoint, Note, notes_in
from adapters.audit.found import BadRecord, Finding, Tampering
from adapters.audit.tree import root_of
from adapters.audit.walk import LEAF_BYTES
from adapters.signing import Verifier
from application.errors import BadInput

FOLDER: Final = "signed"
KEY: Final = "key.pub"
LEAVES: Final = ".leaves"


class Proof(NamedTuple):
    """Exported notes to hold a trail against, their key, and the hashes that were exported."""

    checkpoints: tuple[Checkpoint, ...]
    leaves: bytes
    key: Verifier | None


def files_in(directory: Path) -> list[Path]:
    """Return the files of notes of the trail in *directory*, in their order."""
    return sorted((directory / FOLDER).glob("checkpoints-*.txt"))


def own_key(directory: Path) -> Verifier | None:
    """Return the key that lies beside the trail, None when there is none."""
    path = directory / FOLDER / KEY
    return Verifier.at(path) if path.exists() else None


def own_notes(directory: Path, key: Verifier | None) -> tuple[list[Checkpoint], Finding | None]:
    """Return the trail's own checkpoints, and the first thing wrong with them.

    An unfinished note at the very end is what a crash leaves.
    """
    key = key or own_key(directory)
    found: list[Checkpoint] = []
    files = files_in(directory)
    for path in files:
        data = path.read_bytes()
        for note in notes_in(data):
            if isinstance(note, int):
                if path == files[-1] and not data.endswith(b"\n"):
                    return found, None
                return found, _wrong(path, data, note, found, "is no checkpoint")
            if key is not None and not note.is_of(key):
                return found, _wrong(path, data, note.offset, found, "is not signed by its key")
            if found and not _follows(found[-1], note):
                return found, _wrong(path, data, note.offset, found, "does not follow the last")
            found.append(note.checkpoint)
    return found, None


def proof_in(path: Path, key: Verifier | None) -> Proof:
    """Return what is exported in the file *path*.

    Raises `BadInput` when it holds no checkpoint, or one that *key* did not sign.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"--checkpoint {path}: {error.strerror}") from error
    found: list[Checkpoint] = []
    for note in notes_in(data):
        if isinstance(note, int):
            break
        if key is not None and not note.is_of(key):
            raise BadInput(f"--checkpoint {path}: the note at byte {note.offset} is not of --key")
        found.append(note.checkpoint)
    if not found:
        raise BadInput(f"--checkpoint {path}: no checkpoint in it; give a file of `audit export`")
    return Proof(tuple(found), _leaves(path.with_suffix(LEAVES), found), key)


def _leaves(path: Path, checkpoints: Sequence[Checkpoint]) -> bytes:
    """Return the exported hashes as far as a checkpoint covers them; none when it does not."""
    last = max(checkpoints, key=lambda each: each.size)
    if not path.exists():
        return b""
    leaves = path.read_bytes()[: last.size * LEAF_BYTES]
    return leaves if root_of(leaves) == last.root else b""


def _follows(last: Checkpoint, note: Note) -> bool:
    new = note.checkpoint
    return new.origin == last.origin and new.size >= last.size and new.epoch >= last.epoch


def _wrong(path: Path, data: bytes, at: int, found: Sequence[Checkpoint], what: str) -> Finding:
    line = data.count(b"\n", 0, at) + 1
    seq = found[-1].size + 1 if found else 1
    return Finding(BadRecord(f"{FOLDER}/{path.name}", line, seq), Tampering.EDIT, what)
