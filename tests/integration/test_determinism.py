"""A run is a function of its inputs, and shows it: twice the same bytes, replayed the same digest.

And a record that was altered says so, by naming the first thing that does not fit.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.persistence.codec import MsgpackCodec
from domain.decision.messages import Heard, MarketAdvanced
from domain.execution.messages import Deposited
from tests.command import Files, ended, journal_of, market_on_disk, quantum_trader, started

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return market_on_disk(tmp_path_factory.mktemp("market"))


@pytest.fixture(scope="module")
def session(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Play a paper session to its end, and return its directory."""
    run_dir = tmp_path_factory.mktemp("session") / "run"
    told = quantum_trader(*files.paper, "--run-dir", run_dir)
    assert (told.code, told.err) == (0, "")
    return run_dir


def record_of(run_dir: Path) -> dict[str, bytes]:
    """Return the bytes of the journal and of every file of the audit trail, by name."""
    paths = [run_dir / "journal.db", *sorted((run_dir / "audit").glob("*.*"))]
    return {path.relative_to(run_dir).as_posix(): path.read_bytes() for path in paths}


def first_heard(run_dir: Path, what: str) -> tuple[int, Heard]:
    """Return the first event of a run with a *what* in it, altered, and its number."""
    codec = MsgpackCodec()
    for sequence, data, _ in journal_of(run_dir):
        heard = codec.decode_heard(data)
        if what == "deposit" and isinstance(heard, Deposited):
            return sequence, heard._replace(amount=heard.amount * 2)
        if what == "candidate" and isinstance(heard, MarketAdvanced) and heard.candidates:
            first = heard.candidates[0]
            votes = tuple(vote._replace(confidence=0.79) for vote in first.votes)
            candidates = (first._replace(votes=votes), *heard.candidates[1:])
            return sequence, heard._replace(candidates=candidates)
    pytest.fail(f"the session heard of no {what}")


@pytest.mark.parametrize("kind", ["backtest", "paper"])
def test_the_same_run_twice_leaves_the_same_bytes(kind: str, files: Files, tmp_path: Path) -> None:
    told = [
        quantum_trader(*getattr(files, kind), "--run-dir", tmp_path / name) for name in ("a", "b")
    ]
    assert [each.code for each in told] == [0, 0]
    first, second = record_of(tmp_path / "a"), record_of(tmp_path / "b")
    assert first == second
    assert len(first) > 2
    apart = {"run_id", "run_dir", "seconds", "cpu_seconds", "bars_per_second"}
    summaries = [{k: v for k, v in one.json.items() if k not in apart} for one in told]
    assert summaries[0] == summaries[1]


def test_the_order_in_which_hashes_fall_changes_nothing(files: Files, tmp_path: Path) -> None:
    running = {
        seed: started([*files.backtest, "--run-dir", tmp_path / seed], {"PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    }
    assert [ended(process).code for process in running.values()] == [0, 0]
    assert record_of(tmp_path / "1") == record_of(tmp_path / "2")


def test_a_replay_of_a_session_derives_the_same_digest(session: Path, files: Files) -> None:
    replayed = quantum_trader("replay", session, "--json")
    again = quantum_trader(*files.paper, "--resume", session)
    assert replayed.code == again.code == 0
    assert replayed.json["identical"] is True
    assert replayed.json["decision_digest"] == again.json["decision_digest"]
    assert replayed.json["events"] == again.json["events"]


@pytest.mark.parametrize("altered", ["deposit", "candidate"])
def test_altering_one_input_makes_the_replay_name_the_first_divergent_decision(
    altered: str, session: Path, tmp_path: Path
) -> None:
    run_dir = tmp_path / "altered"
    shutil.copytree(session, run_dir)
    sequence, heard = first_heard(run_dir, altered)
    with closing(sqlite3.connect(run_dir / "journal.db")) as journal:
        journal.execute("DROP TRIGGER entries_are_never_changed")
        new = MsgpackCodec().encode(heard)
        journal.execute("UPDATE entries SET heard = ? WHERE sequence = ?", (new, sequence))
        journal.commit()

    told = quantum_trader("replay", run_dir, "--json")

    assert told.code == 3
    found = told.json["first_divergence"]
    # A deposit is only heard of in the first decision that weighs it; a vote at once.
    assert found["sequence"] > sequence if altered == "deposit" else found["sequence"] == sequence
    assert found["recorded"] != found["derived"]
    text = quantum_trader("replay", run_dir)
    assert text.code == 3
    assert f"sequence: {found['sequence']}" in text.out


def test_a_run_with_other_inputs_is_not_taken_for_the_one_recorded(
    session: Path, files: Files, tmp_path: Path
) -> None:
    run_dir = tmp_path / "copy"
    shutil.copytree(session, run_dir)
    told = quantum_trader(*files.paper, "--deposit", "77", "--resume", run_dir)
    assert told.code == 3
    assert "event 2 is not the one in the journal" in told.err
    assert journal_of(run_dir) == journal_of(session)
    assert quantum_trader("replay", run_dir).code == 0
    assert quantum_trader("audit", "verify", run_dir).code == 0


@pytest.mark.parametrize("keep", [0.5, 0.01], ids=["cut in half", "hardly begun"])
def test_a_damaged_journal_is_neither_replayed_nor_resumed(
    keep: float, session: Path, files: Files, tmp_path: Path
) -> None:
    run_dir = tmp_path / "damaged"
    shutil.copytree(session, run_dir)
    journal = run_dir / "journal.db"
    whole = journal.read_bytes()
    journal.write_bytes(whole[: int(len(whole) * keep)])
    for told in (
        quantum_trader("replay", run_dir),
        quantum_trader("why", run_dir, "BTCUSDT-x"),
        quantum_trader(*files.paper, "--resume", run_dir),
    ):
        assert told.code == 3
        assert str(journal) in told.err


def test_an_altered_record_of_the_audit_is_named(session: Path, tmp_path: Path) -> None:
    run_dir = tmp_path / "altered"
    shutil.copytree(session, run_dir)
    assert quantum_trader("audit", "verify", run_dir).code == 0
    path = sorted((run_dir / "audit").glob("audit-*-090.jsonl"))[1]
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"symbol":"', b'"symbol":"X', 1)
    path.write_bytes(b"".join(lines))

    told = quantum_trader("audit", "verify", run_dir, "--json")

    assert told.code == 3
    bad = told.json["first_bad"]
    assert (bad["file"], bad["line"]) == (path.name, 3)
    assert path.name in quantum_trader("audit", "verify", run_dir).out
