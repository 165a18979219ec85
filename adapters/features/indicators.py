"""Indicators over whole columns: exact recursions and finite windows, no look-ahead.

Row t of every answer is made of rows up to t by operations that do not depend on how many rows
follow, so cutting the future off changes no bit. Windowed answers do not depend on what came
before the window either. Columns are float64, oldest first; a row whose window is not full is NaN.
Inputs must be finite: a NaN stays in a recursion for good.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BLOCK: Final = 64


class Directional(NamedTuple):
    """Wilder's directional movement: `adx` in [0, 100], `balance` = (+DI - -DI)/(+DI + -DI)."""

    adx: Floats
    balance: Floats


def decayed_sum(values: Floats, decay: float, before: float = 0.0) -> Floats:
    """Return y with y[t] = decay * y[t-1] + values[t] and y[-1] = *before*.

    A scan by doubling within blocks, then over the blocks' ends: the speed of a compiled loop
    without one.
    """
    count = len(values)
    blocks = -(-count // _BLOCK)
    padded = np.zeros(blocks * _BLOCK)
    padded[:count] = values
    grid = padded.reshape(blocks, _BLOCK)
    reach = 1
    while reach < _BLOCK:
        grid[:, reach:] += decay**reach * grid[:, :-reach]
        reach *= 2
    carried = np.full(blocks, before)
    if blocks > 1:
        carried[1:] = decayed_sum(grid[:-1, -1].copy(), decay**_BLOCK, before)
    grid += carried[:, None] * decay ** np.arange(1.0, _BLOCK + 1.0)
    return padded[:count]


def ema(values: Floats, span: int) -> Floats:
    """Return the exponential mean with weight 2/(span+1), begun at the first value."""
    if not len(values):
        return values.copy()
    weight = 2 / (span + 1)
    return decayed_sum(weight * values, 1 - weight, float(values[0]))


def wilder(values: Floats, length: int, start: int = 0) -> Floats:
    """Return Wilder's mean (weight 1/length) of *values* from row *start* on.

    Its first value, at row start + length - 1, is the plain mean of the first *length*.
    """
    out = np.full(len(values), np.nan)
    first = start + length - 1
    if first < len(values):
        out[first] = values[start : first + 1].mean()
        out[first + 1 :] = decayed_sum(values[first + 1 :] / length, 1 - 1 / length, out[first])
    return out


def shifted(values: Floats, rows: int) -> Floats:
    """Return *values* as they were *rows* rows ago."""
    out = np.full(len(values), np.nan)
    out[rows:] = values[: max(len(values) - rows, 0)]
    return out


def rolling_sum(values: Floats, length: int) -> Floats:
    """Return the sum of the last *length* values."""
    total = np.zeros(max(len(values) - length + 1, 0))
    partial, width, taken = values, 1, 0
    while width <= length:
        if length & width:
            # A run of `width` values that ends `taken` rows ago.
            end = len(partial) - taken
            total += partial[end - len(total) : end]
            taken += width
        if len(partial) <= width:
            break
        partial = partial[width:] + partial[:-width]
        width *= 2
    return _padded(total, len(values))


def rolling_mean(values: Floats, length: int) -> Floats:
    """Return the mean of the last *length* values."""
    return rolling_sum(values, length) / length


def rolling_max(values: Floats, length: int) -> Floats:
    """Return the largest of the last *length* values."""
    best, width = values, 1
    while width < length and len(best):
        step = min(width, length - width)
        best = np.maximum(best[step:], best[:-step])
        width += step
    return _padded(best, len(values))


def rolling_min(values: Floats, length: int) -> Floats:
    """Return the smallest of the last *length* values."""
    return -rolling_max(-values, length)


def rolling_std(values: Floats, length: int) -> Floats:
    """Return the population deviation of the last *length* values."""
    mean = rolling_mean(values, length)
    variance = rolling_mean(values * values, length) - mean * mean
    return np.sqrt(np.maximum(variance, 0.0))


def true_range(high: Floats, low: Floats, close: Floats) -> Floats:
    """Return the range of each bar, the gap from the close before it included."""
    ranges = high - low
    before = close[:-1]
    ranges[1:] = np.maximum(high[1:], before) - np.minimum(low[1:], before)
    return ranges


def atr(high: Floats, low: Floats, close: Floats, length: int = 14) -> Floats:
    """Return Wilder's average true range, in the unit of the prices."""
    return wilder(true_range(high, low, close), length)


def rsi(close: Floats, length: int = 14) -> Floats:
    """Return Wilder's relative strength index, in [0, 100]; 50 where nothing moved."""
    change = np.diff(close, prepend=close[:1])
    up = wilder(np.maximum(change, 0.0), length, 1)
    down = wilder(np.maximum(-change, 0.0), length, 1)
    return 100 * _share(up, up + down, 0.5)


def directional(high: Floats, low: Floats, length: int = 14) -> Directional:
    """Return Wilder's directional index and the balance of its two sides."""
    up = np.diff(high, prepend=high[:1])
    down = -np.diff(low, prepend=low[:1])
    plus = wilder(np.where((up > down) & (up > 0), up, 0.0), length, 1)
    minus = wilder(np.where((down > up) & (down > 0), down, 0.0), length, 1)
    # The true range would divide both sides alike, so that the balance needs none.
    balance = _share(plus - minus, plus + minus, 0.0)
    return Directional(100 * wilder(np.abs(balance), length, length), balance)


def _share(part: Floats, whole: Floats, of_nothing: float) -> Floats:
    """Return part/whole, *of_nothing* where the whole is zero."""
    share = np.full(len(part), of_nothing)
    np.divide(part, whole, out=share, where=whole != 0)
    return share


def _padded(tail: Floats, count: int) -> Floats:
    out = np.full(count, np.nan)
    out[count - len(tail) :] = tail
    return out
