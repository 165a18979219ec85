"""What a directory of a run at a remote venue holds, opened, and the state that it leads to.

The latch is laid out whole before there is a journal: a directory with a journal and without a
latch has lost it, which is never taken for calm.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.latch import FileLatch
from adapters.persistence.segment_journal import SegmentJournal
from adapters.persistence.snapshots import FileSnapshots
from adapters.telemetry.traces import DecisionTraces
from application.engine import Engine, Projection
from application.errors import StoreUnavailable
from application.ports.trade_store import Change, TradeStore
from application.projections.audit import AuditProjection
from application.projections.metrics import MetricsProjection
from application.projections.trade_image import TradeImage
from application.replay import untouched
from application.resume import ResumedAudit
from application.startup import Recovered, recovered, trusted
from bootstrap.containers import Adapters
from domain.decision.state import State
from domain.decision.step import step
from domain.shared.enums import RunMode

SEGMENTS: Final = "journal"
SNAPSHOTS: Final = "snapshots"
HALT: Final = "halt"
_LATCH: Final = "latch"
_EVENTS_A_SIGN: Final = 1_000


class Record(NamedTuple):
    """The record of a run, opened. `found` is what it led to."""

    codec: MsgpackCodec
    journal: SegmentJournal
    snapshots: FileSnapshots
    audit: ResumedAudit
    projections: Sequence[Projection]
    found: Recovered

    def engine(self) -> Engine:
        """Return an engine that goes on from here."""
        return Engine(
            self.found.state,
            self.journal,
            self.audit,
            self.codec,
            self.projections,
            sequence=self.found.sequence,
            digest=self.found.digest,
        )


def opened(run_dir: Path, adapters: Adapters, mode: RunMode) -> Record:
    """Open the record in *run_dir*, or begin one.

    Raises `IntegrityFailure` when it is not what was written, `StoreUnavailable`.
    """
    if not (run_dir / SEGMENTS).exists():
        _lay_out_latch(run_dir)
    codec = adapters.codec()
    journal = SegmentJournal(run_dir / SEGMENTS, codec)
    try:
        snapshots = FileSnapshots(run_dir / SNAPSHOTS, codec)
        start = trusted(journal, snapshots)
        files = adapters.audit_files()
        audit = ResumedAudit(files, max(0, files.records - (start.audited if start else 0)))
        projections = (
            AuditProjection(audit, mode),
            MetricsProjection(adapters.telemetry()),
            DecisionTraces(),
        )
        found = recovered(journal, codec, projections, snapshots=snapshots)
        audit.caught_up()
    except BaseException:
        journal.close()
        raise
    return Record(codec, journal, snapshots, audit, projections, found)


def _lay_out_latch(run_dir: Path) -> None:
    if (run_dir / _LATCH).exists():
        return
    beside = run_dir / f"{_LATCH}.new"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        FileLatch(beside).create()
        beside.rename(run_dir / _LATCH)
        directory = os.open(run_dir, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise StoreUnavailable(f"{run_dir}: the latch cannot be laid out: {error}") from error


class _Place(NamedTuple):
    state: State
    sequence: int


def catch_up(store: TradeStore, record: Record, alive: Callable[[], None]) -> None:
    """Tell *store* what it missed of the events of *record*, so that it can be gone on with.

    *alive* is called all the time: a store that is new to a long life takes its time. Raises
    `StoreUnavailable`, `IntegrityFailure` and `IllegalTransition`.
    """
    held = store.sequence()
    if held >= record.found.sequence:
        return
    snapshot = trusted(record.journal, record.snapshots)
    place = _Place(untouched(), 0)
    if snapshot is not None and snapshot.sequence <= held:
        place = _Place(snapshot.state, snapshot.sequence)

    def now() -> _Place:
        return place

    image = TradeImage(store, lambda: now().state, lambda: now().sequence, lambda _: None)
    for sequence, heard, _ in record.journal.entries(place.sequence):
        state, said, _ = step(place.state, heard)
        place = _Place(state, sequence)
        image(heard, said)
        if sequence % _EVENTS_A_SIGN == 0:
            alive()
    image.settle()
    if store.sequence() < record.found.sequence:  # what came since changed nothing in it
        store.apply((Change(record.found.sequence),))
