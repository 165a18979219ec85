"""A run in short: one JSON object for machines, a few small tables for the terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from rich.box import SIMPLE
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from adapters.reporting import wording
from adapters.reporting.figures import (
    Identity,
    TradeSums,
    by_symbol,
    identity_of,
    profit_factor,
    summed,
)
from application.results import RunResult

_ROWS_MAX: Final = 12
_AUDIT: Final = {
    None: ("not kept", "dim"),
    True: ("verified", "green"),
    False: ("BROKEN: run `audit verify`", "bold red"),
}


def as_json(
    result: RunResult,
    report: Path | None,
    audit_ok: bool | None,  # noqa: FBT001 - three-valued, and a value of the output, no switch
) -> dict[str, Any]:
    """Return *result* as one object ready for JSON.

    Money in USD as numbers, save under `identity`, whose values are exact decimal text; times in
    UTC ms; drawdown a fraction. `audit_ok` is None where no audit was kept.
    """
    return {
        "run_id": result.run_id,
        "mode": str(result.mode),
        "symbols": list(result.symbols),
        "interval_ms": result.interval_ms,
        "from_ms": result.from_ms,
        "until_ms": result.until_ms,
        "bars": result.bars,
        "events": result.events,
        "decisions": result.decisions,
        "seconds": round(result.seconds, 3),
        "cpu_seconds": round(result.cpu_seconds, 3),
        "bars_per_second": round(result.bars / result.seconds, 1) if result.seconds else None,
        "trades": len(result.trades),
        "wins": result.wins,
        "fills": len(result.fills),
        "realised": float(result.realised),
        "fees": float(result.fees),
        "funding": float(result.funding),
        "equity_start": float(result.equity_start),
        "equity_end": float(result.equity_end),
        "max_drawdown": result.max_drawdown,
        "emergency_activations": result.emergency_activations,
        "recoveries": result.recoveries,
        "refusals": _counts(result.refusals),
        "skips": _counts(result.skips),
        "gates": _gates(result),
        "models_fitted": len(result.fits),
        "audit_ok": audit_ok,
        "decision_digest": result.decision_digest,
        "report": None if report is None else str(report),
        "interrupted": result.interrupted,
        "identity": _exact(identity_of(result)),
    }


def print_summary(
    result: RunResult,
    report: Path | None,
    audit_ok: bool | None,  # noqa: FBT001 - three-valued, and a value of the output, no switch
    console: Console,
) -> None:
    """Show *result* on *console*: headline, result and trading, symbols, refusals, provenance."""
    columns = Table.grid(padding=(0, 4))
    columns.add_row(_outcome(result), _trading(result))
    parts: list[Table | Text] = [columns]
    if result.trades:
        parts.append(_symbols(result))
    if result.refusals or result.skips:
        parts.append(_refusals(result))
    audit = _AUDIT[audit_ok]
    parts.append(_provenance(result, report, audit))
    name = f"{str(result.mode).capitalize()} {result.run_id}"
    title = Text(f"{name} (interrupted)" if result.interrupted else name, style="bold")
    console.print(Panel(Group(*parts), title=title, title_align="left", border_style="dim"))


def _outcome(result: RunResult) -> Table:
    earned = result.equity_end - result.equity_start
    share = float(earned / result.equity_start) if result.equity_start else None
    return _pairs(
        ("Equity at start", wording.money(result.equity_start), ""),
        ("Equity at end", wording.money(result.equity_end), "bold"),
        ("Result", wording.signed_money(earned), _colour(float(earned))),
        ("Return", wording.percent(share), _colour(float(earned))),
        ("Max drawdown", wording.percent(result.max_drawdown), ""),
        ("Realised", wording.signed_money(result.realised), ""),
        ("Fees", wording.money(result.fees), ""),
        ("Funding paid", wording.signed_money(result.funding), ""),
    )


def _trading(result: RunResult) -> Table:
    total = summed("", result.trades)
    pace = f"{result.bars / result.seconds:,.0f} bars/s" if result.seconds else wording.NOTHING
    return _pairs(
        ("Trades", f"{total.trades:,}", "bold"),
        ("Win rate", wording.percent(total.win_rate, 1), ""),
        ("Profit factor", wording.number(profit_factor(result.trades)), ""),
        ("Mean net R", wording.number(total.net_r_mean, 3), ""),
        ("Emergency stops", f"{result.emergency_activations}", ""),
        ("Recoveries", f"{result.recoveries}", ""),
        ("Bars", f"{result.bars:,} in {result.seconds:,.1f} s", ""),
        ("Pace", pace, ""),
    )


def _symbols(result: RunResult) -> Table:
    table = _headed("Symbol", "Trades", "Won", "Gross", "Costs", "Net", "Mean R")
    rows = [summed(symbol, trades) for symbol, trades in by_symbol(result).items()]
    rows.sort(key=lambda row: row.net, reverse=True)
    for row in _ends(rows):
        table.add_row(*_sums(row))
    if len(rows) > _ROWS_MAX:
        table.caption = f"best and worst of {len(rows)} symbols; the report has them all"
    if len(rows) > 1:
        table.add_section()
        table.add_row(*_sums(summed("All", result.trades)))
    return table


def _ends(rows: list[TradeSums]) -> list[TradeSums]:
    half = _ROWS_MAX // 2
    return rows if len(rows) <= _ROWS_MAX else rows[:half] + rows[-half:]


def _sums(row: TradeSums) -> tuple[Text, ...]:
    net = Text(wording.signed_money(row.net), style=_colour(float(row.net)))
    return (
        Text(row.name),
        Text(f"{row.trades:,}"),
        Text(wording.percent(row.win_rate, 1)),
        Text(wording.signed_money(row.gross)),
        Text(wording.money(row.fees + row.funding)),
        net,
        Text(wording.number(row.net_r_mean, 3)),
    )


def _refusals(result: RunResult) -> Table:
    table = _headed("Not traded because", "Times")
    for kind, counts in (("refused", result.refusals), ("skipped", result.skips)):
        for reason, times in list(_counts(counts).items())[:_ROWS_MAX]:
            table.add_row(Text(f"{kind}: {wording.spoken(reason)}"), f"{times:,}")
    return table


def _provenance(result: RunResult, report: Path | None, audit: tuple[str, str]) -> Table:
    rows = [
        ("Accounting", *_accounting(identity_of(result))),
        ("Audit", *audit),
        ("Decisions", f"{result.decisions:,}, digest {result.decision_digest}", ""),
    ]
    if report is not None:
        rows.append(("Report", str(report), "cyan"))
    return _pairs(*rows, justify="left")


def _accounting(identity: Identity) -> tuple[str, str]:
    if identity.holds:
        return "the identity holds to the last decimal", "green"
    return f"BROKEN: terms come to {identity.sum:f}, equity is {identity.equity:f}", "bold red"


def _pairs(*rows: tuple[str, str, str], justify: Literal["left", "right"] = "right") -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(justify=justify, overflow="fold")
    for name, value, style in rows:
        table.add_row(Text(name), Text(value, style=style))
    return table


def _headed(first: str, *others: str) -> Table:
    table = Table(box=SIMPLE, padding=(0, 1), header_style="dim")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _colour(amount: float) -> str:
    return "green" if amount > 0 else "red" if amount < 0 else ""


def _gates(result: RunResult) -> dict[str, dict[str, int]]:
    return {
        gate: {"asked": asked, "reduced": reduced, "objected": objected}
        for gate, (asked, reduced, objected) in result.checks.items()
    }


def _exact(identity: Identity) -> dict[str, str | bool]:
    terms = {name: wording.exact(amount) for name, amount in identity._asdict().items()}
    return {**terms, "holds": identity.holds}


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Return *counts*, the most frequent first."""
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return {str(reason): times for reason, times in ranked}
