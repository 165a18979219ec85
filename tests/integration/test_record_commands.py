"""`audit verify`, `replay` and `why` over a run on disk, and their exit codes."""

import json
import sqlite3
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from adapters.audit.log import AuditFiles
from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.journal import SqliteJournal
from application.errors import BadInput, IntegrityFailure
from application.projections.audit import AuditProjection
from bootstrap.cli import audit, replay, why
from domain.execution.messages import OrderFilled
from domain.shared.enums import RunMode
from tests.builders import D
from tests.recording import an_eventful_day, first_of, project, write

pytestmark = pytest.mark.integration

app = typer.Typer()
app.add_typer(audit.app, name="audit")
app.command("replay")(replay.replay)
app.command("why")(why.why)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return the directory of a run with a day in it."""
    entries = an_eventful_day().journal
    directory = tmp_path / "runs" / "one"
    directory.mkdir(parents=True)
    with SqliteJournal(directory / "journal.db", MsgpackCodec()) as journal:
        write(journal, entries)
    with AuditFiles(directory / "audit") as log:
        project(entries, AuditProjection(log, RunMode.BACKTEST))
    return directory


def invoked(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def a_trade(run: Path) -> str:
    for file in (run / "audit").glob("*.jsonl"):
        for line in file.read_text().splitlines():
            record = json.loads(line)
            if record["type"] == "trade.closed":
                return str(record["trace_id"])
    raise AssertionError("no trade was closed")


def test_an_intact_trail_is_verified(run: Path) -> None:
    code, output = invoked("audit", "verify", run)
    assert (code, output.split(":")[0]) == (0, "intact")
    code, output = invoked("audit", "verify", run, "--json")
    found = json.loads(output)
    assert (code, found["ok"], found["first_bad"]) == (0, True, None)
    assert found["records"] > 10


def test_a_tampered_trail_gives_exit_code_3_and_the_first_bad_record(run: Path) -> None:
    (file,) = (run / "audit").glob("*-090.jsonl")
    file.write_bytes(file.read_bytes().replace(b'"side":"LONG"', b'"side":"SHORT"', 1))
    code, output = invoked("audit", "verify", run)
    assert code == 3
    assert "NOT INTACT" in output
    code, output = invoked("audit", "verify", run, "--json")
    found = json.loads(output)
    assert (code, found["kind"], found["first_bad"]["file"]) == (3, "edit", file.name)


def test_a_run_that_did_not_stop_is_verified_as_far_as_it_is_sealed(run: Path) -> None:
    log = AuditFiles(run / "audit")
    for _ in range(3):
        log.append("a.b", 1_800_000_000_000, {})
        log.flush()
    code, output = invoked("audit", "verify", run)
    assert code == 0
    assert "2 records lie beyond the last seal" in output
    log.close()


def test_a_replay_derives_the_same_digest(run: Path) -> None:
    code, output = invoked("replay", run)
    assert (code, output.split(":")[0]) == (0, "identical")
    code, output = invoked("replay", run, "--json")
    found = json.loads(output)
    expected = an_eventful_day().journal[-1].digest.hex()
    assert (code, found["identical"], found["decision_digest"]) == (0, True, expected)


def test_an_altered_input_gives_exit_code_3_and_the_first_divergent_decision(run: Path) -> None:
    entries = an_eventful_day().journal
    at, fill = first_of(entries, OrderFilled)
    altered = MsgpackCodec().encode(fill._replace(fee=D(1), price=D("100.05")))
    database = sqlite3.connect(run / "journal.db")
    database.execute("DROP TRIGGER entries_are_never_changed")
    database.execute("UPDATE entries SET heard = ? WHERE sequence = ?", (altered, at + 1))
    database.commit()
    database.close()

    code, output = invoked("replay", run, "--json")

    first = json.loads(output)["first_divergence"]
    assert (code, first["sequence"]) == (3, at + 1)
    assert "100.05" in first["heard"]
    assert invoked("replay", run)[0] == 3


def test_an_unreadable_journal_is_an_integrity_failure(run: Path) -> None:
    (run / "journal.db").write_bytes(b"")
    for words in (("replay", run), ("why", run, "BTCUSDT-loxxdfmo")):
        with pytest.raises(IntegrityFailure):
            invoked(*words)


@pytest.mark.parametrize("words", [("replay",), ("audit", "verify"), ("why", "--run")])
def test_a_directory_without_a_run_is_bad_input(tmp_path: Path, words: tuple[str, ...]) -> None:
    for directory in (tmp_path, tmp_path / "nowhere"):
        more = ("BTCUSDT-loxxdfmo",) if words[0] == "why" else ()
        with pytest.raises(BadInput):
            invoked(*words, directory, *more)


def test_why_tells_the_story_wherever_the_run_is_named(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade = a_trade(run)
    monkeypatch.chdir(run.parent.parent)
    answers = [
        invoked("why", trade, "--run", run),
        invoked("why", run, trade),
        invoked("why", trade),
    ]
    assert {code for code, _ in answers} == {0}
    assert len({output for _, output in answers}) == 1
    assert answers[0][1].startswith(f"{trade}: closed\n2023-11-14T06:01:00.000Z  signal on")


def test_why_gives_json_to_a_machine(run: Path) -> None:
    code, output = invoked("why", run, a_trade(run), "--json")
    story = json.loads(output)
    assert (code, story["outcome"]) == (0, "closed")
    assert story["missing"] == ["what moved the voters: the run has no readable voters.json"]
    assert story["lines"][0]["at"] == "2023-11-14T06:01:00.000Z"


def test_why_knows_nothing_of_an_id_that_never_was(run: Path) -> None:
    code, output = invoked("why", run, "BTCUSDT-aaaaaaaa")
    assert code == 2
    assert "missing: nothing in the journal" in output


def test_why_asks_for_one_id(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="one id"):
        invoked("why", run, "a", "b")
    with pytest.raises(BadInput, match="one id"):
        invoked("why", run, "a", "--run", run)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(BadInput, match="no run"):
        invoked("why", "BTCUSDT-loxxdfmo")
