"""What a run at a venue beyond a wire leaves behind is read by the same commands as any other's."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import ended, market_on_disk, quantum_trader
from tests.storm_venue import Venue, served, stormy, wait_until

pytestmark = pytest.mark.integration

_PACE_S = 0.1
_FIRST_ROW = 560


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Venue, Path]]:
    """Trade, kill, go on, stop: lend the venue and what the run left."""
    folder = tmp_path_factory.mktemp("remote")
    (folder / "market").mkdir()
    files = stormy(market_on_disk(folder / "market", days=10))
    with served(files, folder, _PACE_S, first_row=_FIRST_ROW) as venue:
        desk = venue.begins()
        desk.reaches("ready")
        wait_until(lambda: venue.ledger["fills"] > 2, "a fill")
        desk.killed()
        desk = venue.begins()
        desk.reaches("ready")
        before = venue.ledger["fills"]
        wait_until(lambda: venue.ledger["fills"] > before, "another fill")
        time.sleep(5 * _PACE_S)
        desk.process.terminate()
        assert ended(desk.process).code == 0
        yield venue, desk.run_dir


def test_every_decision_is_derived_again(ran: tuple[Venue, Path]) -> None:
    told = quantum_trader("replay", ran[1], "--json")
    assert told.code == 0, told.err + told.out
    assert told.json["identical"] is True
    assert told.json["events"] > 50


def test_a_record_that_was_changed_diverges_or_cannot_be_read(
    ran: tuple[Venue, Path], tmp_path: Path
) -> None:
    run_dir = tmp_path / "run"
    (run_dir / "journal").mkdir(parents=True)
    for path in (ran[1] / "journal").iterdir():
        body = bytearray(path.read_bytes())
        if body.rstrip(b"\0"):
            body[len(body.rstrip(b"\0")) // 2] ^= 1
        (run_dir / "journal" / path.name).write_bytes(body)
    told = quantum_trader("replay", run_dir)
    assert told.code == 3


def test_an_order_has_its_story(ran: tuple[Venue, Path]) -> None:
    venue, run_dir = ran
    entry = next(name for name in venue.ledger["accepted"] if name.rpartition("-")[2][0] == "e")
    told = quantum_trader("why", run_dir, entry, "--json")
    assert told.code == 0, told.err
    assert any("sent" in line["text"] or "asked" in line["text"] for line in told.json["lines"])


def test_its_audit_verifies_and_its_report_is_written(
    ran: tuple[Venue, Path], tmp_path: Path
) -> None:
    assert quantum_trader("audit", "verify", ran[1]).code == 0
    told = quantum_trader("report", ran[1], "--json", "--out", tmp_path / "page.html")
    assert told.code == 0, told.err
    assert told.json["fills"] > 2
    assert told.json["identity"]["holds"] is True


def test_the_two_kinds_of_run_do_not_share_a_directory(ran: tuple[Venue, Path]) -> None:
    venue, run_dir = ran
    told = quantum_trader(*venue.files.paper, "--run-dir", run_dir)
    assert told.code == 2
    assert "holds a run at a venue: go on with --venue" in told.err
    told = quantum_trader(*venue.files.paper, "--resume", run_dir)
    assert told.code == 2
    assert "was a run at a venue" in told.err
