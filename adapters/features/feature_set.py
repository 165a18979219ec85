"""The one feature definition: what a voter sees of a symbol, in bulk and bar by bar alike.

Rule 1: every feature is stationary (returns, ratios, positions), so that one model serves every
        symbol and price level.
Rule 2: row t is made of the last `WINDOW_ROWS` rows up to t and of nothing else: a live desk that
        keeps that many bars of every symbol computes the very bits that bulk computes.
Rule 3: a bad bar or a gap starts the warm-up again. In warm-up, and where a value is not finite
        or beyond `VALUE_MAX`, the row has NaN: the voter abstains.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adapters.features.core import CORE, Clean, Floats, cleaned, core_features
from adapters.features.labels import ROUND_TRIP_COST, triple_barrier
from adapters.features.surroundings import SURROUNDINGS, funding_features, market_features
from application.ports.features import FeatureSource
from domain.market.bars import BarColumns, FundingRate

WARM_UP_ROWS: Final = 300
WINDOW_ROWS: Final = WARM_UP_ROWS + 1
VALUE_MAX: Final = 100.0
_VERSION: Final = 2
# What is computed at once: small enough for the intermediate columns to stay in the cache.
_CHUNK_ROWS: Final = 8_192
NAMES: Final = (*CORE, *SURROUNDINGS)
_MEANT: Final = ("return_12", "return_96", "volatility_ratio")


class OhlcvFeatures:
    """Features of the symbols of one market, and the labels of what followed."""

    def __init__(
        self, round_trip_cost: float = ROUND_TRIP_COST, funding: Sequence[FundingRate] = ()
    ) -> None:
        self._round_trip_cost = round_trip_cost
        self._funding = tuple(funding)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns, in order."""
        return NAMES

    @property
    def schema_hash(self) -> str:
        """Return the sha-256 of names, windows and version."""
        schema = f"{_VERSION};{WARM_UP_ROWS};{VALUE_MAX};{','.join(NAMES)}"
        return hashlib.sha256(schema.encode()).hexdigest()

    def table(self, bars: BarColumns) -> NDArray[np.float32]:
        """Return rows x features (float32) of a market of one symbol."""
        return self.tables({bars.symbol: bars})[bars.symbol]

    def tables(self, market: Mapping[str, BarColumns]) -> dict[str, NDArray[np.float32]]:
        """Return rows x features (float32) of every symbol of *market*."""
        clean = {symbol: cleaned(bars) for symbol, bars in market.items() if len(bars.close)}
        tables, own, usable = {}, {}, {}
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for symbol, bars in clean.items():
                columns = np.empty((len(NAMES), len(bars.close)), np.float32)
                own[symbol] = _core(bars, market[symbol].interval_ms, columns)
                tables[symbol] = columns
                usable[symbol] = bars.since_fault >= WARM_UP_ROWS
            around = market_features(clean, own, usable) if clean else {}
            for symbol, bars in clean.items():
                rates = [rate for rate in self._funding if rate.symbol == symbol]
                closes = bars.open_time + market[symbol].interval_ms
                found = around[symbol] | funding_features(rates, closes)
                for row, name in enumerate(SURROUNDINGS, start=len(CORE)):
                    tables[symbol][row] = found[name]
        for symbol, columns in tables.items():
            columns[:, ~usable[symbol]] = np.nan
            columns[~(np.abs(columns) <= VALUE_MAX)] = np.nan
        empty = np.empty((0, len(NAMES)), np.float32)
        return {
            symbol: np.ascontiguousarray(tables[symbol].T) if symbol in tables else empty
            for symbol in market
        }

    def labels(self, bars: BarColumns, horizon: int, barrier_atr: float) -> Floats:
        """Return what happened after each bar (see `labels`), NaN while not yet known."""
        clean = cleaned(bars)
        out = triple_barrier(
            clean.high,
            clean.low,
            clean.close,
            horizon=horizon,
            barrier_atr=barrier_atr,
            round_trip_cost=self._round_trip_cost,
        )
        # A fault within the horizon shows `horizon` rows later as one not yet outlived.
        if len(out) > horizon:
            out[:-horizon][clean.since_fault[horizon:] < horizon] = np.nan
        return out


def _core(bars: Clean, interval_ms: int, columns: NDArray[np.float32]) -> dict[str, Floats]:
    """Write the core features into *columns*; return, unrounded, those that others ask for."""
    rows = len(bars.close)
    kept = {name: np.empty(rows) for name in _MEANT}
    for start in range(0, rows, _CHUNK_ROWS):
        # What lies before the window of a chunk's first row cannot touch it.
        before = min(start, WARM_UP_ROWS)
        end = min(start + _CHUNK_ROWS, rows)
        values = core_features(bars.part(slice(start - before, end)), interval_ms)
        for row, name in enumerate(CORE):
            columns[row, start:end] = values[name][before:]
        for name, column in kept.items():
            column[start:end] = values[name][before:]
    return kept


_: type[FeatureSource] = OhlcvFeatures
