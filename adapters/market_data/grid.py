"""Several symbols on one time axis, aligned by the times their bars close.

A row of the grid is an instant at which at least one bar closes. A symbol without a bar there is
absent: its prices are NaN, its volume is NaN, and searches pass over the row.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from adapters.bar_arrays import Floats, Ints, arrays
from domain.market.bars import BarColumns, Column

# Few numbers cost less one by one, many less as arrays; chunks grow so that both ends are cheap.
_SINGLE: Final = 12
_CHUNK_FIRST: Final = 128
_CHUNK_LAST: Final = 32_768


class Grid:
    """The bars of all symbols, row for row. Columns are indexed by the symbol's position.

    `times` holds close times in UTC ms, rising. `symbols` are sorted. `open`, `high`, `low`,
    `close`, `volume` hold one float64 array a symbol, `present` one bool array, `rows` the grid
    row of each of the symbol's own bars. When all symbols have the same times, nothing is copied.
    """

    def __init__(self, bars: Mapping[str, BarColumns]) -> None:
        """Align *bars*, which are keyed by symbol."""
        self.symbols: tuple[str, ...] = tuple(sorted(bars))
        own = [bars[symbol] for symbol in self.symbols]
        closes = [np.asarray(each.open_time, np.int64) + each.interval_ms for each in own]
        self.times: Ints = _union(closes)
        self.rows: tuple[Ints, ...] = tuple(
            _identity(len(each))
            if len(each) == len(self.times)
            else np.searchsorted(self.times, each).astype(np.int64)
            for each in closes
        )
        self.present: tuple[npt.NDArray[np.bool_], ...] = tuple(
            self._marks(rows) for rows in self.rows
        )
        self.open: tuple[Floats, ...] = self._all([each.open for each in own])
        self.high: tuple[Floats, ...] = self._all([each.high for each in own])
        self.low: tuple[Floats, ...] = self._all([each.low for each in own])
        self.close: tuple[Floats, ...] = self._all([each.close for each in own])
        self.volume: tuple[Floats, ...] = self._all([each.volume for each in own])
        # Python floats out of a view cost a third of what scalars out of an array do.
        self._lows = tuple(column.data for column in self.low)
        self._highs = tuple(column.data for column in self.high)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.times)

    def place(self, symbol_index: int, column: Column) -> Floats:
        """Return a column over the symbol's own bars on the grid, NaN where it is absent.

        No copy is made of a float64 column of a symbol that is present in every row.
        """
        (values,) = arrays(column)
        if len(values) == len(self.times):
            return values
        placed = np.full(len(self.times), np.nan)
        placed[self.rows[symbol_index]] = values
        return placed

    def first_exit(self, symbol_index: int, start: int, stop: int, low: float, high: float) -> int:
        """Return the first row in [start, stop) whose bar is not strictly inside (low, high).

        That is, its low is at or below *low* or its high at or above *high*. *stop* if there is
        none. Rows where the symbol is absent are passed over.
        """
        lows, highs = self._lows[symbol_index], self._highs[symbol_index]
        row = min(start + _SINGLE, stop)
        for near in range(start, row):
            if lows[near] <= low or highs[near] >= high:
                return near
        chunk = _CHUNK_FIRST
        low_column, high_column = self.low[symbol_index], self.high[symbol_index]
        while row < stop:
            end = min(row + chunk, stop)
            outside = (low_column[row:end] <= low) | (high_column[row:end] >= high)
            first = int(outside.argmax())
            if outside[first]:
                return row + first
            row, chunk = end, min(2 * chunk, _CHUNK_LAST)
        return stop

    def _all(self, columns: list[Column]) -> tuple[Floats, ...]:
        return tuple(self.place(index, column) for index, column in enumerate(columns))

    def _marks(self, rows: Ints) -> npt.NDArray[np.bool_]:
        if len(rows) == len(self.times):
            return np.ones(len(rows), np.bool_)
        marks = np.zeros(len(self.times), np.bool_)
        marks[rows] = True
        return marks


def _identity(length: int) -> Ints:
    return np.arange(length, dtype=np.int64)


def _union(columns: list[Ints]) -> Ints:
    distinct: list[Ints] = []
    for column in columns:
        if not any(np.array_equal(column, known) for known in distinct):
            distinct.append(column)
    if len(distinct) == 1:
        return distinct[0]
    # A stable sort merges runs that are sorted already, in linear time.
    merged = np.sort(np.concatenate([np.empty(0, np.int64), *distinct]), kind="stable")
    union: Ints = merged[np.append(True, merged[1:] != merged[:-1])[: len(merged)]]
    return union
