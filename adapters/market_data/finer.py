"""The finer bars that a row of the tape was aggregated from."""

from collections.abc import Mapping, Sequence

import numpy as np

from adapters.bar_arrays import Floats, Ints
from domain.market.bars import Bar, BarColumns


class FinerBars:
    """Finds the finer bars of a symbol within a span of time."""

    def __init__(self, finer: Mapping[str, BarColumns]) -> None:
        """Keep *finer* as arrays."""
        self._interval_ms = {symbol: bars.interval_ms for symbol, bars in finer.items()}
        self._times: dict[str, Ints] = {
            symbol: np.asarray(bars.open_time, np.int64) for symbol, bars in finer.items()
        }
        self._columns: dict[str, tuple[Floats, ...]] = {
            symbol: tuple(
                np.asarray(column, np.float64)
                for column in (bars.open, bars.high, bars.low, bars.close, bars.volume)
            )
            for symbol, bars in finer.items()
        }

    def within(
        self, symbols: Sequence[str], open_ms: Mapping[str, int], close_ms: int
    ) -> dict[str, list[Bar]]:
        """Return, oldest first, the bars of *symbols* from *open_ms* of each to *close_ms*."""
        return {
            symbol: self._between(symbol, open_ms[symbol], close_ms)
            for symbol in symbols
            if symbol in self._times and symbol in open_ms
        }

    def _between(self, symbol: str, open_ms: int, close_ms: int) -> list[Bar]:
        times, step_ms = self._times[symbol], self._interval_ms[symbol]
        start, stop = np.searchsorted(times, (open_ms, close_ms)).tolist()
        rows = zip(
            times[start:stop].tolist(),
            *(column[start:stop].tolist() for column in self._columns[symbol]),
            strict=True,
        )
        return [Bar(symbol, at, at + step_ms, *prices) for at, *prices in rows]
