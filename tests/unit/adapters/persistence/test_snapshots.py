"""Snapshots of the state: read back as they were, or not at all."""

from pathlib import Path
from random import Random

import pytest

from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.simulated_disk import SimulatedDisk
from adapters.persistence.snapshots import FileSnapshots
from application.errors import StoreUnavailable
from application.ports.snapshot_store import Snapshot
from domain.decision.state import initial
from domain.governance.policy import Policy
from domain.shared.enums import RunMode
from tests.unit.adapters.persistence.journal_life import PowerCut

pytestmark = pytest.mark.unit

WHERE = Path("run") / "snapshots"
CODEC = MsgpackCodec()
STATE = initial(RunMode.PAPER, Policy())


def a_snapshot(sequence: int) -> Snapshot:
    digest = sequence.to_bytes(32, "big")
    return Snapshot(sequence, digest, 2 * sequence, STATE._replace(at_ms=sequence))


def snapshots(disk: SimulatedDisk) -> FileSnapshots:
    return FileSnapshots(WHERE, CODEC, disk)


def files(disk: SimulatedDisk) -> list[Path]:
    return [WHERE / name for name in disk.names(WHERE)]


def test_before_the_first_there_is_none() -> None:
    assert snapshots(SimulatedDisk()).latest() is None


def test_the_latest_is_read_whole_and_the_last_two_are_kept() -> None:
    disk = SimulatedDisk()
    for sequence in (5, 17, 40):
        snapshots(disk).save(a_snapshot(sequence))
    assert snapshots(disk).latest() == a_snapshot(40)
    assert len(files(disk)) == 2


def test_a_damaged_one_is_passed_over_wherever_it_is_damaged() -> None:
    disk = SimulatedDisk()
    for sequence in (5, 17):
        snapshots(disk).save(a_snapshot(sequence))
    latest = files(disk)[-1]
    for offset in range(0, len(disk.read(latest)), 13):
        disk.spoil(latest, offset)
        assert snapshots(disk).latest() == a_snapshot(5)
        disk.spoil(latest, offset)
    disk.truncate(latest, 10)
    assert snapshots(disk).latest() == a_snapshot(5)
    disk.rename(files(disk)[0], WHERE / "snapshot-0000000000000099.bin")
    assert snapshots(disk).latest() is None


def test_whenever_the_power_goes_the_latest_that_was_kept_or_a_later_one_is_read() -> None:
    crashes = 0
    for cut_at in range(40):
        disk, kept, left = SimulatedDisk(), 0, cut_at

        def before(_: str, __: Path) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise PowerCut

        disk.before = before
        store = snapshots(disk)
        try:
            for sequence in range(1, 6):
                store.save(a_snapshot(sequence))
                kept = sequence
        except PowerCut:
            pass
        disk.before = None
        for seed in range(20):
            found = snapshots(disk.crash(Random(seed))).latest()
            crashes += 1
            if found is None:
                assert not kept
            else:
                assert found == a_snapshot(found.sequence)
                assert found.sequence in {kept, kept + 1}
    assert crashes == 800


def test_one_that_cannot_be_kept_is_refused_and_leaves_the_others_as_they_were() -> None:
    disk = SimulatedDisk()
    store = snapshots(disk)
    store.save(a_snapshot(1))
    for trouble in ("full", "broken"):
        disk.capacity = disk.used + 10 if trouble == "full" else None
        disk.sync_error = float(trouble == "broken")
        with pytest.raises(StoreUnavailable, match="no snapshot"):
            store.save(a_snapshot(2))
        assert store.latest() == a_snapshot(1)
    disk.capacity, disk.sync_error = None, 0.0
    store.save(a_snapshot(3))
    assert snapshots(disk.crash(Random(1))).latest() == a_snapshot(3)
