"""What the crossover's trades must be: its rules once more, as plainly as they can be written.

Order of things inside a bar: (1) what was signalled at the last close fills at the open; an
opposite position is closed and reversed; (2) stop, else target, against low and high; a price
that opened beyond one fills at the open; (3) the close is signalled upon.
"""

from itertools import zip_longest
from typing import Final, NamedTuple

from benchmarks.workloads import DEPOSIT_USD, INTERVAL_MS, START_MS, Workload, crossings

FEE: Final = 0.0004
SIZE: Final = 0.10
STOP: Final = 0.02
TARGET: Final = 0.03
PRICE_TOLERANCE: Final = 1e-6


class Trade(NamedTuple):
    """A closed trade. Times are the opening times of the bars, in UTC ms; +1 is long."""

    entry_ms: int
    exit_ms: int
    symbol: str
    side: int
    entry: float
    exit: float
    quantity: float


class _Position:
    """One symbol's position in the reference."""

    __slots__ = ("entry", "entry_ms", "profit", "quantity", "stop", "target", "wanted")

    def __init__(self) -> None:
        self.quantity = self.entry = self.stop = self.target = self.profit = 0.0
        self.entry_ms = self.wanted = 0


class Account:
    """The account all symbols share, and the trades closed on it."""

    def __init__(self, symbols: tuple[str, ...]) -> None:
        """Begin with the deposit and nothing held."""
        self.cash = float(DEPOSIT_USD)
        self.unrealised = 0.0
        self.trades: list[Trade] = []
        self._held = {symbol: _Position() for symbol in symbols}

    def bar(
        self,
        symbol: str,
        at_ms: int,
        opened: float,
        high: float,
        low: float,
        close: float,
        way: int,
    ) -> None:
        """Live through one bar, and remember *way*: the crossing at its close."""
        held = self._held[symbol]
        fresh = bool(held.wanted) and held.quantity * held.wanted <= 0.0
        if fresh:
            if held.quantity:
                self._close(symbol, held, at_ms, opened)
            self._enter(held, at_ms, opened)
        held.wanted = way
        if not held.quantity:
            return
        price = _exit_price(held, opened, high, low, fresh=fresh)
        if price is not None:
            self._close(symbol, held, at_ms, price)
            return
        profit = held.quantity * (close - held.entry)
        self.unrealised += profit - held.profit
        held.profit = profit

    def _enter(self, held: _Position, at_ms: int, price: float) -> None:
        side = held.wanted
        held.quantity = side * (self.cash + self.unrealised) * SIZE / price
        held.entry, held.entry_ms = price, at_ms
        held.stop, held.target = price * (1.0 - side * STOP), price * (1.0 + side * TARGET)
        self.cash -= abs(held.quantity) * price * FEE

    def _close(self, symbol: str, held: _Position, at_ms: int, price: float) -> None:
        quantity = held.quantity
        self.cash += quantity * (price - held.entry) - abs(quantity) * price * FEE
        self.unrealised -= held.profit
        side = 1 if quantity > 0.0 else -1
        self.trades.append(
            Trade(held.entry_ms, at_ms, symbol, side, held.entry, price, abs(quantity))
        )
        held.quantity = held.profit = 0.0


def _exit_price(
    held: _Position, opened: float, high: float, low: float, *, fresh: bool
) -> float | None:
    """Return where the bar takes the position out, None when it does not."""
    side, stop, target = (1 if held.quantity > 0.0 else -1), held.stop, held.target
    against, in_favour = (low, high) if side > 0 else (high, low)
    if side * (against - stop) <= 0.0:
        return stop if fresh or side * (opened - stop) > 0.0 else opened
    if side * (in_favour - target) >= 0.0:
        return target if fresh or side * (opened - target) < 0.0 else opened
    return None


def reference(workload: Workload) -> list[Trade]:
    """Return every closed trade of *workload*, sorted by entry."""
    account = Account(tuple(workload.bars))
    streams = [
        zip(*columns[:4].tolist(), crossings(columns[3], *workload.means).tolist(), strict=True)
        for columns in workload.bars.values()
    ]
    symbols = tuple(workload.bars)
    for row, bars in enumerate(zip_longest(*streams)):
        at_ms = START_MS + row * INTERVAL_MS
        for symbol, bar in zip(symbols, bars, strict=True):
            if bar is not None:
                account.bar(symbol, at_ms, *bar)
    return sorted(account.trades)


class Agreement(NamedTuple):
    """How two lists of trades compare. The last two are the greatest over all trades."""

    trades: int
    differences: int
    price_difference: float
    quantity_difference: float


def compare(expected: list[Trade], found: list[Trade]) -> Agreement:
    """Compare times, sides and prices trade for trade; a missing or extra trade differs, too.

    Quantities are compared as fractions and not counted: the reference sizes on equity at the
    fill, with the open of other symbols' bars not yet known, a desk on equity at the decision.
    """
    differences, price, quantity = 0, 0.0, 0.0
    for one, other in zip_longest(expected, found):
        if one is None or other is None or one[:4] != other[:4]:
            differences += 1
            continue
        apart = max(abs(one.entry - other.entry), abs(one.exit - other.exit))
        differences += apart > PRICE_TOLERANCE
        price = max(price, apart)
        quantity = max(quantity, abs(other.quantity / one.quantity - 1.0))
    return Agreement(len(found), differences, price, quantity)
