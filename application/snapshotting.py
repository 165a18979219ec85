"""Snapshots of the running desk: every so many events, behind the journal.

A snapshot is taken at a flush of the engine only: the journal is durable up to it, and so is all
that the flushes before this one keep. One that cannot be kept is tried again at a later flush, and
stops nobody: the journal is the record.
"""

from collections.abc import Callable
from typing import Final

from application.engine import Engine
from application.errors import StoreUnavailable
from application.ports.snapshot_store import Snapshot, SnapshotStore

EVENTS_A_SNAPSHOT: Final = 20_000
_EVENTS_BEFORE_NEXT_TRY: Final = 256


class Snapshotter:
    """Saves the state of an engine as it goes on. Its `flush` must be the engine's last."""

    def __init__(
        self,
        engine: Engine,
        store: SnapshotStore,
        every: int = EVENTS_A_SNAPSHOT,
        audited: Callable[[], int] = int,
    ) -> None:
        """Save into *store* each time *every* more events were heard.

        *audited* tells how many audit records were written. `problem` is why the last save failed.
        """
        self.problem: str | None = None
        self._engine = engine
        self._store = store
        self._every = every
        self._audited = audited
        self._saved = engine.sequence
        self._next = engine.sequence + every

    def flush(self) -> None:
        """Save, if it is time. To be called when everything that was heard is durable."""
        if self._engine.sequence >= self._next:
            self._save()

    def close(self) -> None:
        """Save what was heard since the last snapshot. To be called after the last commit."""
        if self._engine.sequence > self._saved:
            self._save()

    def _save(self) -> None:
        engine = self._engine
        try:
            self._store.save(
                Snapshot(engine.sequence, engine.digest, self._audited(), engine.state)
            )
        except StoreUnavailable as error:
            self.problem = str(error)
            self._next = engine.sequence + min(self._every, _EVENTS_BEFORE_NEXT_TRY)
            return
        self.problem = None
        self._saved = engine.sequence
        self._next = engine.sequence + self._every
