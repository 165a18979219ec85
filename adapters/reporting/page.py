"""The page a person reads after a run: one HTML file that needs nothing else.

Tables come first and carry every figure; charts are drawn by plotly.js, inlined once, from data
thinned to what a screen can show. The size of the page is bounded by the limits below, however
long the run was.
"""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Final

import numpy as np

from adapters.reporting import accounts, conduct, curve, results, wording
from adapters.reporting.charts import equity_chart, price_chart, r_histogram
from adapters.reporting.curve import Line
from adapters.reporting.figures import by_symbol
from adapters.reporting.files import replacing
from adapters.reporting.look import SCRIPT, STYLE
from adapters.reporting.markup import (
    NO_HTML,
    Html,
    Section,
    chart,
    folded,
    joined,
    legend,
    paragraph,
    section,
    subheading,
)
from application.results import RunResult
from domain.market.bars import BarColumns
from domain.risk.emergency_stop import RiskMode

SYMBOLS_NAMED: Final = 8
CHARTS_MAX: Final = 40
OPEN_CHARTS: Final = 6
PRICE_POINTS_EACH: Final = 4_000
PRICE_POINTS_ALL: Final = 40_000
TRADES_EACH: Final = 2_000
TRADES_ALL: Final = 9_000
# The page may fetch nothing from anywhere, whatever its text says.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
    " img-src data: blob:; base-uri 'none'; form-action 'none'"
)


def write_page(
    result: RunResult, market: Mapping[str, BarColumns], path: Path, notes: Mapping[str, str]
) -> Path:
    """Write the page of *result* to *path*, whole or not at all, and return *path*.

    *market* holds the bars of each symbol that prices are drawn from; a symbol without bars shows
    its trades alone. *notes* are shown as they are, name and text, beside the provenance of the
    run. Raises `StoreUnavailable` when the file cannot be written.
    """
    text = _page(result, market, notes)
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


def _page(result: RunResult, market: Mapping[str, BarColumns], notes: Mapping[str, str]) -> str:
    # Imported here: a run without a page does not pay for the library.
    from plotly.offline import get_plotlyjs  # noqa: PLC0415 - see above

    equity = curve.line(result.equity_times, result.equity_values)
    parts = tuple(_sections(result, market, equity, notes))
    links = "".join(f'<li><a href="#{p.anchor}">{escape(p.title)}</a></li>' for p in parts)
    title = f"{str(result.mode).capitalize()} {result.run_id}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(title)} · Quantum Trader</title><style>{STYLE}</style></head>\n<body>"
        f"<header><h1>{escape(title)}</h1>{_chips(result)}</header>\n"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav>\n'
        f"<main>{results.headline(result, equity)}\n"
        f"{joined(*(section(part) for part in parts))}</main>\n"
        "<footer>All times are UTC, all money is USD. Quantum Trader</footer>\n"
        f"<script>{get_plotlyjs()}</script>\n<script>{SCRIPT}</script></body></html>\n"
    )


def _sections(
    result: RunResult, market: Mapping[str, BarColumns], equity: Line, notes: Mapping[str, str]
) -> Iterable[Section]:
    start = float(result.equity_start)
    yield Section("equity", "Equity", _equity(result, equity))
    yield Section("months", "Months", results.monthly_table(equity, start))
    yield Section("symbols", "Symbols", results.symbol_table(result))
    if result.trades:
        yield Section("trades", "Trades", _trades(result))
        yield Section("prices", "Trades on the price", _prices(result, market))
    yield Section("costs", "Costs", accounts.cost_tables(result))
    yield Section("refusals", "Refusals", conduct.refusal_tables(result))
    if result.fits:
        yield Section("voters", "Voters", conduct.fit_table(result))
    yield Section(
        "accounts",
        "Accounts",
        joined(accounts.identity_line(result), accounts.provenance(result, notes)),
    )


