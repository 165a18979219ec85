"""Funding rates from a file: time, symbol, rate."""

from collections.abc import Collection
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import csv

from adapters.bar_arrays import Floats, Ints
from adapters.market_data.arrow import floats
from adapters.market_data.report import iso
from adapters.market_data.tables import plain, read_parquet
from adapters.market_data.times import NO_TIME, times_ms
from application.errors import BadInput
from domain.market.bars import MINUTE_MS, FundingRate

_TIME: Final = ("time", "funding_time", "fundingtime", "calc_time", "timestamp", "at_ms", "ts")
_SYMBOL: Final = ("symbol",)
_RATE: Final = ("rate", "funding_rate", "fundingrate", "last_funding_rate")
# No venue settles more than this at once; a larger number is in per cent or worse.
_RATE_MAX: Final = 0.05


def load_funding(path: Path, symbols: Collection[str]) -> tuple[FundingRate, ...]:
    """Return the rates of *symbols*, by time and then symbol, at whole minutes.

    Venues report a settlement a few ms after it; the bar it belongs to ends on the minute. Raises
    `BadInput` with every fault of the file.
    """
    times, names, rates = _columns(path, symbols)
    problems = [
        f"{path}: {count} {what}, first at row {first} of the symbols asked for; correct the file"
        for what, bad in (
            ("times that cannot be read", times == NO_TIME),
            ("rates that are not numbers", ~np.isfinite(rates)),
            (f"rates beyond +-{_RATE_MAX} (fractions are expected, not per cent)", _beyond(rates)),
        )
        if (count := int(bad.sum())) and (first := int(bad.argmax()) + 1)
    ]
    whole = times // MINUTE_MS * MINUTE_MS
    settled = sorted(zip(whole.tolist(), names, rates.tolist(), strict=True))
    problems += [
        f"{path}: {symbol} is settled twice at {iso(at_ms)}; remove one"
        for (at_ms, symbol, _), (next_ms, other, _) in pairwise(settled)
        if at_ms == next_ms and symbol == other
    ]
    if problems:
        raise BadInput(*problems)
    return tuple(FundingRate(symbol, at_ms, rate) for at_ms, symbol, rate in settled)


def _beyond(rates: Floats) -> Any:  # noqa: ANN401 - a bool array
    return np.abs(np.nan_to_num(rates)) > _RATE_MAX


def _columns(path: Path, symbols: Collection[str]) -> tuple[Ints, list[str], Floats]:
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file of funding rates")
    try:
        table = _read(path)
        there = {plain(name): name for name in table.column_names}
        picked = [
            next((there[alias] for alias in aliases if alias in there), None)
            for aliases in (_TIME, _SYMBOL, _RATE)
        ]
        if None in picked:
            found = ", ".join(table.column_names)
            raise BadInput(f"{path}: needs columns time, symbol, rate; it has {found}")
        times, rates = times_ms(table.column(picked[0])), floats(table.column(picked[2]))
        names = table.column(picked[1]).to_pylist()
    except (pa.ArrowException, OSError) as error:
        told = str(error).splitlines()[0]
        raise BadInput(f"{path}: unreadable or truncated ({told}); fetch it again") from error
    asked = np.flatnonzero([name in symbols for name in names])
    return times[asked], [names[row] for row in asked], rates[asked]


def _read(path: Path) -> Any:  # noqa: ANN401 - a pyarrow table
    if path.suffix.lower() in (".parquet", ".pq", ".parq"):
        return read_parquet(path, frozenset(_TIME + _SYMBOL + _RATE))
    return csv.read_csv(path)
