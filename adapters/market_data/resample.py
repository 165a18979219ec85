"""Bars of a higher interval out of finer ones: whole buckets only, aligned to UTC."""

from adapters.bar_arrays import Buckets
from adapters.market_data.columns import Rows, bar_columns, rows_of
from adapters.market_data.intervals import interval_text
from application.errors import BadInput
from domain.market.bars import BarColumns


def resample(bars: BarColumns, interval_ms: int) -> BarColumns:
    """Return *bars* aggregated to *interval_ms*; the same bars when that is their interval.

    Raises `BadInput` when the interval is not a multiple of that of *bars*.
    """
    if interval_ms == bars.interval_ms:
        return bars
    if interval_ms % bars.interval_ms:
        raise BadInput(
            f"{bars.symbol}: {interval_text(interval_ms)} bars cannot be made of "
            f"{interval_text(bars.interval_ms)} bars; choose a multiple"
        )
    rows = rows_of(bars)
    buckets = Buckets(rows.open_time, bars.interval_ms, interval_ms)
    made = Rows(
        buckets.open_time,
        buckets.first(rows.open),
        buckets.highest(rows.high),
        buckets.lowest(rows.low),
        buckets.final(rows.close),
        buckets.total(rows.volume),
    )
    return bar_columns(bars.symbol, interval_ms, made)
