"""The book: money and positions, a fold over fills, funding and deposits.

Rule 1: wallet = deposits + realised - fees - funding, always, to the last decimal.
Rule 2: equity = wallet + unrealised; unrealised is marked, never stored.
Rule 3: marks are floats. Equity is measured for drawdown with them, summed in the order of the
symbols, so that whoever sums a whole stretch of bars at once gets the same bits.
"""

from bisect import insort
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from domain.portfolio.position import Position, after_fill, flat
from domain.shared.amounts import ZERO
from domain.shared.enums import Side


class Book(NamedTuple):
    """Totals since the beginning, in USD (`funding` positive when paid), and open positions."""

    deposits: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    positions: Mapping[str, Position] = {}

    @property
    def wallet(self) -> Decimal:
        """The balance without unrealised PnL."""
        return self.deposits + self.realised - self.fees - self.funding


class Exposure(NamedTuple):
    """The book as a linear function of marks: equity = base + sum(quantity x mark)."""

    base: float
    held: tuple[tuple[str, float], ...]

    def equity(self, marks: Mapping[str, float]) -> float:
        """Return wallet + unrealised PnL in USD at *marks*, which must have every held symbol."""
        total = self.base
        for symbol, quantity in self.held:
            total += quantity * marks[symbol]
        return total


def exposure_of(book: Book) -> Exposure:
    """Return the linear form of *book*; held symbols in alphabetical order."""
    cost = ZERO
    for position in book.positions.values():
        cost += position.cost
    held = tuple((s, float(book.positions[s].quantity)) for s in sorted(book.positions))
    return Exposure(float(book.wallet - cost), held)


def exposure_after(before: Exposure, book: Book, symbol: str) -> Exposure:
    """Return the linear form of *book*, of which only *symbol* has changed since *before*.

    The same as `exposure_of`, but it shares what has not changed: whoever keeps every exposure of
    a run keeps little.
    """
    cost = ZERO
    for position in book.positions.values():
        cost += position.cost
    held = [pair for pair in before.held if pair[0] != symbol]
    changed = book.positions.get(symbol)
    if changed is not None:
        insort(held, (symbol, float(changed.quantity)))
    return Exposure(float(book.wallet - cost), tuple(held))


def after_trade(
    book: Book, symbol: str, side: Side, quantity: Decimal, price: Decimal, fee: Decimal
) -> tuple[Book, Decimal]:
    """Return the book after a fill, and the PnL it realised before *fee*."""
    held = book.positions.get(symbol) or flat(symbol)
    position, realised = after_fill(held, side, quantity, price)
    positions = dict(book.positions)
    if position.quantity == ZERO:
        positions.pop(symbol, None)
    else:
        positions[symbol] = position
    return (
        Book(book.deposits, book.realised + realised, book.fees + fee, book.funding, positions),
        realised,
    )
