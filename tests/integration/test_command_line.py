"""The command line, whole: what it answers, and with which exit code.

0 done, 1 failed run, 2 bad usage or input, 3 integrity failure.
"""

import json
from pathlib import Path

import pytest

from domain.governance.field import Safer
from domain.governance.policy import Policy
from tests.command import Files, ended, market_on_disk, quantum_trader, started

pytestmark = pytest.mark.integration

COMMANDS = (
    "run", "backtest", "train", "replay", "why", "version", "data", "data check", "data import",
    "data list", "audit", "audit verify", "policy", "policy fields",
)  # fmt: skip
SUMMARY_KEYS = {
    "run_id", "mode", "symbols", "bars", "seconds", "bars_per_second", "trades", "wins", "fees",
    "funding", "equity_start", "equity_end", "max_drawdown", "emergency_activations", "refusals",
    "audit_ok", "decision_digest", "report",
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return market_on_disk(tmp_path_factory.mktemp("market"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    told = quantum_trader(*command.split(), "--help")
    assert told.code == 0
    assert "Usage" in told.out


@pytest.mark.parametrize("group", [(), ("data",), ("audit",), ("policy",)])
def test_a_group_without_a_command_shows_its_help_and_counts_as_bad_usage(
    group: tuple[str, ...],
) -> None:
    told = quantum_trader(*group)
    assert told.code == 2
    assert "Commands" in told.out + told.err


@pytest.mark.parametrize(
    "wrong",
    [("fly",), ("run", "--hope"), ("run", "--days", "many"), ("backtest", "--pace", "1"), ("why",)],
)
def test_bad_usage_is_told_and_counts_as_such(wrong: tuple[str, ...]) -> None:
    told = quantum_trader(*wrong)
    assert told.code == 2
    assert told.err


def test_version_is_one_line_or_one_object() -> None:
    (line,) = quantum_trader("version").out.splitlines()
    assert line == f"quantum-trader {quantum_trader('version', '--json').json['version']}"


def test_help_states_what_ctrl_c_comes_to() -> None:
    for command in ("run", "backtest"):
        assert "exit code 0" in quantum_trader(command, "--help").out


@pytest.mark.parametrize("kind", ["backtest", "paper"])
def test_a_run_answers_with_exactly_one_object(kind: str, files: Files, tmp_path: Path) -> None:
    told = quantum_trader(*getattr(files, kind), "--run-dir", tmp_path / "run")
    assert (told.code, told.err) == (0, "")
    summary = told.json
    assert summary.keys() >= SUMMARY_KEYS
    assert summary["mode"] == kind
    assert summary["symbols"] == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert summary["audit_ok"] is True
    assert summary["report"] is None
    assert json.loads((tmp_path / "run" / "summary.json").read_text()) == summary


def test_a_run_for_a_person_ends_with_the_path_of_its_report(files: Files, tmp_path: Path) -> None:
    asked = [word for word in files.backtest if word not in {"--json", "--no-report"}]
    told = quantum_trader(*asked, "--run-dir", tmp_path / "run")
    assert told.code == 0
    assert "report.html" in told.out.replace("\n", "")
    assert (tmp_path / "run" / "report.html").stat().st_size > 10_000


def test_visiting_every_bar_is_an_option_that_changes_nothing(files: Files, tmp_path: Path) -> None:
    digests = {
        quantum_trader(*files.backtest, *more, "--run-dir", tmp_path / name).json["decision_digest"]
        for name, more in (("skip", ()), ("visit", ("--visit-all",)))
    }
    assert len(digests) == 1


def test_the_simulated_market_needs_no_file_and_its_voters_learn_before_they_vote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_MARKET__TRAINING_DAYS", "8")
    monkeypatch.setenv("QT_MARKET__SYMBOLS", '["BTCUSDT", "ETHUSDT"]')
    told = quantum_trader(
        "run", "--days=2", "--seed=11", "--no-report", "--json", f"--run-dir={tmp_path / 'run'}"
    )
    assert told.code == 0
    assert told.json["symbols"] == ["BTCUSDT", "ETHUSDT"]
    assert told.json["models_fitted"] == 4
    assert told.json["bars"] == 2 * 10 * 288


def test_the_fields_of_a_policy_are_listed_as_a_policy_file(files: Files, tmp_path: Path) -> None:
    listed = quantum_trader("policy", "fields")
    rows = quantum_trader("policy", "fields", "--json").json["fields"]
    assert {row["field"] for row in rows} == {*Policy.__dataclass_fields__}
    directions = {each.value for each in Safer}
    assert all(row["meaning"] and row["safer"] in directions for row in rows)
    whole = tmp_path / "all.toml"
    whole.write_text(listed.out.replace("quorum = 3", "quorum = 1"))
    told = quantum_trader(
        *files.backtest, f"--policy={whole}", "--run-dir", tmp_path / "run", "--json"
    )
    assert told.code == 0


def test_a_run_is_told_of_by_why_replay_and_audit(files: Files, tmp_path: Path) -> None:
    run, trades = tmp_path / "run", tmp_path / "trades.csv"
    quantum_trader(*files.backtest, "--run-dir", run, f"--trades-out={trades}")
    trade_id = trades.read_text().splitlines()[1].split(",")[0]
    story = quantum_trader("why", run, trade_id, "--json")
    assert story.code == 0
    assert story.json["lines"]
    assert quantum_trader("why", run, "NOBODY-0").code == 2
    assert quantum_trader("replay", run).code == 0
    assert quantum_trader("audit", "verify", run).code == 0
    for command in (("replay",), ("audit", "verify")):
        assert quantum_trader(*command, tmp_path / "nowhere").code == 2


def test_a_full_disk_fails_the_run_with_a_clear_message(files: Files, tmp_path: Path) -> None:
    run = tmp_path / "run"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))"
    told = ended(started([*files.backtest, "--run-dir", run], before=limit))
    assert told.code == 1
    assert told.out == ""
    assert all(str(run) in problem for problem in told.problems)
    assert told.problems
    assert "Traceback" not in told.err
    resumed = quantum_trader(*files.backtest, "--resume", run)
    assert resumed.code == 0
    whole = quantum_trader(*files.backtest, "--run-dir", tmp_path / "whole")
    assert resumed.json["decision_digest"] == whole.json["decision_digest"]


def test_where_nothing_can_be_written_is_said_before_anything_is_read(
    files: Files, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    told = quantum_trader(
        *files.backtest, "--data=MISSING-5m-x.csv", f"--run-dir={in_the_way / 'run'}",
        f"--trades-out={in_the_way / 't.csv'}", f"--fills-out={tmp_path / 'fills.txt'}",
    )  # fmt: skip
    assert told.code == 2
    assert len(told.problems) == 3
    assert told.problems[0] == f"--run-dir: {in_the_way} is not a directory; choose another place"


def test_a_directory_that_holds_a_run_is_not_written_over(files: Files, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert quantum_trader(*files.backtest, "--run-dir", run).code == 0
    told = quantum_trader(*files.backtest, "--run-dir", run)
    assert told.code == 2
    assert "holds a run already; use --resume or another" in told.err
    both = quantum_trader(*files.backtest, "--run-dir", run, "--resume", run)
    assert both.code == 2
    assert "leave out --run-dir" in both.err
    assert quantum_trader(*files.backtest, "--resume", tmp_path / "none").code == 2


def test_both_outputs_in_one_file_are_refused(files: Files, tmp_path: Path) -> None:
    one = tmp_path / "out.csv"
    told = quantum_trader(*files.backtest, f"--trades-out={one}", f"--fills-out={one}")
    assert told.code == 2
    assert "name two files" in told.err
