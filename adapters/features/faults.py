"""The data guard over whole columns: the mirror of `domain.market.data_guard`, row for row.

The two are held against each other by a property test; the rules stand in the domain.
"""

import numpy as np

from adapters.bar_arrays import CODE, Codes, Floats, Ints, arrays, impossible
from domain.market.bars import MINUTE_MS, BarColumns
from domain.market.data_guard import GuardRules
from domain.market.messages import DataFault


def faults_of(bars: BarColumns, policy: GuardRules) -> Codes:
    """Return each row's fault: 0 for none, else 1 + its index among the `DataFault`s."""
    codes = impossible(*arrays(bars.open, bars.high, bars.low, bars.close, bars.volume))
    times: Ints = np.ascontiguousarray(bars.open_time, dtype=np.int64)
    _mark_untimely(codes, times)
    used = codes == 0
    if used.all():
        close, volume = arrays(bars.close, bars.volume)
        _mark_used(codes, times, close, volume, bars.interval_ms, policy)
        return codes
    close, volume = (column[used] for column in arrays(bars.close, bars.volume))
    part = np.zeros(int(used.sum()), np.int8)
    _mark_used(part, times[used], close, volume, bars.interval_ms, policy)
    codes[used] = part
    return codes


def _mark_untimely(codes: Codes, times: Ints) -> None:
    if len(times) == 0 or bool((times[1:] > times[:-1]).all()):
        return
    usable = np.where(codes == 0, times, np.iinfo(np.int64).min)
    latest = np.maximum.accumulate(usable)[:-1]
    late = np.zeros(len(times), np.bool_)
    late[1:] = times[1:] < latest
    same = np.zeros(len(times), np.bool_)
    same[1:] = times[1:] == latest
    codes[late & (codes == 0)] = CODE[DataFault.OUT_OF_ORDER]
    codes[same & (codes == 0)] = CODE[DataFault.DUPLICATE]


def _mark_used(
    codes: Codes, times: Ints, close: Floats, volume: Floats, interval_ms: int, policy: GuardRules
) -> None:
    rows = len(times)
    if rows == 0:
        return
    _mark_stale(codes, volume, interval_ms, policy)
    ratio = close[1:] / close[:-1]
    codes[1:][np.abs(ratio - 1) > policy.jump_max] = CODE[DataFault.JUMP]
    if int(times[-1] - times[0]) > (rows - 1) * interval_ms:
        for row in np.flatnonzero(np.diff(times) > interval_ms) + 1:
            codes[row : row + policy.gap_pause_bars] = CODE[DataFault.GAP]


def _mark_stale(codes: Codes, volume: Floats, interval_ms: int, policy: GuardRules) -> None:
    idle = volume == 0
    if not idle.any():
        return
    needed = -(-policy.stale_minutes * MINUTE_MS // interval_ms)
    rows = np.arange(1, len(volume) + 1)
    streak = rows - np.maximum.accumulate(np.where(idle, 0, rows))
    codes[streak >= needed] = CODE[DataFault.STALE]
