"""Look-ahead, caught: a feature that changes when the future is cut off has seen it."""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

from application.ports.features import FeatureSource
from domain.market.bars import BarColumns

# Where the future is cut off, as shares of the history; enough rows before each to compare.
_CUTS: Final = (0.4, 0.7, 0.95)
_ROWS: Final = 50


def leaking_features(market: Mapping[str, BarColumns], features: FeatureSource) -> tuple[str, ...]:
    """Return the names of the columns of *features* whose past depends on the future."""
    found: set[int] = set()
    whole = features.tables(market)
    for share in _CUTS:
        rows = {symbol: int(len(bars.open_time) * share) for symbol, bars in market.items()}
        # All symbols end together: one's past is another's future otherwise.
        until_ms = min(
            (int(market[symbol].open_time[row]) for symbol, row in rows.items() if row), default=0
        )
        cut = {symbol: _until(bars, until_ms) for symbol, bars in market.items()}
        tables = features.tables(cut)
        for symbol, table in tables.items():
            known = len(table)
            for row in range(max(known - _ROWS, 0), known):
                pairs = zip(whole[symbol][row], table[row], strict=True)
                found |= {place for place, (one, other) in enumerate(pairs) if _differs(one, other)}
    return tuple(features.names[place] for place in sorted(found))


def _until(bars: BarColumns, until_ms: int) -> BarColumns:
    rows = bisect_left(bars.open_time, until_ms)
    return BarColumns(bars.symbol, bars.interval_ms, *(column[:rows] for column in bars[2:]))


def _differs(one: float, other: float) -> bool:
    known = one == one, other == other  # noqa: PLR0124 - a NaN is not itself
    return known[0] != known[1] or (known[0] and one != other)
