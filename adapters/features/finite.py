"""Indicators with an end: every answer is made of a fixed number of rows and of nothing before.

So a live desk that keeps that many bars computes the very bits that bulk computes. An exponential
mean is cut after `WINDOW` rows and its weights are made to sum to one; beyond lie less than one
part in ten thousand of them.
"""

from typing import Final

import numpy as np

from adapters.features import indicators as ta
from adapters.features.indicators import Floats

WINDOW: Final = 128


def decayed_mean(values: Floats, decay: float) -> Floats:
    """Return the mean of the last `WINDOW` values, each weighing *decay* times the one after it."""
    total, width = values, 1
    while width < WINDOW:
        grown = total.copy()
        grown[width:] += decay**width * total[:-width]
        total, width = grown, 2 * width
    out = total * ((1 - decay) / (1 - decay**WINDOW))
    out[: WINDOW - 1] = np.nan
    return out


def ema(values: Floats, span: int) -> Floats:
    """Return the exponential mean with weight 2/(span+1)."""
    return decayed_mean(values, 1 - 2 / (span + 1))


def wilder(values: Floats, length: int = 14) -> Floats:
    """Return Wilder's mean (weight 1/length)."""
    return decayed_mean(values, 1 - 1 / length)


def atr(high: Floats, low: Floats, close: Floats) -> Floats:
    """Return Wilder's average true range, in the unit of the prices."""
    return wilder(ta.true_range(high, low, close))


def rsi(change: Floats) -> Floats:
    """Return Wilder's relative strength index of *change*, in [-1, 1]; 0 where nothing moved."""
    up, both = wilder(np.maximum(change, 0.0)), wilder(np.abs(change))
    return 2 * share(up, both, 0.5) - 1


def directional(high: Floats, low: Floats) -> ta.Directional:
    """Return Wilder's directional index, in [0, 1], and the balance of its two sides."""
    up = np.diff(high, prepend=high[:1])
    down = -np.diff(low, prepend=low[:1])
    plus = wilder(np.where((up > down) & (up > 0), up, 0.0))
    minus = wilder(np.where((down > up) & (down > 0), down, 0.0))
    balance = share(plus - minus, plus + minus, 0.0)
    return ta.Directional(wilder(np.abs(balance)), balance)


def share(part: Floats, whole: Floats, of_nothing: float) -> Floats:
    """Return part/whole, *of_nothing* where the whole is zero."""
    out = np.full(len(part), of_nothing)
    np.divide(part, whole, out=out, where=whole != 0)
    return out
