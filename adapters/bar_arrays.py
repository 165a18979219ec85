"""Bars as arrays: what the adapters of history and of analytics share, and each needs once.

Which bars are impossible, and which rows make a whole bucket of a higher interval. A bucket holds
the rows that open within [k x target, (k + 1) x target) since the epoch, UTC. It is whole when no
row of it is missing; a bucket that is not whole does not exist, so that no value is ever made of
a part of an interval.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from domain.market.messages import DataFault

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Codes: TypeAlias = npt.NDArray[np.int8]
CODE: Final = {fault: 1 + index for index, fault in enumerate(DataFault)}


class Buckets:
    """The whole buckets of *target_ms* among sorted, distinct bars of *interval_ms*.

    *target_ms* must be a multiple of *interval_ms*. `open_time` holds each bucket's start in
    UTC ms; `last` the row whose close completes it.
    """

    def __init__(self, open_time: Ints, interval_ms: int, target_ms: int) -> None:
        """Find the buckets; all else is read from columns of the same length."""
        if len(open_time) == 0:
            edges = np.zeros(1, np.int64)
        else:
            first, last = int(open_time[0]) // target_ms, int(open_time[-1]) // target_ms
            edges = np.arange(first, last + 2, dtype=np.int64) * target_ms
        bounds = np.searchsorted(open_time, edges).astype(np.int64)
        whole = np.diff(bounds) == target_ms // interval_ms
        self.open_time: Ints = edges[:-1][whole]
        self._starts: Ints = bounds[:-1][whole]
        self._stops: Ints = bounds[1:][whole]
        self.last: Ints = self._stops - 1

    def __len__(self) -> int:
        """Return the number of whole buckets."""
        return len(self.open_time)

    def first(self, column: Floats) -> Floats:
        """Return the first value of each bucket."""
        return column[self._starts]

    def final(self, column: Floats) -> Floats:
        """Return the last value of each bucket."""
        return column[self.last]

    def highest(self, column: Floats) -> Floats:
        """Return the greatest value of each bucket."""
        return self._reduce(np.maximum, column)

    def lowest(self, column: Floats) -> Floats:
        """Return the smallest value of each bucket."""
        return self._reduce(np.minimum, column)

    def total(self, column: Floats) -> Floats:
        """Return the sum of each bucket."""
        return self._reduce(np.add, column)

    def _reduce(self, operation: np.ufunc, column: Floats) -> Floats:
        if len(self) == 0:
            return np.empty(0)
        # Buckets that are not whole lie between the others: reduce over pairs (start, stop) and
        # keep every other result. A stop past the end is left out: the last run ends there anyway.
        pairs = np.column_stack((self._starts, self._stops)).ravel()
        if pairs[-1] == len(column):
            pairs = pairs[:-1]
        reduced: Floats = operation.reduceat(column, pairs)[::2]
        return reduced


def arrays(*columns: object) -> tuple[Floats, ...]:
    """Return *columns* as contiguous float64 arrays, copying only those that are not."""
    return tuple(np.ascontiguousarray(column, dtype=np.float64) for column in columns)


def impossible(opened: Floats, high: Floats, low: Floats, close: Floats, volume: Floats) -> Codes:
    """Return 0 for each bar that can be, else `CODE` of NON_FINITE, NON_POSITIVE, HIGH_BELOW_LOW.

    The mirror of rule 1 of `domain.market.data_guard`.
    """
    codes = np.zeros(len(close), np.int8)
    top, bottom = np.maximum(opened, close), np.minimum(opened, close)
    # The usual case, clean columns, ends here; NaN makes every comparison false.
    sound = (low > 0) & (low <= bottom) & (top <= high) & (high < np.inf)
    sound &= (volume >= 0) & (volume < np.inf)
    if sound.all():
        return codes
    codes[(high < top) | (low > bottom)] = CODE[DataFault.HIGH_BELOW_LOW]
    least = np.minimum(bottom, np.minimum(low, high))
    codes[(least <= 0) | (volume < 0)] = CODE[DataFault.NON_POSITIVE]
    finite = np.isfinite(opened) & np.isfinite(high) & np.isfinite(low) & np.isfinite(close)
    codes[~(finite & np.isfinite(volume))] = CODE[DataFault.NON_FINITE]
    return codes
