"""The path of one symbol through an interval: open, two extremes, close, linear in between.

The open stands at time share 0, the first extreme at 1/3, the second at 2/3, the close at 1.
Which extreme comes first is decided when the path leaves the open, against whoever has something
at stake (`lean`); with finer bars, each of them is walked by the same rule, one after the other.
"""

from collections.abc import Sequence
from math import inf

from domain.market.bars import Bar

Vertices = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


class Walk:
    """A point moving along the path. `time` in ms (a float: instants inside a bar are exact).

    `row` is the bar under way, -1 before the first one opens. `lean` is +1 when a fall hurts
    (low first), -1 when a rise does, 0 when nobody cares. `due` and `hit` cache what comes next:
    the time, and the price of a touch (None: the next bar opens, or nothing). `stale` asks for
    them to be found anew.
    """

    __slots__ = (
        "bar", "bars", "due", "hit", "lean", "low_first", "price", "row", "stale", "symbol", "time",
    )  # fmt: skip

    def __init__(self, symbol: str, bars: Sequence[Bar], start_ms: float, mark: float) -> None:
        self.symbol = symbol
        self.bars = bars
        self.bar = bars[0]
        self.lean = 0
        self.low_first = False
        self.due = inf
        self.hit: float | None = None
        self.stale = True
        if self.bar.open_ms > start_ms:
            self.row, self.time, self.price = -1, start_ms, mark
        else:
            self.row, self.time, self.price = 0, float(self.bar.open_ms), self.bar.open

    def turn(self) -> None:
        """Go to the open of the next bar."""
        self.row += 1
        self.bar = self.bars[self.row]
        self.time = max(self.time, float(self.bar.open_ms))
        self.price = self.bar.open
        self.stale = True

    def decide(self) -> None:
        """Choose the first extreme; to be called only while the path stands at an open."""
        bar = self.bar
        self.low_first = self.lean > 0 if self.lean else bar.close >= bar.open

    def vertices(self) -> Vertices:
        """Return (time, price) of first extreme, second extreme and close of the current bar."""
        bar = self.bar
        _, start, end, _, high, low, close, _ = bar
        third = (end - start) / 3
        if self.low_first:
            return (start + third, low), (start + 2 * third, high), (float(end), close)
        return (start + third, high), (start + 2 * third, low), (float(end), close)

    def touch(self, down: float, up: float) -> tuple[float, float] | None:
        """Return (time, price) of the first point at or beyond *down* or *up*, or None.

        Looks from here to the close of the current bar.
        """
        price = self.price
        if price <= down or price >= up:
            return self.time, price
        bar = self.bar
        if bar.low > down and bar.high < up:
            return None
        time = self.time
        for end, target in self.vertices():
            if end <= time:
                continue
            if target < price:
                if down >= target:
                    reached = time + (price - down) / (price - target) * (end - time)
                    return min(end, reached), down
            elif up <= target:
                reached = time + (up - price) / (target - price) * (end - time)
                return min(end, reached), up
            time, price = end, target
        return None

    def price_at(self, time: float) -> float:
        """Return the price at *time*, from here to the close of the current bar."""
        if time <= self.time or self.row < 0:
            return self.price
        start, price = self.time, self.price
        for end, target in self.vertices():
            if end <= start:
                continue
            if time < end:
                return price + (target - price) * ((time - start) / (end - start))
            start, price = end, target
        return price

    def seek(self, time: float) -> None:
        """Move the point to *time*, through as many bars as have opened by then."""
        if time <= self.time and self.row + 1 == len(self.bars):
            return
        while self.row + 1 < len(self.bars) and self.bars[self.row + 1].open_ms <= time:
            self.turn()
            self.decide()
        if time > self.time and self.row >= 0:
            self.price = self.price_at(time)
            self.time = time
            self.stale = True

    def next_open(self) -> float:
        """Return when the next bar opens, infinity when this is the last one."""
        row = self.row + 1
        return max(self.time, float(self.bars[row].open_ms)) if row < len(self.bars) else inf
