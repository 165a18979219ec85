"""The journal in segments on the real file system."""

import os
import stat
from pathlib import Path

import pytest

from adapters.persistence.disk import OsDisk
from adapters.persistence.segment_journal import SegmentJournal
from adapters.persistence.segment_reader import SegmentRecord
from adapters.persistence.snapshots import FileSnapshots
from application.errors import StoreUnavailable
from application.ports.snapshot_store import Snapshot
from application.replay import untouched
from tests.unit.adapters.persistence.journal_life import CODEC, row, rows_in

pytestmark = pytest.mark.integration

RESERVE = 1 << 20


def opened(where: Path, segment_bytes: int = 2000) -> SegmentJournal:
    return SegmentJournal(
        where, CODEC, segment_bytes=segment_bytes, reserve_bytes=RESERVE, fallback_bytes=4096
    )


def handles() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the names are all that is wanted


def test_a_journal_is_opened_again_and_again_and_holds_few_files_open(tmp_path: Path) -> None:
    before = handles()
    for start in range(1, 400, 20):
        with opened(tmp_path) as journal:
            for sequence in range(start, start + 20):
                journal.append(*row(sequence))
                journal.commit()
            assert handles() - before <= 8
    assert handles() == before
    with opened(tmp_path) as journal:
        assert rows_in(journal) == [row(n) for n in range(1, 401)]
    seen = [entry.sequence for entry in SegmentRecord(tmp_path, CODEC).entries(after=390)]
    assert seen == list(range(391, 401))


def test_a_torn_tail_is_cut(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        for sequence in (1, 2):
            journal.append(*row(sequence))
    (segment,) = tmp_path.glob("journal-*.seg")
    segment.write_bytes(segment.read_bytes()[:-3])
    with opened(tmp_path) as journal:
        assert rows_in(journal) == [row(1)]


def test_the_reserve_takes_its_place_on_the_disk_and_nobody_else_reads_the_files(
    tmp_path: Path,
) -> None:
    where = tmp_path / "deep" / "journal"
    with opened(where) as journal:
        journal.append(*row(1))
    assert (where / "reserve.bin").stat().st_blocks * 512 >= RESERVE
    assert {stat.S_IMODE(p.stat().st_mode) for p in where.iterdir()} == {0o600}


def test_more_than_there_is_room_for_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        OsDisk().allocate(tmp_path / "huge", 1 << 60)


def test_without_a_journal_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="there is no journal here"):
        SegmentRecord(tmp_path / "none", CODEC)


def test_a_directory_that_cannot_be_used_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        opened(tmp_path / "file")


def test_snapshots_are_kept_on_the_real_file_system(tmp_path: Path) -> None:
    store = FileSnapshots(tmp_path / "snapshots", CODEC)
    for sequence in range(1, 5):
        store.save(Snapshot(sequence, bytes(32), 0, untouched()))
    assert store.latest() == Snapshot(4, bytes(32), 0, untouched())
    assert len(list((tmp_path / "snapshots").iterdir())) == 2
