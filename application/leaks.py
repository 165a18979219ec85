"""Look-ahead, caught: a feature that changes when the future is cut off has seen it."""

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
    for symbol, bars in market.items():
        whole = features.table(bars)
        for share in _CUTS:
            rows = int(len(bars.open_time) * share)
            columns = (column[:rows] for column in bars[2:])
            cut = features.table(BarColumns(symbol, bars.interval_ms, *columns))
            for row in range(max(rows - _ROWS, 0), rows):
                pairs = zip(whole[row], cut[row], strict=True)
                found |= {place for place, (one, other) in enumerate(pairs) if _differs(one, other)}
    return tuple(features.names[place] for place in sorted(found))


def _differs(one: float, other: float) -> bool:
    known = one == one, other == other  # noqa: PLR0124 - a NaN is not itself
    return known[0] != known[1] or (known[0] and one != other)
