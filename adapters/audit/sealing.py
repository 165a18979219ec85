"""When a trail is signed, and where the signatures go: beside it, and out of the daemon's reach."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from adapters.audit import durable, signed
from adapters.audit.checkpoints import Checkpoint
from adapters.audit.checkpoints import signed as signed_note
from adapters.audit.export import Export
from adapters.audit.tree import Tree
from adapters.signing import Signer
from application.errors import IntegrityFailure, StoreUnavailable

RECORDS_MAX: Final = 1_000
PERIOD_S: Final = 60.0


class Sealing(NamedTuple):
    """With whose key a trail is signed, as what, how often at least, and where to it is exported.

    `export_dir` None: nowhere. `problem` is told what keeps an export from being written.
    """

    signer: Signer
    origin: str
    export_dir: Path | None = None
    records_max: int = RECORDS_MAX
    period_s: float = PERIOD_S
    problem: Callable[[str], None] = lambda _: None
    clock: Callable[[], float] = time.time


class Seal:
    """Signs one trail. A checkpoint is due every period even if nothing happened in it."""

    def __init__(
        self, directory: Path, sealing: Sealing, last: Checkpoint | None, leaves: bytes
    ) -> None:
        """Begin the epoch after *last* of the trail in *directory*, which holds *leaves* already.

        A trail keeps the name that it was first signed as, wherever its directory is moved to.
        Raises `IntegrityFailure` when the trail is not the one that was exported, `OSError`.
        """
        self._folder = directory / signed.FOLDER
        self._how = sealing
        self._epoch = 1 if last is None else last.epoch + 1
        self._origin = sealing.origin if last is None else last.origin
        self._size = len(leaves) // 32
        self._at_s, self._began_s = -sealing.period_s, time.monotonic()
        self._fresh = bytearray()
        self._export = None
        if sealing.export_dir is not None:
            self._export = Export(sealing.export_dir, self._origin, sealing.signer.verifier)
            try:
                self._export.catch_up(leaves)
            except OSError as error:
                raise StoreUnavailable(
                    f"{sealing.export_dir}: audit.export_dir: {error}"
                ) from error
        self._folder.mkdir(exist_ok=True)
        key = self._folder / signed.KEY
        pem = sealing.signer.verifier.pem
        if not key.exists():
            durable.write_atomically(key, pem.encode())
        elif key.read_text("ascii") != pem:
            raise IntegrityFailure(
                f"{key}: the trail was signed by another key than that of audit.key_file; put that "
                "one back, or begin a new run"
            )

    def add(self, leaf: bytes) -> None:
        """Take note of the hash of a new record."""
        self._fresh += leaf

    def is_due(self, size: int) -> bool:
        """Tell whether a trail of *size* records is to be signed now."""
        if size - self._size >= self._how.records_max:
            return True
        return time.monotonic() - self._at_s >= self._how.period_s

    def age_s(self) -> float:
        """Return the seconds since the trail was signed last, or since this process began."""
        return time.monotonic() - max(self._at_s, self._began_s)

    def put(self, tree: Tree) -> None:
        """Sign the trail as it stands, and export that. Raises `OSError`, but not for an export."""
        how = self._how
        at_ms = int(how.clock() * 1000)
        point = Checkpoint(self._origin, tree.size, tree.root, at_ms, self._epoch)
        note = signed_note(point, how.signer)
        day = time.strftime("%Y%m%d", time.gmtime(at_ms // 1000))
        durable.append_durably(self._folder / f"checkpoints-{day}.txt", note)
        self._size, self._at_s = tree.size, time.monotonic()
        if self._export is None:
            return
        try:
            self._export.put(note, bytes(self._fresh))
        except OSError as error:
            how.problem(f"audit checkpoint not exported to {how.export_dir}: {error}")
        else:
            self._fresh.clear()
