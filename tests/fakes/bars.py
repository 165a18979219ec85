"""Bars made up from a seed: a random walk with volume, on a grid of five minutes."""

import numpy as np
from numpy.typing import NDArray

from domain.market.bars import BarColumns, Column

START_MS = 1_577_836_800_000
INTERVAL_MS = 300_000


def random_bars(
    seed: int, rows: int, symbol: str = "BTCUSDT", start_ms: int = START_MS
) -> BarColumns:
    """Return *rows* bars of a random walk; the same for the same *seed*."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.002, rows)))
    opened = np.concatenate([[100.0], close])[:rows]
    stretch = np.abs(rng.normal(0, 0.001, (2, rows)))
    return BarColumns(
        symbol,
        INTERVAL_MS,
        start_ms + INTERVAL_MS * np.arange(rows),
        opened,
        np.maximum(opened, close) * (1 + stretch[0]),
        np.minimum(opened, close) * (1 - stretch[1]),
        close,
        rng.lognormal(2, 1, rows),
    )


def array(column: Column) -> NDArray[np.float64]:
    """Return *column* as floats, a copy that may be changed."""
    return np.array(column, np.float64)


def part(bars: BarColumns, rows: slice) -> BarColumns:
    """Return some rows of *bars*."""
    return BarColumns(bars.symbol, bars.interval_ms, *(column[rows] for column in bars[2:]))
