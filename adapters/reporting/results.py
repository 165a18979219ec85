"""What the run earned, in words and tables: headline, symbols, exits, months."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from adapters.reporting import curve, figures, wording
from adapters.reporting.curve import Line
from adapters.reporting.figures import TradeSums
from adapters.reporting.markup import Cell, Html, cards, folded, paragraph, table
from application.results import RunResult
from domain.decision.facts import TradeClosed

LATEST_TRADES: Final = 25
_MUCH: Final = 0.05
_SHOWN_LEAST: Final = 0.000_05
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_SUM_HEADS: Final = (
    "Trades",
    "Win rate",
    "Gross",
    "Fees",
    "Funding",
    "Net",
    "Mean R",
    "Best",
    "Worst",
)


def headline(result: RunResult, equity: Line) -> Html:
    """Return the ten figures to know first."""
    total = figures.summed("", result.trades)
    earned = result.equity_end - result.equity_start
    start = float(result.equity_start)
    gain = float(earned) / start if start else None
    ratio = curve.sharpe(equity, start)
    stops = result.emergency_activations
    few_days = f"needs {curve.SHARPE_DAYS_MIN} days" if ratio is None else "daily, annualised"
    lost = total.trades - total.wins
    funding = f"and {wording.signed_money(result.funding)} of funding paid"
    return cards(
        (
            ("Net result, USD", _toned(earned), f"{wording.percent(gain)} on equity at start"),
            (
                "Equity at end, USD",
                Cell(wording.money(result.equity_end)),
                f"from {wording.money(result.equity_start)}",
            ),
            ("Max drawdown", Cell(wording.percent(result.max_drawdown)), "from the highest equity"),
            ("Sharpe ratio", Cell(wording.number(ratio)), few_days),
            ("Trades", Cell(f"{total.trades:,}"), f"{total.wins:,} won, {lost:,} lost"),
            ("Win rate", Cell(wording.percent(total.win_rate, 1)), "after all costs"),
            ("Profit factor", Cell(_factor(result.trades)), "won over lost"),
            ("Mean net R", Cell(wording.number(total.net_r_mean, 3)), "result over initial risk"),
            ("Fees, USD", Cell(wording.money(result.fees)), funding),
            ("Emergency stops", Cell(f"{stops}"), f"{result.recoveries} recovered from"),
        )
    )


def symbol_table(result: RunResult) -> Html:
    """Return the sums of each symbol, and of all."""
    if not result.trades:
        return paragraph("No trade was closed in this run.")
    groups = figures.by_symbol(result)
    rows = [_sums(figures.summed(symbol, trades)) for symbol, trades in groups.items()]
    total = _sums(figures.summed("All", result.trades))
    return table("Results by symbol, USD", ("Symbol", *_SUM_HEADS), rows, total)


def regime_table(trades: Sequence[TradeClosed]) -> Html:
    """Return the sums of each regime that a trade was entered in."""
    groups: dict[str, list[TradeClosed]] = {}
    for trade in trades:
        groups.setdefault(trade.regime.value, []).append(trade)
    ranked = sorted(groups.items(), key=lambda one: -len(one[1]))
    rows = [_sums(figures.summed(wording.spoken(name), mine)) for name, mine in ranked]
    return table("Results by regime at entry, USD", ("Regime", *_SUM_HEADS), rows)


def exit_table(trades: Sequence[TradeClosed]) -> Html:
    """Return the sums of each reason to close."""
    groups: dict[str, list[TradeClosed]] = {}
    for trade in trades:
        groups.setdefault(str(trade.reason), []).append(trade)
    ranked = sorted(groups.items(), key=lambda one: -len(one[1]))
    rows = [_sums(figures.summed(wording.spoken(why), mine)) for why, mine in ranked]
    return table("Results by reason to close, USD", ("Closed by", *_SUM_HEADS), rows)


def latest_trades(trades: Sequence[TradeClosed]) -> Html:
    """Return the last trades, newest first."""
    rows = [
        (
            Cell(trade.trade_id),
            Cell("long" if trade.side.sign > 0 else "short"),
            Cell(wording.spoken(trade.reason)),
            wording.moment(trade.entry_ms),
            wording.lasting(trade.at_ms - trade.entry_ms),
            wording.price(trade.entry_price),
            wording.price(trade.exit_price),
            wording.exact(trade.quantity.normalize()),
            _toned(trade.net_pnl),
            wording.number(trade.net_r),
        )
        for trade in reversed(trades[-LATEST_TRADES:])
    ]
    heads = ("Trade", "Side", "Closed by", "Entry, UTC", "Held", "In", "Out", "Quantity", "Net")
    body = table("Latest trades", (*heads, "R"), rows, words=3)
    return folded(f"The latest {wording.counted(len(rows), 'trade')}", body)


def monthly_table(equity: Line, start: float) -> Html:
    """Return the return of each month, and of each year."""
    found = curve.monthly(equity, start)
    rows: list[Sequence[str | Cell]] = []
    for year in sorted({year for year, _ in found}):
        grown = 1.0
        cells: list[Cell] = []
        for month in range(1, 13):
            change = found.get((year, month))
            grown *= 1.0 + (change or 0.0)
            cells.append(Cell("") if change is None else _change(change))
        rows.append((str(year), *cells, _change(grown - 1.0)))
    if not rows:
        return paragraph("Equity was never marked in this run.")
    return table("Return by month, percent", ("Year", *_MONTHS, "Year"), rows)


def _sums(row: TradeSums) -> tuple[str | Cell, ...]:
    return (
        row.name,
        f"{row.trades:,}",
        wording.percent(row.win_rate, 1),
        wording.signed_money(row.gross),
        wording.money(row.fees),
        wording.signed_money(row.funding),
        _toned(row.net),
        wording.number(row.net_r_mean, 3),
        wording.NOTHING if row.best is None else wording.signed_money(row.best),
        wording.NOTHING if row.worst is None else wording.signed_money(row.worst),
    )


def _toned(amount: Decimal) -> Cell:
    tone = "good" if amount > 0 else "bad" if amount < 0 else ""
    return Cell(wording.signed_money(amount), tone)


def _change(fraction: float) -> Cell:
    shown = wording.number(100 * fraction)
    if abs(fraction) < _SHOWN_LEAST:
        return Cell(shown, "dim")
    tone = "gain" if fraction > 0 else "loss"
    return Cell(shown, f"{tone}-more" if abs(fraction) >= _MUCH else tone)


def _factor(trades: Sequence[TradeClosed]) -> str:
    return wording.number(figures.profit_factor(trades))
