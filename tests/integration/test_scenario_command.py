"""`quantum-trader scenario`: the list, a run, its exit codes, what it keeps."""

from pathlib import Path

import pytest

from bootstrap.scenarios import catalogue
from bootstrap.scenarios.catalogue import SCENARIOS
from bootstrap.scenarios.ended import records_in
from bootstrap.scenarios.shown import NotShown
from bootstrap.scenarios.stage import Stage
from tests.command import quantum_trader

pytestmark = pytest.mark.integration


class Told:
    """A scenario module that shows what a test wants shown."""

    def __init__(self, *, ok: bool, missing: bool = False) -> None:
        self.ok, self.missing = ok, missing

    def show(self, stage: Stage) -> None:
        stage.ledger.key = "epoch 7"
        stage.ledger.note("closed", 3, 4, ok=self.ok)
        if self.missing:
            raise NotShown("there is a fill", "none", "a fill")


def test_the_list_names_all_twelve() -> None:
    told = quantum_trader("scenario", "list")
    assert told.code == 0
    assert len(told.out.splitlines()) == 12
    assert all(name in told.out for name in SCENARIOS)
    names = [
        each["name"] for each in quantum_trader("scenario", "list", "--json").json["scenarios"]
    ]
    assert names == list(SCENARIOS)


def test_a_run_prints_verdict_trace_and_every_fact() -> None:
    told = quantum_trader("scenario", "run", "model-disagreement", "--seed", "3")
    assert told.code == 0
    first, *_, last = told.out.splitlines()
    assert first.startswith("PASS  5. model-disagreement  [BTCUSDT-")
    assert "agreement_too_low  (demanded: agreement_too_low)" in told.out
    assert last == "1 of 1 passed, seed 3"


def test_json_holds_the_same(tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    told = quantum_trader("scenario", "run", "model-disagreement", f"--keep={keep}", "--json")
    assert told.code == 0
    assert told.json["ok"] is True
    (scenario,) = told.json["scenarios"]
    assert (scenario["name"], scenario["seed"], scenario["ok"]) == ("model-disagreement", 0, True)
    assert all(fact["ok"] for fact in scenario["facts"])
    assert set(scenario["facts"][0]) == {"name", "seen", "demanded", "ok"}


def test_what_is_kept_can_be_looked_at_as_any_run(tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    quantum_trader("scenario", "run", "model-disagreement", f"--keep={keep}")
    run = keep / "model-disagreement" / "split"
    assert quantum_trader("audit", "verify", run).code == 0
    assert quantum_trader("replay", run).code == 0
    block = next(r for r in records_in(run / "audit") if r["type"] == "risk.block")
    told = quantum_trader("why", run, block["trace_id"])
    assert "agreement" in told.out


def test_a_fact_that_fails_is_printed_and_the_exit_code_is_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalogue, "import_module", lambda _: Told(ok=False, missing=True))
    told = quantum_trader("scenario", "run", "normal-market")
    assert told.code == 1
    assert "FAIL  1. normal-market  [epoch 7]" in told.out
    assert "FAIL  closed           3  (demanded: 4)" in told.out
    assert "FAIL  there is a fill  none  (demanded: a fill)" in told.out
    assert "0 of 1 passed" in told.out


def test_all_plays_every_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "import_module", lambda _: Told(ok=True))
    told = quantum_trader("scenario", "run", "all", "--json")
    assert told.code == 0
    assert [each["name"] for each in told.json["scenarios"]] == list(SCENARIOS)


def test_a_name_there_is_not_is_bad_input_with_a_list() -> None:
    told = quantum_trader("scenario", "run", "flash-flood")
    assert told.code == 2
    (problem,) = told.problems
    assert problem.startswith("flash-flood: there is no such scenario; give all, ")
    assert all(name in problem for name in SCENARIOS)


def test_a_directory_that_is_used_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("text")
    told = quantum_trader("scenario", "run", "normal-market", f"--keep={tmp_path}")
    assert told.code == 2
    assert told.problems == [
        f"--keep {tmp_path}: is there already; name a new or an empty directory"
    ]
