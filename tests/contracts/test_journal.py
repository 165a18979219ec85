"""What every journal does, the fake included."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.journal import SqliteJournal
from adapters.persistence.segment_journal import SegmentJournal
from adapters.persistence.simulated_disk import SimulatedDisk
from application.errors import StoreUnavailable
from application.ports.journal import Entry, Journal
from domain.execution.messages import Deposited
from tests.builders import D
from tests.fakes.journal import MemoryJournal
from tests.recording import an_eventful_day, write

pytestmark = pytest.mark.integration

CODEC = MsgpackCodec()
MAKERS: dict[str, Callable[[Path], Journal]] = {
    "fake": lambda _: MemoryJournal(CODEC),
    "sqlite": lambda path: SqliteJournal(path / "journal.db", CODEC),
    "segments": lambda path: SegmentJournal(path / "segments", CODEC, reserve_bytes=1 << 16),
    "short segments": lambda path: SegmentJournal(
        path / "segments", CODEC, segment_bytes=1000, reserve_bytes=0, fallback_bytes=0
    ),
    "segments on a simulated disk": lambda path: SegmentJournal(
        path, CODEC, SimulatedDisk(), reserve_bytes=1000, fallback_bytes=1000
    ),
}


@pytest.fixture(params=MAKERS)
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    made = MAKERS[request.param](tmp_path)
    yield made
    made.close()


def numbered(first: int, last: int) -> list[Entry]:
    return [Entry(n, Deposited(n, D(n)), bytes([n % 256]) * 32) for n in range(first, last + 1)]


def test_what_was_appended_comes_back_in_order(journal: Journal) -> None:
    entries = an_eventful_day().journal
    write(journal, entries)
    assert list(journal.entries()) == entries


def test_reading_begins_after_the_sequence_asked_for(journal: Journal) -> None:
    write(journal, numbered(1, 9))
    assert [entry.sequence for entry in journal.entries(after=6)] == [7, 8, 9]
    assert list(journal.entries(after=9)) == []


def test_an_empty_journal_has_no_entries(journal: Journal) -> None:
    journal.commit()
    assert list(journal.entries()) == []


def test_entries_not_yet_committed_are_read_as_well(journal: Journal) -> None:
    journal.append(1, CODEC.encode(Deposited(1, D(1))), bytes(32))
    assert [entry.sequence for entry in journal.entries()] == [1]


def test_more_than_a_page_is_read_without_a_gap_even_while_it_grows(journal: Journal) -> None:
    write(journal, numbered(1, 2500))
    seen = []
    for entry in journal.entries():
        if entry.sequence == 10:
            write(journal, numbered(2501, 2502))
        seen.append(entry.sequence)
    assert seen[:2500] == list(range(1, 2501))


def test_a_sequence_used_twice_stops_the_journal_for_good(journal: Journal) -> None:
    write(journal, numbered(1, 3))
    journal.append(3, CODEC.encode(Deposited(9, D(9))), bytes(32))
    with pytest.raises(StoreUnavailable):
        journal.commit()
    with pytest.raises(StoreUnavailable):
        journal.append(4, b"", b"")
    with pytest.raises(StoreUnavailable):
        journal.commit()


def test_closing_twice_is_closing(journal: Journal) -> None:
    write(journal, numbered(1, 1))
    journal.close()
    journal.close()
