"""Repair of a history: bad rows dropped, the rest sorted, each loss counted. Nothing is made up."""

from typing import Final

import numpy as np

from adapters.bar_arrays import CODE, impossible
from adapters.market_data.columns import Rows, take
from adapters.market_data.inspection import VALUE_FLAWS, Mask, off_grid, rising
from adapters.market_data.report import Flaw
from adapters.market_data.times import NO_TIME

# More rows than this off the grid are another interval, not strays: then what lies on the grid is
# not to be trusted either, and nothing is dropped.
_STRAYS_MAX: Final = 0.01


def repaired(rows: Rows, interval_ms: int) -> tuple[Rows, dict[Flaw, int]]:
    """Return sound, sorted, distinct rows, and how many rows each flaw cost.

    Of several bars for one time the last read is kept. `OUT_OF_ORDER` counts rows that were
    moved, not lost. Rows of another interval are left in, for the inspection to refuse.
    """
    cost: dict[Flaw, int] = {}
    timed = rows.open_time != NO_TIME
    rows = _kept(rows, timed, Flaw.NO_TIME, cost)
    for fault, flaw in VALUE_FLAWS:
        rows = _kept(rows, impossible(*rows[1:]) != CODE[fault], flaw, cost)
    off = off_grid(rows.open_time, interval_ms)
    if 0 < int(off.sum()) <= _STRAYS_MAX * len(off):
        rows = _kept(rows, ~off, Flaw.WRONG_STEP, cost)
    if rising(rows.open_time):
        return rows, cost
    times = rows.open_time
    moved = int((times[1:] < np.maximum.accumulate(times)[:-1]).sum())
    if moved:
        cost[Flaw.OUT_OF_ORDER] = moved
    rows = take(rows, np.argsort(times, kind="stable"))
    last = np.append(rows.open_time[1:] != rows.open_time[:-1], np.True_)
    return _kept(rows, last, Flaw.DUPLICATE, cost), cost


def _kept(rows: Rows, sound: Mask, flaw: Flaw, cost: dict[Flaw, int]) -> Rows:
    if sound.all():
        return rows
    cost[flaw] = cost.get(flaw, 0) + int((~sound).sum())
    return take(rows, np.flatnonzero(sound))
