"""What an operator does with a trail at rest: sign it as it stands, and export the proof."""

import time
from pathlib import Path
from typing import NamedTuple

from adapters.audit import durable, signed
from adapters.audit.checkpoints import Checkpoint
from adapters.audit.checkpoints import signed as signed_note
from adapters.audit.export import Export
from adapters.audit.verify import Examined, examine
from adapters.audit.walk import LEAF_BYTES
from adapters.signing import Signer
from application.errors import IntegrityFailure


class Exported(NamedTuple):
    """How many records are vouched for, by which file, and the file of the public key."""

    size: int
    file: Path
    key: Path


def sign_now(directory: Path, signer: Signer, origin: str) -> bytes:
    """Add a checkpoint over the trail in *directory* to its own, and return it as a note.

    Nobody else may write to the trail meanwhile. Raises `IntegrityFailure` when it does not hold,
    `OSError`.
    """
    found = _sound(directory)
    folder = directory / signed.FOLDER
    folder.mkdir(exist_ok=True)
    key = folder / signed.KEY
    if not key.exists():
        durable.write_atomically(key, signer.verifier.pem.encode())
    elif key.read_text("ascii") != signer.verifier.pem:
        raise IntegrityFailure(f"{key}: the trail was signed by another key; give that one")
    note = signed_note(_now(found, origin, 1), signer)
    day = time.strftime("%Y%m%d", time.gmtime())
    durable.append_durably(folder / f"checkpoints-{day}.txt", note)
    return note


def export_to(directory: Path, to: Path, signer: Signer, origin: str) -> Exported:
    """Sign the trail in *directory* and write the proof of it to the directory *to*.

    The trail itself is only read. Raises `IntegrityFailure` when it does not hold, or is not the
    one that was exported before; `OSError`.
    """
    found = _sound(directory)
    point = _now(found, origin, 0)
    export = Export(to, point.origin, signer.verifier)
    export.catch_up(bytes(found.walked.leaves[: found.tree.size * LEAF_BYTES]))
    export.put(signed_note(point, signer), b"")
    key = export.notes.with_suffix(".pub")
    key.write_text(signer.verifier.pem, "ascii")
    return Exported(found.tree.size, export.notes, key)


def _now(found: Examined, origin: str, later: int) -> Checkpoint:
    """Return what *found* holds now, *later* epochs than it was last signed in."""
    tree, epoch, at_ms = found.tree, 1, int(time.time() * 1000)
    if found.checkpoints:
        origin, epoch = found.checkpoints[-1].origin, found.checkpoints[-1].epoch + later
    return Checkpoint(origin, tree.size, tree.root, at_ms, epoch)


def _sound(directory: Path) -> Examined:
    found = examine(directory)
    if found.finding is not None:
        kind, at = found.finding.kind.value, found.finding.at
        raise IntegrityFailure(
            f"{directory}: {kind} at {at.file} line {at.line}: nothing is signed"
        )
    return found
