"""Jolts: the rows at which a symbol has just fallen far below, or risen far above, where it was.

The window is one of time, not of rows: it holds the closes from *window_ms* before a row on, that
at its start included. A gap leaves it empty but for the row itself, and nothing is told.
"""

from typing import Final, NamedTuple

import numpy as np

from adapters.bar_arrays import Codes, Floats, Ints
from adapters.market_data.layout import FAULTS
from domain.market.data_guard import UNUSABLE

# History is first looked at in spans of so many bars or more, and most of it not again.
_SPAN_BARS: Final = 64
_ROUNDING: Final = 1e-9
# Indexed by a fault's code.
_USABLE: Final = np.array([fault not in UNUSABLE for fault in FAULTS])


class Jolted(NamedTuple):
    """Rows at which a jolt ends; `fall` from the window's highest, `rise` from its lowest close."""

    rows: Ints
    fall: Floats
    rise: Floats


def jolted(times: Ints, close: Floats, fault: Codes, window_ms: int, move: float) -> Jolted:
    """Return the rows whose fall or rise within *window_ms* is *move* (a fraction) or more.

    *times* rise. Rows whose *fault* makes them unusable are passed over, as if they had not come.
    """
    wild = _wild_rows(times, close, window_ms, move)
    rows = wild[_USABLE[fault[wild]]]
    high, low = _extremes(times[rows], close[rows], window_ms)
    price = close[rows]
    fall, rise = (high - price) / high, (price - low) / low
    far = (fall >= move) | (rise >= move)
    return Jolted(rows[far], fall[far], rise[far])


def _wild_rows(times: Ints, close: Floats, window_ms: int, move: float) -> Ints:
    """Return all rows of the spans in which there may be a jolt, and of the span before each.

    A window lies within two spans; where all closes of both are near each other, or the span holds
    no bar, there is none. What is no price is never near.
    """
    if not len(times):
        return np.empty(0, np.int64)
    span_ms = max(window_ms, _SPAN_BARS * int(times[-1] - times[0]) // len(times), 1)
    edges = np.arange(int(times[0]), int(times[-1]) + 1, span_ms)
    starts = np.searchsorted(times, edges)
    highest = np.maximum.reduceat(close, starts)
    lowest = np.minimum.reduceat(close, starts)
    highest[1:] = np.maximum(highest[1:], highest[:-1].copy())
    lowest[1:] = np.minimum(lowest[1:], lowest[:-1].copy())
    # No fall is as far as the rise from where it ends, so one comparison holds for both.
    wild = ~(highest < lowest * (1.0 + move * (1.0 - _ROUNDING)))
    wild[:-1] |= wild[1:].copy()
    stops = np.append(starts[1:], len(times))
    rows: Ints = np.flatnonzero(np.repeat(wild, stops - starts)).astype(np.int64)
    return rows


def _extremes(times: Ints, close: Floats, window_ms: int) -> tuple[Floats, Floats]:
    """Return the highest and the lowest close of the window that ends at each row."""
    high, low = close.copy(), close.copy()
    rows = np.arange(len(times))
    start = np.searchsorted(times, times - window_ms)
    for lag in range(1, int((rows - start).max(initial=0)) + 1):
        within = start[lag:] <= rows[:-lag]
        np.maximum(high[lag:], close[:-lag], out=high[lag:], where=within)
        np.minimum(low[lag:], close[:-lag], out=low[lag:], where=within)
    return high, low
