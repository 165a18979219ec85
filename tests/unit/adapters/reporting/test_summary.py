import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from adapters.reporting.summary import as_json, print_summary
from application.results import RunResult
from tests.unit.adapters.reporting.runs import closed, empty, filled, moved, ran

pytestmark = pytest.mark.unit
PROMISED = {
    "run_id",
    "mode",
    "symbols",
    "bars",
    "seconds",
    "cpu_seconds",
    "bars_per_second",
    "trades",
    "wins",
    "fees",
    "funding",
    "equity_start",
    "equity_end",
    "max_drawdown",
    "emergency_activations",
    "recoveries",
    "refusals",
    "skips",
    "audit_ok",
    "decision_digest",
    "report",
    "events",
    "interrupted",
    "identity",
}


def _printed(result: RunResult, width: int = 80, *, audit_ok: bool | None = True) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width)
    print_summary(result, Path("a/report.html"), audit_ok, console)
    return out.getvalue()


def test_every_promised_key_is_there_even_when_nothing_happened() -> None:
    assert set(as_json(empty(), None, None)) >= PROMISED


def test_the_object_is_json_that_reads_back_the_same() -> None:
    summary = as_json(ran([closed()], refusals={"cooldown": 2}), Path("r.html"), True)  # noqa: FBT003 - a value

    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_the_figures_are_those_of_the_run() -> None:
    changes = (moved("NORMAL", "EMERGENCY", 1), moved("EMERGENCY", "PROTECTIVE", 2))
    lost = closed(2, net_pnl=Decimal(-1))
    summary = as_json(
        ran([closed(), lost], mode_changes=changes, fills=(filled(),)), Path("r.html"), None
    )

    assert (summary["trades"], summary["wins"], summary["fills"]) == (2, 1, 1)
    assert (summary["fees"], summary["funding"]) == (4.0, 0.2)
    assert summary["bars_per_second"] == 24.0
    assert (summary["emergency_activations"], summary["recoveries"]) == (1, 1)
    assert summary["report"] == "r.html"


def test_refusals_are_ranked_by_how_often_they_were_met() -> None:
    summary = as_json(ran(refusals={"a": 1, "c": 9, "b": 1}), None, None)

    assert list(summary["refusals"].items()) == [("c", 9), ("a", 1), ("b", 1)]


def test_the_terms_of_the_identity_are_exact_text() -> None:
    run = ran([closed(fees=Decimal("0.00000001"))])

    identity = as_json(run, None, None)["identity"]

    assert identity["fees"] == "0.00000001"
    assert identity["equity"] == "10009.89999999"
    assert identity["holds"] is True


def test_a_broken_identity_is_told_loudly() -> None:
    bent = ran(unrealised=Decimal(1))

    assert as_json(bent, None, None)["identity"]["holds"] is False
    assert "BROKEN" in _printed(bent)


def test_a_broken_audit_is_told_loudly() -> None:
    assert "BROKEN" in _printed(ran(), audit_ok=False)
    assert "BROKEN" not in _printed(ran())


def test_a_narrow_terminal_cuts_no_number() -> None:
    run = ran([closed(net_pnl=Decimal("-123456.78"))])

    assert "\u2026" not in _printed(run)
    assert "\u2212123,456.78" in _printed(run)


def test_names_are_not_read_as_terminal_markup() -> None:
    hostile = ran([closed(symbol="[red]X[/red]")], run_id="[bold]id", refusals={"[link]": 1})

    shown = _printed(hostile, width=120)

    assert all(name in shown for name in ("[red]X[/red]", "[bold]id", "[link]"))


def test_more_symbols_than_fit_are_cut_to_best_and_worst() -> None:
    trades = [closed(n, symbol=f"S{n:02}", net_pnl=Decimal(n)) for n in range(30)]

    shown = _printed(ran(trades, symbols=()), width=100)

    assert all(f"S{n:02}" in shown for n in (*range(6), *range(24, 30)))
    assert "S15" not in shown
    assert "30 symbols" in shown


def test_an_interrupted_run_says_so() -> None:
    assert "interrupted" in _printed(ran(interrupted=True))


def test_a_run_in_which_nothing_happened_is_shown_all_the_same() -> None:
    assert "Trades" in _printed(empty())
