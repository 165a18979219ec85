"""The journal in segments on a disk that fails or is full: nothing is lost, nothing is twice."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from adapters.persistence.segment_journal import SegmentJournal
from adapters.persistence.simulated_disk import SimulatedDisk
from application.errors import IntegrityFailure, StoreUnavailable
from tests.unit.adapters.persistence.journal_life import WHERE, Life, Row, opened, row, rows_in

pytestmark = pytest.mark.unit

ROWS = [row(n) for n in range(1, 200)]


def commit(journal: SegmentJournal, *rows: Row) -> None:
    for each in rows:
        journal.append(*each)
    journal.commit()


def segments(disk: SimulatedDisk) -> list[Path]:
    return [WHERE / name for name in disk.names(WHERE) if name.startswith("journal")]


def after_crash(disk: SimulatedDisk, seed: int = 1) -> list[Row]:
    left = disk.crash(Random(seed))
    left.capacity, left.sync_error = None, 0.0
    return rows_in(opened(left))


def test_a_file_whose_sync_failed_is_neither_written_nor_synced_again() -> None:
    disk = SimulatedDisk()
    journal = opened(disk, fallback=10_000)
    commit(journal, ROWS[0])
    failed = segments(disk)[0]
    disk.sync_error = 1.0
    with pytest.raises(StoreUnavailable, match="Input/output error"):
        commit(journal, ROWS[1])
    disk.sync_error = 0.0
    touched = list[Path]()
    disk.before = lambda _, path: touched.append(path)
    for each in ROWS[2:9]:
        with pytest.raises(StoreUnavailable):
            journal.commit()
        with pytest.raises(StoreUnavailable, match="the journal stopped") as _:
            journal.append(*each)
    assert failed not in touched


def test_rows_go_on_to_the_fallback_when_the_file_fails_and_are_merged_at_the_next_start() -> None:
    disk = SimulatedDisk()
    journal = opened(disk, fallback=10_000)
    commit(journal, *ROWS[:3])
    failed = segments(disk)[0]

    def fail(name: str, path: Path) -> None:
        if path == failed and name == "sync":
            raise OSError(5, "Input/output error")

    disk.before = fail
    for each in ROWS[3:10]:
        with pytest.raises(StoreUnavailable, match="Input/output error"):
            commit(journal, each)
        for seed in range(20):
            assert len(after_crash(disk, seed)) == each.sequence
    assert rows_in(journal) == ROWS[:10]
    disk.before = None
    again = opened(disk)
    assert rows_in(again) == ROWS[:10]
    commit(again, ROWS[10])
    assert after_crash(disk) == ROWS[:11]


def test_a_full_disk_frees_the_reserve_and_goes_on_until_it_can_be_held_again() -> None:
    disk = SimulatedDisk(capacity=6000)
    journal = opened(disk, 10_000, reserve=3000)
    refused = list[tuple[int, bool]]()
    for each in ROWS[:40]:
        try:
            commit(journal, each)
        except StoreUnavailable as error:
            refused.append((each.sequence, "the reserve is in use" in str(error)))
        assert len(after_crash(disk, each.sequence)) == each.sequence
    assert refused
    assert refused[-1] == (40, True)
    assert all(told for _, told in refused)
    disk.capacity = 30_000
    commit(journal, ROWS[40])
    assert "reserve.bin" in disk.names(WHERE)
    assert after_crash(disk) == ROWS[:41]


def test_on_a_disk_that_is_full_to_the_brim_the_fallback_serves_and_then_nothing_is_taken() -> None:
    disk = SimulatedDisk(capacity=4000)
    journal = opened(disk, 10_000, fallback=2000)
    durable, waiting = 0, list[Row]()
    for each in ROWS[:80]:
        try:
            journal.append(*each)
        except StoreUnavailable:
            waiting.append(each)
            continue
        try:
            journal.commit()
        except StoreUnavailable:
            pass
        else:
            durable = each.sequence
    assert durable
    assert waiting
    disk.capacity = None
    commit(journal, *waiting)
    assert rows_in(journal) == ROWS[:80]
    assert after_crash(disk) == ROWS[:80]


def test_a_journal_opens_on_a_full_disk_by_its_reserve() -> None:
    disk = SimulatedDisk()
    journal = opened(disk, reserve=2000, fallback=2000)
    commit(journal, ROWS[0])
    failed = segments(disk)[0]

    def fail(_: str, path: Path) -> None:
        if path == failed:
            raise OSError(5, "Input/output error")

    disk.before = fail
    with pytest.raises(StoreUnavailable):
        commit(journal, *ROWS[1:4])
    disk.before, disk.capacity = None, disk.used
    again = opened(disk, reserve=2000, fallback=2000)
    assert rows_in(again) == ROWS[:4]
    with pytest.raises(StoreUnavailable, match="the reserve is in use"):
        commit(again, ROWS[4])
    assert after_crash(disk) == ROWS[:5]


def test_whatever_fails_and_whenever_the_power_goes_no_row_is_lost_or_twice() -> None:
    crashes, refusals, whole = 0, 0, Counter[bool]()
    for seed in range(1500):
        rng = Random(seed)
        disk = SimulatedDisk(rng, capacity=rng.choice((None, None, 2500, 6000, 12_000)))
        disk.sync_error = rng.choice((0.0, 0.0, 0.05, 0.3))
        disk.write_error = rng.choice((0.0, 0.0, 0.05))
        life = Life(disk, rng)
        reserve, fallback = rng.choice((0, 1500)), rng.choice((0, 800, 5000))
        try:
            outlived = life.live(15, rng.randrange(10, 150), reserve=reserve, fallback=fallback)
        except StoreUnavailable:
            continue  # it did not even open
        refusals += life.refusals
        if outlived and life.journal is not None:
            disk.capacity, disk.sync_error, disk.write_error = None, 0.0, 0.0
            whole[life.finish()] += 1
        for _ in range(3):
            left = disk.crash(rng)
            left.capacity, left.sync_error, left.write_error = None, 0.0, 0.0
            life.check(rows_in(opened(left)))
            crashes += 1
    assert crashes > 3000
    assert refusals > 1000
    assert min(whole[True], whole[False]) > 50


def test_durable_rows_that_are_damaged_are_told_of_by_file_and_byte() -> None:
    for where in ("an earlier segment", "the last segment", "the head"):
        disk = SimulatedDisk()
        journal = opened(disk, 400)
        for each in ROWS[:18]:
            commit(journal, each)
        path = segments(disk)[0 if where == "an earlier segment" else -1]
        offset = 3 if where == "the head" else 30
        assert len(segments(disk)) > 2
        disk.spoil(path, offset)
        with pytest.raises(IntegrityFailure, match=f"{path}: damaged at byte"):
            rows_in(opened(disk, 400))


def test_a_segment_that_is_gone_is_missed() -> None:
    for gone in (0, 1):
        disk = SimulatedDisk()
        journal = opened(disk, 400)
        for each in ROWS[:18]:
            commit(journal, each)
        disk.remove(segments(disk)[gone])
        with pytest.raises(IntegrityFailure, match="cannot be read"):
            rows_in(opened(disk, 400))


def test_a_journal_of_another_version_is_refused() -> None:
    disk = SimulatedDisk()
    commit(opened(disk), ROWS[0])
    disk.spoil(segments(disk)[0], 7, ord("1") ^ ord("2"))
    with pytest.raises(StoreUnavailable, match="another version"):
        opened(disk)


def test_reading_from_far_on_opens_the_last_segments_only() -> None:
    disk = SimulatedDisk()
    journal = opened(disk, 400)
    for each in ROWS[:50]:
        commit(journal, each)
    disk.spoil(segments(disk)[0], 30)
    assert [e.sequence for e in journal.entries(after=47)] == [48, 49, 50]
