"""Ctrl-C, SIGTERM and kill -9 lose nothing: the run goes on, and ends as if nothing had been."""

import json
import signal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from domain.market.bars import MINUTE_MS
from tests.command import (
    Files,
    Told,
    audit_of,
    ended,
    entries_in,
    journal_of,
    market_on_disk,
    quantum_trader,
    started,
    stopped_midway,
)

pytestmark = pytest.mark.integration


class Whole(NamedTuple):
    """A run that nobody interrupted."""

    arguments: list[str]
    run_dir: Path
    told: Told


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Write a market long enough for a run over it to be interrupted."""
    return market_on_disk(tmp_path_factory.mktemp("market"), days=6, interval_ms=MINUTE_MS)


@pytest.fixture(scope="module")
def backtested(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return _whole(files.backtest, tmp_path_factory.mktemp("backtested") / "whole")


@pytest.fixture(scope="module")
def papered(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return _whole(files.paper, tmp_path_factory.mktemp("papered") / "whole")


def _whole(arguments: list[str], run_dir: Path) -> Whole:
    told = quantum_trader(*arguments, "--run-dir", run_dir)
    assert (told.code, told.err) == (0, "")
    return Whole(arguments, run_dir, told)


def require_same_end(whole: Whole, run_dir: Path) -> None:
    """Go on with the run in *run_dir*, and hold everything it leaves against *whole*."""
    resumed = quantum_trader(*whole.arguments, "--resume", run_dir)
    assert (resumed.code, resumed.err) == (0, "")
    assert resumed.json["interrupted"] is False
    for key in ("decision_digest", "trades", "fees", "funding", "equity_end", "events", "refusals"):
        assert resumed.json[key] == whole.told.json[key], key
    assert resumed.json["audit_ok"] is True
    assert journal_of(run_dir) == journal_of(whole.run_dir)
    assert records_of(run_dir) == records_of(whole.run_dir)
    if not list((run_dir / "audit").glob("*.torn")):
        assert audit_of(run_dir) == audit_of(whole.run_dir)


def records_of(run_dir: Path) -> list[dict[str, Any]]:
    """Return the audit records of a run without their places in the chain.

    A kill in the middle of a line is noted in the trail, by a record that is not of the run.
    """
    days = [data for name, data in audit_of(run_dir).items() if name.endswith(".jsonl")]
    lines = [line for data in days for line in data.splitlines()]
    records: list[dict[str, Any]] = sorted(map(json.loads, lines), key=lambda each: each["seq"])
    for record in records:
        for name in ("seq", "prev", "hash"):
            del record[name]
    return [record for record in records if record["type"] != "audit.torn"]


def test_ctrl_c_ends_a_back_test_cleanly_and_it_can_be_resumed(
    backtested: Whole, tmp_path: Path
) -> None:
    run_dir = tmp_path / "run"

    told = stopped_midway([*backtested.arguments, "--run-dir", run_dir], run_dir, signal.SIGINT)

    assert told.code == 0
    assert told.json["interrupted"] is True
    assert told.json["audit_ok"] is True
    assert 0 < entries_in(run_dir) < len(journal_of(backtested.run_dir))
    assert quantum_trader("replay", run_dir).code == 0
    require_same_end(backtested, run_dir)


def test_a_wish_to_end_stops_a_session_and_a_person_is_told_how_to_go_on(
    papered: Whole, tmp_path: Path
) -> None:
    run_dir = tmp_path / "run"
    arguments = [word for word in papered.arguments if word != "--json"]

    told = stopped_midway([*arguments, "--run-dir", run_dir], run_dir, signal.SIGTERM)

    assert told.code == 0
    assert told.out.endswith(f"stopped early; go on with --resume {run_dir}\n")
    assert 0 < entries_in(run_dir) < len(journal_of(papered.run_dir))
    require_same_end(papered, run_dir)


@pytest.mark.parametrize("kind", ["backtested", "papered"])
def test_kill_9_is_a_supported_way_down_again_and_again(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    whole: Whole = request.getfixturevalue(kind)
    run_dir = tmp_path / "run"
    killed = stopped_midway([*whole.arguments, "--run-dir", run_dir], run_dir, signal.SIGKILL)
    before = entries_in(run_dir)
    assert killed.code == -signal.SIGKILL
    assert 0 < before < len(journal_of(whole.run_dir))

    again: list[str | Path] = [*whole.arguments, "--resume", run_dir]
    stopped_midway(again, run_dir, signal.SIGKILL, beyond=before)

    assert entries_in(run_dir) >= before
    require_same_end(whole, run_dir)


@pytest.mark.parametrize(
    ("event", "named"),
    [("import", "bootstrap.lifecycle"), ("import", "bootstrap.containers"), ("os.mkdir", "/run")],
    ids=["before its parts are there", "while they are put together", "before its directory is"],
)
def test_ctrl_c_before_anything_is_played_leaves_nothing_behind(
    event: str, named: str, tmp_path: Path
) -> None:
    process = started(
        ["run", "--json", "--run-dir", tmp_path / "run"],
        before="import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell may have it ignored
        "def interrupts(event, found):\n"
        f"    if event == {event!r} and str(found[0]).endswith({named!r}):\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "sys.addaudithook(interrupts)",
    )
    told = ended(process)
    assert (told.code, told.err) == (130, "")
    assert not (tmp_path / "run").exists()


def test_a_finished_run_may_be_resumed_and_stays_as_it_is(backtested: Whole) -> None:
    before = journal_of(backtested.run_dir), audit_of(backtested.run_dir)
    require_same_end(backtested, backtested.run_dir)
    assert (journal_of(backtested.run_dir), audit_of(backtested.run_dir)) == before
