"""A run at a venue in a process of its own: killed, stopped, started again, and kept apart."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest

from tests.command import Files, Told, ended, market_on_disk, started

pytestmark = pytest.mark.integration

FIRST_ROW = 560
PACE_S = 0.25


class Venue(NamedTuple):
    """A venue that is being served, and the arguments with which a run trades there."""

    url: str
    files: Files
    folder: Path

    def starts(self, name: str = "run", *more: str) -> "subprocess.Popen[str]":
        """Start a run in the directory of that name."""
        market = [one for one in self.files.paper if one != "--no-report"]
        return started(
            [*market, f"--venue={self.url}", f"--run-dir={self.folder / name}", *more],
            {"QT_STATE_DIR": str(self.folder / "state"), "QT_DAEMON__WATCHDOG_S": "0"},
        )

    @property
    def ledger(self) -> dict[str, Any]:
        """What the venue itself remembers."""
        with urlopen(f"{self.url}/ledger", timeout=5) as answer:  # noqa: S310 - our own venue
            found: dict[str, Any] = json.load(answer)
        return found

    def until(self, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the ledger is as wanted, and return it."""
        until = time.monotonic() + 60
        while not done(ledger := self.ledger):
            assert time.monotonic() < until, ledger
            time.sleep(0.02)
        return ledger

    def until_more_entries(self) -> None:
        """Wait until the venue has taken one more entry than now."""
        before = len(entries(self.ledger))
        self.until(lambda now: len(entries(now)) > before)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return market_on_disk(tmp_path_factory.mktemp("market"))


@contextmanager
def served(files: Files, folder: Path, *more: str) -> Iterator[Venue]:
    """Serve a venue in a process of its own."""
    data = [f"--data={path}" for path in files.bars]
    play = [f"--pace={PACE_S}", f"--first-row={FIRST_ROW}", "--wait", "--json", *more]
    process = started(["venue", *data, f"--funding={files.funding}", *play])
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said, ended(process).err
        yield Venue(json.loads(said)["url"], files, folder)
    finally:
        process.kill()
        _, said = process.communicate()
        assert not said


@pytest.fixture
def venue(files: Files, tmp_path: Path) -> Iterator[Venue]:
    with served(files, tmp_path) as venue:
        yield venue


def killed(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def stopped(process: "subprocess.Popen[str]") -> Told:
    process.send_signal(signal.SIGTERM)
    return ended(process)


def require_protected(ledger: dict[str, Any]) -> None:
    """Hold a stop of its symbol against every position."""
    stops = {name.split("-")[1] for name in ledger["orders"] if name.rpartition("-")[2][0] == "s"}
    assert set(ledger["positions"]) <= stops


def require_settled(venue: Venue, summary: dict[str, Any]) -> None:
    """End with no order in doubt; a stop whose time ran out leaves that to the next start."""
    for _ in range(3):
        if summary["doubts"] == 0:
            return
        run = venue.starts()
        venue.until_more_entries()
        summary = stopped(run).json
    raise AssertionError(f"still in doubt after three more starts: {summary}")


def entries(ledger: dict[str, Any]) -> set[str]:
    return {name for name in ledger["accepted"] if name.rpartition("-")[2][0] == "e"}


def test_a_run_that_is_killed_goes_on_without_a_second_order_and_with_its_stops(
    venue: Venue,
) -> None:
    for _ in range(3):
        run = venue.starts()
        venue.until_more_entries()
        killed(run)
    run = venue.starts()
    venue.until_more_entries()
    told_last = stopped(run)
    ledger = venue.ledger

    assert told_last.code == 0, told_last.err
    phases = [json.loads(line) for line in told_last.err.splitlines()]
    assert phases[-1]["safe_s"] <= phases[-1]["ready_s"]
    assert ledger["duplicates"] == []
    require_protected(ledger)
    summary = told_last.json
    assert summary["epoch"] == 4
    assert summary["audit_verified"] is True
    assert summary["positions"] == ledger["positions"]
    require_settled(venue, summary)


def test_a_stop_leaves_stops_and_no_entry_and_a_later_start_goes_on(venue: Venue) -> None:
    run = venue.starts()
    venue.until(lambda now: bool(now["positions"]))
    first = stopped(run)
    ledger = venue.ledger
    assert first.code == 0, first.err
    require_protected(ledger)
    assert not [name for name in ledger["orders"] if name.rpartition("-")[2][0] == "e"]

    again = venue.starts()
    venue.until_more_entries()
    second = stopped(again)
    assert second.code == 0, second.err
    assert second.json["events"] > first.json["events"]


def test_two_runs_on_one_account_are_one_too_many(venue: Venue) -> None:
    run = venue.starts()
    venue.until(lambda now: bool(entries(now)))
    other = ended(venue.starts("other"))
    assert other.code == 2
    assert f"another process (pid {run.pid}) acts for it" in other.err
    assert stopped(run).code == 0


def test_a_run_that_slept_reads_the_account_before_it_goes_on(venue: Venue) -> None:
    run = venue.starts()
    venue.until(lambda now: bool(entries(now)))
    run.send_signal(signal.SIGSTOP)
    time.sleep(2.5)
    run.send_signal(signal.SIGCONT)
    venue.until_more_entries()
    told = stopped(run)
    assert told.code == 0, told.err
    assert told.json["gap_ms_max"] >= 2_000
    audit = "".join(path.read_text() for path in (venue.folder / "run" / "audit").glob("*.jsonl"))
    assert "asleep for" in audit
    assert venue.ledger["duplicates"] == []
    require_protected(venue.ledger)


def test_a_halt_file_keeps_entries_in_and_lets_a_run_live(venue: Venue) -> None:
    (venue.folder / "run").mkdir()
    (venue.folder / "run" / "halt").write_text("ann: drill\n")
    run = venue.starts()
    until = time.monotonic() + 60
    while "ready_s" not in (line := run.stderr.readline() if run.stderr else ""):
        assert time.monotonic() < until, line
    time.sleep(20 * PACE_S)
    told = stopped(run)
    assert told.code == 0
    assert venue.ledger["accepted"] == {}


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (("--deposit=5",), "--deposit: the account at the venue says what it holds"),
        (("--pace=1",), "--pace: the venue sets the pace"),
    ],
)
def test_what_has_no_place_in_such_a_run_is_refused_by_name(
    venue: Venue, more: tuple[str, ...], problem: str
) -> None:
    told = ended(venue.starts("run", *more))
    assert told.code == 2
    assert problem in told.err


def test_a_run_whose_market_is_over_ends_by_itself(files: Files, tmp_path: Path) -> None:
    with served(files, tmp_path, "--first-row=855") as venue:
        told = ended(venue.starts())
    assert told.code == 0, told.err
    assert told.json["audit_verified"] is True


def test_a_venue_that_plays_another_market_is_refused(files: Files, tmp_path: Path) -> None:
    with served(files._replace(bars=files.bars[:2]), tmp_path) as venue:
        told = ended(venue._replace(files=files).starts())
        assert told.code == 2
        assert "--venue: plays another market than the one prepared here" in told.err
        assert venue.ledger["accepted"] == {}
