"""What surrounds a symbol: the other symbols' moves, and what its holders pay each other.

Rule 1: two symbols meet where their bars opened at the same time; one that is missing, or not yet
        usable, does not count. A symbol without others, or without known funding, has zeros, and
        a column that says so.
Rule 2: a funding rate is known from its settlement on, and for `FUNDING_AGE_MAX_MS`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adapters.features import finite
from adapters.features import indicators as ta
from adapters.features.core import Clean, Floats
from domain.market.bars import HOUR_MS, FundingRate

FUNDING_AGE_MAX_MS: Final = 12 * HOUR_MS
FUNDING_MEAN: Final = 9
SURROUNDINGS: Final = (
    "market_known",
    "market_return_12",
    "market_return_96",
    "market_breadth_12",
    "market_volatility",
    "relative_return_12",
    "relative_return_96",
    "correlation_96",
    "funding_known",
    "funding_rate",
    "funding_mean_9",
)
_MEANT: Final = ("return_12", "return_96", "volatility_ratio")

Columns = dict[str, Floats]


def market_features(
    bars: Mapping[str, Clean], own: Mapping[str, Columns], usable: Mapping[str, NDArray[np.bool_]]
) -> dict[str, Columns]:
    """Return the market-wide columns of every symbol; *own* has its core columns by name."""
    symbols = sorted(bars)
    if len(symbols) == 1:
        return {symbol: _alone(len(bars[symbol].close)) for symbol in symbols}
    times = np.unique(np.concatenate([bars[symbol].open_time for symbol in symbols]))
    places = {symbol: np.searchsorted(times, bars[symbol].open_time) for symbol in symbols}
    changes = {symbol: _change(bars[symbol]) for symbol in symbols}
    moved = {symbol: bars[symbol].since_fault >= 1 for symbol in symbols}
    ready = {
        symbol: usable[symbol] & np.isfinite(sum(own[symbol][name] for name in _MEANT))
        for symbol in symbols
    }
    means = {
        name: _others(times, places, {s: own[s][name] for s in symbols}, ready) for name in _MEANT
    }
    rising = {s: np.sign(own[s]["return_12"]) for s in symbols}
    breadth = _others(times, places, rising, ready)
    pace = _others(times, places, changes, moved)
    out = {}
    for symbol in symbols:
        known, columns = ready[symbol], {}
        columns["market_known"] = np.isfinite(means["return_12"][symbol]).astype(np.float64)
        for name, source in (
            ("market_return_12", means["return_12"][symbol]),
            ("market_return_96", means["return_96"][symbol]),
            ("market_breadth_12", breadth[symbol]),
            ("market_volatility", means["volatility_ratio"][symbol]),
            ("relative_return_12", own[symbol]["return_12"] - means["return_12"][symbol]),
            ("relative_return_96", own[symbol]["return_96"] - means["return_96"][symbol]),
        ):
            columns[name] = np.where(known & np.isfinite(source), source, 0.0)
        columns["correlation_96"] = _correlation(changes[symbol], np.nan_to_num(pace[symbol]))
        out[symbol] = columns
    return out


def funding_features(rates: Sequence[FundingRate], closes: NDArray[np.int64]) -> Columns:
    """Return the last rate known at each of *closes* (UTC ms) and the mean of nine, in 0.01 %."""
    at = np.array([rate.at_ms for rate in rates], np.int64)
    paid = np.array([rate.rate for rate in rates], np.float64) * 1e4
    order = np.argsort(at, kind="stable")
    at, paid = at[order], paid[order]
    last = np.searchsorted(at, closes, side="right")
    known = last > 0
    row = np.maximum(last - 1, 0)
    if len(at):
        known &= closes - at[row] <= FUNDING_AGE_MAX_MS
        rows = row[:, None] - np.arange(FUNDING_MEAN)
        mean = (paid[np.maximum(rows, 0)] * (rows >= 0)).sum(axis=1) / (rows >= 0).sum(axis=1)
        rate = paid[row]
    else:
        mean = rate = np.zeros(len(closes))
    return {
        "funding_known": known.astype(np.float64),
        "funding_rate": np.where(known, rate, 0.0),
        "funding_mean_9": np.where(known, mean, 0.0),
    }


def _alone(rows: int) -> Columns:
    return {name: np.zeros(rows) for name in SURROUNDINGS if not name.startswith("funding")}


def _change(bars: Clean) -> Floats:
    log_close = np.log(bars.close)
    return np.diff(log_close, prepend=log_close[:1])


def _others(
    times: NDArray[np.int64],
    places: Mapping[str, NDArray[np.int64]],
    columns: Mapping[str, Floats],
    counts: Mapping[str, NDArray[np.bool_]],
) -> Columns:
    """Return for every symbol the mean of *columns* over the others; NaN where there is none."""
    out = {}
    for symbol, own in places.items():
        # Added anew for each: to take one's own out of a sum again would leave its rounding.
        total, number = np.zeros(len(times)), np.zeros(len(times))
        for other, place in places.items():
            if other != symbol:
                total[place] += np.where(counts[other], columns[other], 0.0)
                number[place] += counts[other]
        out[symbol] = finite.share(total[own], number[own], np.nan)
    return out


def _correlation(own: Floats, market: Floats) -> Floats:
    """Return the correlation of the last 96 moves; 0 where one of the two did not move."""
    both = ta.rolling_mean(own * market, 96)
    sizes = ta.rolling_mean(own * own, 96) * ta.rolling_mean(market * market, 96)
    return finite.share(both, np.sqrt(sizes), 0.0)
