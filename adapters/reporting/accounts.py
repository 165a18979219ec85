"""The accounts of a run: costs, the accounting identity, and where its figures come from."""

from collections.abc import Mapping
from typing import Final

from adapters.reporting import figures, wording
from adapters.reporting.markup import (
    NO_HTML,
    Cell,
    Html,
    equation,
    facts,
    joined,
    paragraph,
    subheading,
    table,
)
from application.results import RunResult

_BASIS_POINTS: Final = 10_000


def cost_tables(result: RunResult) -> Html:
    """Return what trading cost, and the fees by liquidity."""
    rows = [
        (c.name, wording.money(c.amount), wording.percent(c.of_gross), _points(c.of_turnover))
        for c in figures.costs(result)
    ]
    heads = ("Cost", "USD", "Share of gross result", "Of turnover, bp")
    kinds = [
        (
            wording.spoken(row.liquidity),
            f"{row.fills:,}",
            wording.money(row.turnover),
            wording.money(row.fees),
            _points(row.rate),
        )
        for row in figures.fee_rows(result.fills)
    ]
    fees = ("Liquidity", "Fills", "Turnover, USD", "Fees, USD", "Rate, bp")
    return joined(
        table("Costs", heads, rows[:-1], rows[-1]),
        paragraph(
            f"Gross result before costs: {wording.signed_money(result.realised)} USD; shares are of"
            " its size. Funding is positive when paid. Slippage and spread are within the fill"
            " prices, and so within the gross result."
        ),
        subheading("Fees by liquidity") if kinds else NO_HTML,
        table("Fees by liquidity", fees, kinds) if kinds else NO_HTML,
    )


def identity_line(result: RunResult) -> Html:
    """Return the accounting identity with its exact terms, and whether it holds."""
    terms = figures.identity_of(result)
    line = equation(
        (
            ("", "deposits", wording.exact(terms.deposits)),
            ("+", "realised", wording.exact(terms.realised)),
            (wording.MINUS, "fees", wording.exact(terms.fees)),
            (wording.MINUS, "funding", wording.exact(terms.funding)),
            ("+", "unrealised", wording.exact(terms.unrealised)),
            ("=", "", wording.exact(terms.sum)),
        )
    )
    if terms.holds:
        return joined(line, paragraph("It is the equity at the end, to the last decimal.", "good"))
    wrong = f"It does not hold: equity at the end is {wording.exact(terms.equity)}."
    return joined(line, paragraph(wrong, "bad"))


def provenance(result: RunResult, notes: Mapping[str, str]) -> Html:
    """Return where the page comes from: run, digest, effort, and *notes* as they are."""
    pace = result.bars / result.seconds if result.seconds else 0.0
    effort = f"{result.bars:,} bars, {result.events:,} events, {result.decisions:,} decisions"
    time = f"{result.seconds:,.2f} s, {result.cpu_seconds:,.2f} s of processor"
    rows: list[tuple[str, Cell]] = [
        ("Run", Cell(result.run_id)),
        ("Decision digest", Cell(result.decision_digest)),
        ("Heard", Cell(effort)),
        ("Took", Cell(f"{time}; {pace:,.0f} bars a second")),
        *((name[:1].upper() + name[1:], Cell(text)) for name, text in notes.items()),
    ]
    return facts(rows)


def _points(fraction: float | None) -> str:
    return wording.number(None if fraction is None else fraction * _BASIS_POINTS)
