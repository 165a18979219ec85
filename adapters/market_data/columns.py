"""Bars as arrays: the one place where columns of a history are built."""

from typing import NamedTuple

import numpy as np

from adapters.bar_arrays import Floats, Ints
from domain.market.bars import BarColumns
from domain.shared.errors import InvariantBroken


class Rows(NamedTuple):
    """The rows of one file as they were read: any order, possibly wrong. Times in UTC ms."""

    open_time: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


def rows_of(bars: BarColumns) -> Rows:
    """Return the columns of *bars* as arrays."""
    return Rows._make(np.asarray(column) for column in bars[2:])


def take(rows: Rows, chosen: Ints | slice) -> Rows:
    """Return the *chosen* rows, in that order."""
    return Rows._make(column[chosen] for column in rows)


def joined(parts: list[Rows]) -> Rows:
    """Return *parts* one after the other."""
    if len(parts) == 1:
        return parts[0]
    return Rows._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


def bar_columns(symbol: str, interval_ms: int, rows: Rows) -> BarColumns:
    """Return *rows* as bars. Contiguous; int64 times, float64 values.

    Raises `InvariantBroken` for columns of unequal length or times that do not rise: a history is
    inspected before it comes here.
    """
    times: Ints = np.ascontiguousarray(rows.open_time, dtype=np.int64)
    values = [np.ascontiguousarray(column, dtype=np.float64) for column in rows[1:]]
    if any(column.shape != times.shape for column in values) or times.ndim != 1:
        raise InvariantBroken(f"{symbol}: columns of unequal length")
    if not bool((times[1:] > times[:-1]).all()):
        raise InvariantBroken(f"{symbol}: times that do not rise")
    return BarColumns(symbol, interval_ms, times, *values)
