"""The journal's file: deterministic, append-only, honest about what it is and in what state."""

import hashlib
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.journal import BUFFER_ROWS_MAX, SqliteJournal
from application.errors import IntegrityFailure, StoreUnavailable
from domain.execution.messages import Deposited
from tests.builders import D
from tests.recording import an_eventful_day, write

pytestmark = pytest.mark.integration

CODEC = MsgpackCodec()
ROW = CODEC.encode(Deposited(1, D(1)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a run" / "journal?.db"


@pytest.fixture(autouse=True)
def _directory(path: Path) -> None:
    path.parent.mkdir()


def filled(path: Path, rows: int, group: int = 1000) -> str:
    with SqliteJournal(path, CODEC) as journal:
        for n in range(1, rows + 1):
            journal.append(n, ROW, hashlib.sha256(bytes([n % 256])).digest())
            if n % group == 0:
                journal.commit()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def changed(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_the_same_appends_give_the_same_file_byte_for_byte(tmp_path: Path) -> None:
    one = filled(tmp_path / "one.db", 5000)
    assert filled(tmp_path / "two.db", 5000) == one
    assert filled(tmp_path / "other groups.db", 5000, group=333) == one


def test_a_closed_journal_is_one_file(path: Path) -> None:
    filled(path, 10)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_reopened_journal_goes_on(path: Path) -> None:
    filled(path, 10)
    with SqliteJournal(path, CODEC) as journal:
        journal.append(11, ROW, bytes(32))
    with SqliteJournal(path, CODEC, read_only=True) as journal:
        assert [entry.sequence for entry in journal.entries()] == list(range(1, 12))


def test_what_was_committed_survives_a_crash_and_the_rest_does_not_pretend_to(path: Path) -> None:
    journal = SqliteJournal(path, CODEC)
    journal.append(1, ROW, bytes(32))
    journal.commit()
    journal.append(2, ROW, bytes(32))
    crashed = path.parent / "crashed"
    crashed.mkdir()
    for part in path.parent.glob("journal*"):
        shutil.copy(part, crashed)
    journal.close()

    with SqliteJournal(crashed / path.name, CODEC) as left:
        assert [entry.sequence for entry in left.entries()] == [1]


@pytest.mark.parametrize(
    "statement", ["UPDATE entries SET digest = x'00' WHERE sequence = 3", "DELETE FROM entries"]
)
def test_not_even_a_statement_of_ours_can_rewrite_the_past(path: Path, statement: str) -> None:
    filled(path, 5)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        changed(path, statement)


def test_it_runs_with_a_write_ahead_log_and_full_synchronisation(path: Path) -> None:
    with SqliteJournal(path, CODEC) as journal:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "trusted_schema")
        answers = [
            journal._connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in asked
        ]
    assert answers == ["wal", 2, 1, 2000, 0]


def test_a_long_stretch_without_a_commit_is_written_in_bounded_pieces(path: Path) -> None:
    with SqliteJournal(path, CODEC) as journal:
        for n in range(1, BUFFER_ROWS_MAX + 2):
            journal.append(n, ROW, bytes(32))
        assert len(journal._rows) == 1


@pytest.mark.parametrize(("version", "remedy"), [(2, "upgrade"), (0, "release that wrote it")])
def test_another_version_is_refused_with_the_remedy(path: Path, version: int, remedy: str) -> None:
    filled(path, 5)
    changed(path, f"PRAGMA user_version = {version}")
    with pytest.raises(StoreUnavailable, match=remedy):
        SqliteJournal(path, CODEC)


def test_a_database_of_someone_else_is_left_alone(path: Path) -> None:
    changed(path, "CREATE TABLE theirs (x)")
    before = sorted(sqlite3.connect(path).iterdump())
    with pytest.raises(StoreUnavailable, match="no journal"):
        SqliteJournal(path, CODEC)
    assert sorted(sqlite3.connect(path).iterdump()) == before


def test_a_file_that_is_no_database_is_an_integrity_failure(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 1000)
    with pytest.raises(IntegrityFailure):
        SqliteJournal(path, CODEC)


def test_a_damaged_file_is_found_when_it_is_opened(path: Path) -> None:
    filled(path, 5000)
    data = bytearray(path.read_bytes())
    for at in range(5 * 8192, 6 * 8192):
        data[at] = 0xFF
    path.write_bytes(data)
    with pytest.raises(IntegrityFailure):
        SqliteJournal(path, CODEC)


def test_an_entry_that_is_no_event_is_named(path: Path) -> None:
    with SqliteJournal(path, CODEC) as journal:
        journal.append(1, ROW, bytes(32))
        journal.append(2, b"nonsense", bytes(32))
        with pytest.raises(IntegrityFailure, match="entry 2"):
            list(journal.entries())


def test_a_journal_that_is_only_read_must_be_there_and_stays_as_it_is(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no journal here"):
        SqliteJournal(path, CODEC, read_only=True)
    digest = filled(path, 5)
    with SqliteJournal(path, CODEC, read_only=True) as journal:
        journal.append(6, ROW, bytes(32))
        with pytest.raises(StoreUnavailable, match="readonly"):
            journal.commit()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest


def test_an_empty_file_cannot_be_read_as_a_journal(path: Path) -> None:
    path.touch()
    with pytest.raises(StoreUnavailable, match="empty"):
        SqliteJournal(path, CODEC, read_only=True)


def test_a_directory_that_is_not_there_is_an_outage(path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        SqliteJournal(path.parent / "nowhere" / "journal.db", CODEC)


def test_one_thread_may_open_it_and_another_write(path: Path) -> None:
    entries = an_eventful_day().journal
    with SqliteJournal(path, CODEC) as journal:
        writer = threading.Thread(target=write, args=(journal, entries))
        writer.start()
        writer.join()
        assert list(journal.entries()) == entries


def test_it_can_be_read_while_it_is_written(path: Path) -> None:
    with SqliteJournal(path, CODEC) as journal:
        journal.append(1, ROW, bytes(32))
        journal.commit()
        reader = SqliteJournal(path, CODEC, read_only=True)
        journal.append(2, ROW, bytes(32))
        journal.commit()
        assert [entry.sequence for entry in reader.entries()] == [1, 2]
    reader.close()
    with SqliteJournal(path, CODEC, read_only=True) as again:
        assert len(list(again.entries())) == 2