def _chips(result: RunResult) -> Html:
    span = f"{wording.moment(result.from_ms)} to {wording.moment(result.until_ms)} UTC"
    symbols = ", ".join(result.symbols[:SYMBOLS_NAMED])
    if len(result.symbols) > SYMBOLS_NAMED:
        symbols += f" and {len(result.symbols) - SYMBOLS_NAMED} more"
    said = [span, f"bars of {wording.lasting(result.interval_ms)}", symbols]
    if result.interrupted:
        said.append("interrupted before its end")
    items = "".join(f"<li>{escape(one)}</li>" for one in said if one)
    return Html(f'<ul class="chips">{items}</ul>')


def _equity(result: RunResult, equity: Line) -> Html:
    if not len(equity.values):
        return joined(paragraph("Equity was never marked in this run."), conduct.mode_table(result))
    start = float(result.equity_start)
    bands = curve.bands(result.mode_changes, result.from_ms, result.until_ms)
    return joined(
        legend((("line-main", "equity at bar closes"), ("line-bad", "drawdown"), *_modes(result))),
        chart(
            "equity-chart", "Equity and drawdown over time", equity_chart(equity, start, bands), 460
        ),
        conduct.mode_table(result),
    )


def _modes(result: RunResult) -> Iterable[tuple[str, str]]:
    """Return the key to the bands: each mode and how long the run was in it."""
    spans = curve.spans(result.mode_changes, result.from_ms, result.until_ms)
    whole = max(result.until_ms - result.from_ms, 1)
    for mode in (RiskMode.CAUTIOUS, RiskMode.PROTECTIVE, RiskMode.EMERGENCY):
        held = sum(span.until_ms - span.from_ms for span in spans if span.mode is mode)
        if held:
            name = mode.name.lower()
            yield name, f"{name} for {wording.lasting(held)} ({wording.percent(held / whole, 1)})"


def _trades(result: RunResult) -> Html:
    spread = r_histogram(result.trades)
    return joined(
        subheading("Net result of each trade, in R"),
        chart("r-chart", "Histogram of net results in R", spread, 260),
        subheading("By reason to close"),
        results.exit_table(result.trades),
        subheading("By regime at entry"),
        results.regime_table(result.trades),
        results.latest_trades(result.trades),
    )


def _prices(result: RunResult, market: Mapping[str, BarColumns]) -> Html:
    groups = sorted(by_symbol(result).items(), key=lambda one: -len(one[1]))
    traded = [one for one in groups if one[1]]
    shown = traded[:CHARTS_MAX]
    points = min(PRICE_POINTS_EACH, PRICE_POINTS_ALL // len(shown))
    trades = min(TRADES_EACH, TRADES_ALL // len(shown))
    key = (
        ("line-quiet", "close"),
        ("line-good", "trade that earned"),
        ("line-bad", "trade that lost"),
    )
    span = (result.from_ms, result.until_ms)
    drawn = []
    for number, (symbol, mine) in enumerate(shown):
        closes = curve.thinned(_closes(market.get(symbol), span), points)
        spec = price_chart(closes, mine[-trades:], span)
        place = chart(f"price-chart-{number}", f"Trades on {symbol}", spec, 340)
        title = _title(symbol, len(mine), trades)
        drawn.append(folded(title, place, is_open=number < OPEN_CHARTS))
    left_out = len(traded) - len(shown)
    more = (
        paragraph(f"{left_out} symbols with fewer trades are not drawn.") if left_out else NO_HTML
    )
    said = paragraph("Triangles are entries, up for long and down for short; circles are exits.")
    return joined(legend(key), said, *drawn, more)


def _title(symbol: str, trades: int, most: int) -> str:
    return f"{symbol}: {wording.counted(trades, 'trade')}" + (
        f", the latest {most:,} drawn" if trades > most else ""
    )


def _closes(bars: BarColumns | None, span: tuple[int, int]) -> Line:
    """Return the closes of *bars* within *span*, each at the time its bar closed."""
    if bars is None or not len(bars.open_time):
        return curve.line((), ())
    closed = np.asarray(bars.open_time, np.int64) + bars.interval_ms
    first, last = np.searchsorted(closed, (span[0], span[1] + 1))
    return curve.line(closed[first:last], np.asarray(bars.close, np.float64)[first:last])
