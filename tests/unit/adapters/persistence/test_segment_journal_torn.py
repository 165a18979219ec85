"""The journal in segments on a disk that loses power at any operation, and comes back."""

from collections import Counter
from random import Random

import pytest

from adapters.persistence.segment_reader import SegmentRecord
from adapters.persistence.segments import first_of, name_of
from adapters.persistence.simulated_disk import SimulatedDisk
from tests.unit.adapters.persistence.journal_life import (
    CODEC,
    WHERE,
    Life,
    Row,
    opened,
    row,
    rows_in,
)

pytestmark = pytest.mark.unit


def whole_life(seed: int) -> int:
    """Return how many operations the life of *seed* takes when the power stays."""
    disk = SimulatedDisk(Random(seed))
    assert Life(disk, Random(seed)).live(12, 10**9)
    return disk.operations


def test_after_a_power_cut_at_any_operation_all_that_was_committed_is_there_and_no_hole() -> None:
    crashes, fates = 0, Counter[str]()
    for seed in range(90):
        for cut_at in range(whole_life(seed)):
            disk, chance = SimulatedDisk(Random(seed)), Random(f"{seed} {cut_at}")
            life = Life(disk, Random(seed))
            life.live(12, cut_at)
            for _ in range(3):
                crashes += 1
                found = rows_in(opened(disk.crash(chance)))
                life.check(found)
                fates["all" if len(found) == len(life.tried) else "less"] += 1
                fates["more"] += len(found) > life.acknowledged
    assert crashes >= 10_000
    assert min(fates[fate] for fate in ("all", "less", "more")) > 100


def test_a_journal_goes_on_after_one_crash_and_another_and_another() -> None:
    crashes = 0
    for seed in range(400):
        rng = Random(seed)
        disk, known = SimulatedDisk(rng), list[Row]()
        for _ in range(5):
            life = Life(disk, rng, known)
            life.live(6, rng.randrange(60))
            disk = disk.crash(rng)
            twin = disk.crash(rng)
            known = rows_in(opened(disk))
            life.check(known)
            # What was read is durable: it is still there after a crash without a write.
            assert rows_in(opened(disk.crash(rng))) == known
            life.check(rows_in(opened(twin)))
            crashes += 1
    assert crashes == 2000


def test_who_only_looks_sees_the_same_and_changes_nothing() -> None:
    looked = 0
    for seed in range(200):
        rng = Random(seed)
        disk = SimulatedDisk(rng)
        Life(disk, rng).live(12, rng.randrange(60))
        left = disk.crash(rng)
        if not any(map(first_of, left.names(WHERE))):
            continue
        files, before = {n: left.read(WHERE / n) for n in left.names(WHERE)}, left.operations
        seen = [e.sequence for e in SegmentRecord(WHERE, CODEC, left).entries()]
        assert left.operations == before
        assert files == {n: left.read(WHERE / n) for n in left.names(WHERE)}
        assert seen == [r.sequence for r in rows_in(opened(left))]
        looked += 1
    assert looked > 100


def test_a_write_that_was_interrupted_and_is_done_again_is_there_once() -> None:
    for cut_at in range(12):
        disk = SimulatedDisk()
        journal = opened(disk)
        journal.append(*row(1))
        journal.commit()
        journal.append(*row(2))
        calls = 0

        def interrupt(_: str, __: object, at: int = cut_at) -> None:
            nonlocal calls
            calls += 1
            if calls == at:
                raise KeyboardInterrupt

        disk.before = interrupt
        try:
            journal.commit()
        except KeyboardInterrupt:
            journal.commit()
        disk.before = None
        journal.append(*row(3))
        journal.commit()
        assert rows_in(opened(disk)) == [row(1), row(2), row(3)]


def test_what_a_killed_process_left_unsynced_is_durable_before_it_is_gone_on_from() -> None:
    crashes = 0
    for seed in range(12):
        for cut_at in range(whole_life(seed)):
            disk = SimulatedDisk(Random(seed))
            life = Life(disk, Random(seed))
            life.live(12, cut_at)  # the process ends here, the machine goes on
            journal = opened(disk)
            known = rows_in(journal)
            life.check(known)
            new = row(len(known) + 1, 8)
            journal.append(*new)
            journal.commit()
            for chance in range(4):
                assert rows_in(opened(disk.crash(Random(chance)))) == [*known, new]
                crashes += 1
    assert crashes > 1000


def test_what_was_cut_does_not_come_back_behind_what_is_written_in_its_place() -> None:
    disk = SimulatedDisk()
    journal = opened(disk)
    journal.append(*row(1))
    journal.commit()
    size = len(disk.read(WHERE / name_of(1)))
    for sequence in (2, 3):
        journal.append(*row(sequence))
    journal.commit()
    disk.spoil(WHERE / name_of(1), size + 30)  # as if the power had gone before the sync
    again = opened(disk)
    assert rows_in(again) == [row(1)]
    again.append(*row(2))
    again.commit()
    assert rows_in(opened(disk)) == [row(1), row(2)]
