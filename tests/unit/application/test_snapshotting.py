"""Snapshots of a running engine, and what is recovered from them."""

import pytest

from adapters.persistence.codec import MsgpackCodec
from application.engine import Engine
from application.errors import IntegrityFailure, StoreUnavailable
from application.ports.snapshot_store import Snapshot, SnapshotStore
from application.replay import untouched
from application.snapshotting import Snapshotter
from application.startup import recovered, trusted
from domain.decision.messages import Heard
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.journal import MemoryJournal
from tests.recording import an_eventful_day, write

pytestmark = pytest.mark.unit

CODEC = MsgpackCodec()
DAY = an_eventful_day().journal


class MemorySnapshots:
    """Holds its snapshots. `down = True` pulls the plug."""

    def __init__(self, *kept: Snapshot) -> None:
        self.down = False
        self.kept = list(kept)

    def save(self, snapshot: Snapshot) -> None:
        if self.down:
            raise StoreUnavailable("the plug is pulled")
        self.kept.append(snapshot)

    def latest(self) -> Snapshot | None:
        return self.kept[-1] if self.kept else None


_: type[SnapshotStore] = MemorySnapshots


class Running:
    """An engine that hears the day, with snapshots each *every* events."""

    def __init__(self, every: int) -> None:
        self.store, self.journal = MemorySnapshots(), MemoryJournal(CODEC)
        self.engine = Engine(untouched(), self.journal, MemoryAuditLog(), CODEC, ())
        self.snapshotter = Snapshotter(self.engine, self.store, every, lambda: 7)
        self.engine.watch(lambda _heard, _said: None, self.snapshotter.flush)

    def hears(self, first: int, last: int, *, commits: bool = True) -> None:
        for entry in DAY[first:last]:
            self.engine.hear(entry.heard)
            if commits:
                self.engine.commit()

    @property
    def sequences(self) -> list[int]:
        return [snapshot.sequence for snapshot in self.store.kept]


def test_a_snapshot_is_kept_each_so_many_events_and_at_the_end() -> None:
    running = Running(4)
    running.hears(0, 10)
    assert running.sequences == [4, 8]
    running.snapshotter.close()
    running.snapshotter.close()
    assert running.sequences == [4, 8, 10]
    assert {snapshot.audited for snapshot in running.store.kept} == {7}


def test_no_snapshot_is_ahead_of_the_journal() -> None:
    running = Running(4)
    running.hears(0, 10, commits=False)
    assert running.sequences == []
    running.journal.down = True
    with pytest.raises(StoreUnavailable):
        running.engine.commit()
    assert running.sequences == []
    running.journal.down = False
    running.engine.commit()
    assert running.sequences == [10]


def test_a_store_that_is_down_stops_nobody_and_is_tried_again() -> None:
    running = Running(4)
    problems = []
    for is_down, first, last in ((True, 0, 6), (False, 6, 12)):
        running.store.down = is_down
        running.hears(first, last)
        problems.append(running.snapshotter.problem)
    assert problems == ["the plug is pulled", None]
    assert running.engine.sequence == 12
    assert running.sequences


def test_with_any_snapshot_the_same_is_recovered_as_without_and_the_rest_is_shown() -> None:
    running = Running(1)
    running.hears(0, len(DAY))
    plain = recovered(running.journal, CODEC)
    assert plain.sequence == len(DAY)
    shown = list[Heard]()
    for snapshot in running.store.kept:
        seen = len(shown)
        found = recovered(
            running.journal,
            CODEC,
            watches=[lambda heard, _said: shown.append(heard)],
            snapshots=MemorySnapshots(snapshot),
        )
        assert found == plain
        assert shown[seen:] == [entry.heard for entry in DAY[snapshot.sequence :]]
    assert recovered(running.journal, CODEC, snapshots=MemorySnapshots()) == plain


def test_a_snapshot_of_another_run_is_not_trusted() -> None:
    running = Running(5)
    running.hears(0, len(DAY))
    foreign = running.store.kept[0]._replace(digest=bytes(31) + b"x")
    assert trusted(running.journal, MemorySnapshots(foreign)) is None
    found = recovered(running.journal, CODEC, snapshots=MemorySnapshots(foreign))
    assert found == recovered(running.journal, CODEC)


def test_a_journal_that_ends_before_its_snapshot_has_lost_what_was_durable() -> None:
    running = Running(5)
    running.hears(0, len(DAY))
    shorter = MemoryJournal(CODEC)
    write(shorter, DAY[:7])
    with pytest.raises(IntegrityFailure, match="entries are lost"):
        recovered(shorter, CODEC, snapshots=running.store)


def test_a_hole_behind_the_snapshot_is_missed() -> None:
    running = Running(5)
    running.hears(0, len(DAY))
    snapshot = running.store.kept[0]
    del running.journal.durable[snapshot.sequence]
    with pytest.raises(IntegrityFailure, match="is missing"):
        recovered(running.journal, CODEC, snapshots=MemorySnapshots(snapshot))
