"""Analytics in bulk: volatility, regime and data faults of every bar of a symbol.

The bars are aggregated to the policy's regime interval; ATR, ADX, slope and volume ratio are
computed over those few bars, the domain's regime is folded over them, and each native bar is told
what the last bucket completed at or before its own close says. Row t knows nothing after t.
"""

from typing import Final, TypeVar

import numpy as np

from adapters.bar_arrays import CODE, Buckets, Codes, Floats, Ints, arrays
from adapters.features import indicators as ta
from adapters.features.faults import faults_of
from application.ports.analyst import Analyst, AnalyticsColumns
from domain.governance.policy import Policy
from domain.market.bars import MINUTE_MS, BarColumns
from domain.market.data_guard import UNUSABLE
from domain.market.messages import DataFault, Regime
from domain.market.regime import RegimeReading, RegimeState, observe

PERIOD: Final = 14
VOLUME_BARS: Final = 25  # odd, so that the median is one of them; known no later than ADX
_CODE: Final = {regime: index for index, regime in enumerate(Regime)}
_UNKNOWN: Final = _CODE[Regime.UNKNOWN]
# Indexed by a fault's code.
_UNUSABLE: Final = np.array([False, *(fault in UNUSABLE for fault in DataFault)])
AnyColumn = TypeVar("AnyColumn", Floats, Codes)


class BulkAnalyst:
    """Studies whole columns. The same rows always give the same numbers, whatever follows them."""

    def study(self, bars: BarColumns, policy: Policy) -> AnalyticsColumns:
        """Return the analytics of every bar; fewer bars than the warm-up are all warm-up."""
        fault = faults_of(bars, policy)
        times: Ints = np.ascontiguousarray(bars.open_time, dtype=np.int64)
        columns = arrays(bars.high, bars.low, bars.close, bars.volume)
        # What cannot be used is not there: the rows around it are studied as if it had not come.
        unusable = _UNUSABLE[fault]
        rows = np.flatnonzero(~unusable) if unusable.any() else None
        if rows is not None:
            times, columns = times[rows], tuple(column[rows] for column in columns)
        buckets = Buckets(times, bars.interval_ms, regime_interval_ms(bars.interval_ms, policy))
        atr_fraction, regime = _studied(buckets, *columns, policy=policy)
        known_at = buckets.last if rows is None else rows[buckets.last]
        _mark_warm_up(fault, regime, known_at)
        return AnalyticsColumns(
            _spread(atr_fraction, np.nan, known_at, len(fault)),
            _spread(regime, _UNKNOWN, known_at, len(fault)),
            fault,
        )


def regime_interval_ms(interval_ms: int, policy: Policy) -> int:
    """Return the interval of the regime: the policy's, rounded up to whole native bars."""
    wanted = policy.regime_interval_minutes * MINUTE_MS
    return max(1, -(-wanted // interval_ms)) * interval_ms


def slope(close: Floats) -> Floats:
    """Return the slope per bar of a line through the last 14 closes, as a fraction of the last."""
    fitted = np.full(len(close), np.nan)
    if len(close) >= PERIOD:
        offsets = np.arange(PERIOD) - (PERIOD - 1) / 2
        weights = offsets / float(np.sum(offsets**2))
        total = np.zeros(len(close) - PERIOD + 1)
        for lag, weight in enumerate(weights.tolist()):
            total += weight * close[lag : lag + len(total)]
        fitted[PERIOD - 1 :] = total / close[PERIOD - 1 :]
    return fitted


def volume_ratio(volume: Floats) -> Floats:
    """Return volume over the median of the last 25; where the median is zero, zero."""
    ratio = np.full(len(volume), np.nan)
    if len(volume) >= VOLUME_BARS:
        windows = np.lib.stride_tricks.sliding_window_view(volume, VOLUME_BARS)
        middle = VOLUME_BARS // 2
        median = np.partition(windows, middle, axis=1)[:, middle]
        known = np.zeros(len(median))
        ratio[VOLUME_BARS - 1 :] = np.divide(
            volume[VOLUME_BARS - 1 :], median, out=known, where=median > 0
        )
    return ratio


def _studied(
    buckets: Buckets, high: Floats, low: Floats, close: Floats, volume: Floats, *, policy: Policy
) -> tuple[Floats, Codes]:
    """Return ATR/price and regime of every bucket."""
    high, low = buckets.highest(high), buckets.lowest(low)
    close, volume = buckets.final(close), buckets.total(volume)
    atr_fraction = ta.atr(high, low, close, PERIOD) / close
    adx = ta.directional(high, low, PERIOD).adx
    readings = (atr_fraction, adx, slope(close), volume_ratio(volume))
    state = RegimeState()
    codes = []
    for reading in map(RegimeReading, *(column.tolist() for column in readings)):
        state = observe(state, reading, policy)
        codes.append(_CODE[state.regime])
    return atr_fraction, np.array(codes, np.int8)


def _spread(values: AnyColumn, unknown: float, last: Ints, rows: int) -> AnyColumn:
    """Give each native row the value of the last bucket completed by its close."""
    known_from = int(last[0]) if len(last) else rows
    counts = np.diff(np.append(last, rows))
    spread = np.empty(rows, values.dtype)
    spread[:known_from] = unknown
    spread[known_from:] = np.repeat(values, counts)
    return spread


def _mark_warm_up(fault: Codes, regime: Codes, last: Ints) -> None:
    known = np.flatnonzero(regime != _UNKNOWN)
    first = int(last[known[0]]) if len(known) else len(fault)
    warming = fault[:first]
    warming[warming == 0] = CODE[DataFault.WARM_UP]


_: type[Analyst] = BulkAnalyst
