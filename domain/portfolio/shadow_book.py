"""The shadow book: what the desk would have made, had it been allowed to enter.

Rule 1: a paper trade never fills better than the market: a stop fills at the mark that broke it,
a target at its own price, though the mark be beyond.
Rule 2: it pays full costs, and they count from its opening on.
Rule 3: a mark that is no price moves nothing.

Prices and USD are floats: a measure for the ladder, never money.
"""

from collections.abc import Mapping
from math import inf
from typing import NamedTuple

from domain.shared.enums import Side


class ShadowTrade(NamedTuple):
    """An entry taken on paper. `notional` in USD; `costs` of the round trip, a fraction of it.

    `price`, `stop` and `target` are prices; it is closed at `due_ms` at the latest.
    """

    trace: str
    symbol: str
    side: Side
    opened_ms: int
    price: float
    notional: float
    stop: float
    target: float
    costs: float
    due_ms: int

    def pnl(self, price: float) -> float:
        """Return the PnL in USD, net of costs, if it ended at *price*."""
        return self.notional * (self.side.sign * (price - self.price) / self.price - self.costs)


class ShadowClose(NamedTuple):
    """A paper trade that ended. `pnl` in USD net of costs."""

    trade: ShadowTrade
    at_ms: int
    price: float
    pnl: float
    reason: str


class ShadowBook(NamedTuple):
    """Open paper trades by symbol, and the PnL in USD of those that ended."""

    trades: Mapping[str, ShadowTrade] = {}
    realised: float = 0.0


def opened(book: ShadowBook, trade: ShadowTrade) -> ShadowBook:
    """Return the book with *trade*; the book as it is when its symbol has one already."""
    if trade.symbol in book.trades:
        return book
    return book._replace(trades={**book.trades, trade.symbol: trade})


def marked(
    book: ShadowBook, at_ms: int, marks: Mapping[str, float]
) -> tuple[ShadowBook, tuple[ShadowClose, ...]]:
    """Return the book after *marks* at *at_ms*, and the trades that they ended."""
    closes: list[ShadowClose] = []
    for symbol, trade in book.trades.items():
        mark = marks.get(symbol, 0.0)
        if 0.0 < mark < inf and (end := _end_of(trade, at_ms, mark)):
            book, close = closed(book, symbol, at_ms, *end)
            closes.append(close)
    return book, tuple(closes)


def closed(
    book: ShadowBook, symbol: str, at_ms: int, price: float, reason: str
) -> tuple[ShadowBook, ShadowClose]:
    """Return the book after the trade of *symbol*, which must be open, ended at *price*."""
    trade = book.trades[symbol]
    pnl = trade.pnl(price)
    left = {s: t for s, t in book.trades.items() if s != symbol}
    return ShadowBook(left, book.realised + pnl), ShadowClose(trade, at_ms, price, pnl, reason)


def credit(book: ShadowBook, marks: Mapping[str, float]) -> float:
    """Return all PnL in USD, net of costs: realised, and unrealised at *marks*.

    A trade without a mark stands at its own price.
    """
    total = book.realised
    for symbol, trade in book.trades.items():
        mark = marks.get(symbol, 0.0)
        total += trade.pnl(mark if 0.0 < mark < inf else trade.price)
    return total


def _end_of(trade: ShadowTrade, at_ms: int, mark: float) -> tuple[float, str] | None:
    """Return the price and the reason of the end that *mark* brings to *trade*, if it does."""
    sign = trade.side.sign
    if sign * (mark - trade.stop) <= 0.0:
        return mark, "stop"
    if sign * (mark - trade.target) >= 0.0:
        return trade.target, "target"
    return (mark, "due") if at_ms >= trade.due_ms else None
