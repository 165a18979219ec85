"""Columns of times, however they are written, as UTC milliseconds."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa

from adapters.bar_arrays import Floats, Ints
from adapters.market_data.arrow import floats, integers

# Stands for a time that cannot be read; no time of a market is negative.
NO_TIME: Final = -1
# 2000-01-01 to 2100-01-01 in seconds. Times a thousand they are ms, and so on: as the four ranges
# do not meet, each number tells its own unit.
_FIRST_S: Final = 946_684_800
_LAST_S: Final = 4_102_444_800


def times_ms(column: Any) -> Ints:  # noqa: ANN401 - a pyarrow array, which has no types
    """Return an Arrow column of times as UTC ms; `NO_TIME` where there is none to read.

    Understands timestamps and dates (UTC where they carry no zone), ISO-8601 text, and numbers in
    s, ms, us or ns, told apart by their size.
    """
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _by_size(integers(column.cast(pa.timestamp("us"), safe=False), NO_TIME))
    if pa.types.is_integer(kind):
        return _by_size(integers(column, NO_TIME))
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _from_floats(floats(column))
    return np.array([_from_text(text) for text in column.to_pylist()], np.int64)


def _by_size(numbers: Ints) -> Ints:
    if len(numbers) == 0 or (_in_range(numbers.min(), 1000) and _in_range(numbers.max(), 1000)):
        return numbers
    converted = np.full(len(numbers), NO_TIME, np.int64)
    _convert(converted, numbers, 1, lambda seconds: seconds * 1000)
    _convert(converted, numbers, 10**3, lambda milliseconds: milliseconds)
    _convert(converted, numbers, 10**6, lambda microseconds: microseconds // 10**3)
    _convert(converted, numbers, 10**9, lambda nanoseconds: nanoseconds // 10**6)
    return converted


def _convert(converted: Ints, numbers: Ints, scale: int, to_ms: Callable[[Ints], Ints]) -> None:
    own = (numbers >= _FIRST_S * scale) & (numbers < _LAST_S * scale)
    converted[own] = to_ms(numbers[own])


def _in_range(number: int, scale: int) -> bool:
    return _FIRST_S * scale <= number < _LAST_S * scale


def _from_floats(numbers: Floats) -> Ints:
    known = np.nan_to_num(numbers, nan=NO_TIME, posinf=NO_TIME, neginf=NO_TIME)
    # Seconds alone are written with a fraction; the other units are whole.
    seconds = (known >= _FIRST_S) & (known < _LAST_S)
    whole = np.where(seconds, np.rint(known * 1000), known)
    return _by_size(np.clip(whole, -1, 2**62).astype(np.int64))


def _from_text(text: object) -> int:
    try:
        number = float(str(text))
    except ValueError:
        return _from_iso(str(text))
    return int(_from_floats(np.array([number]))[0])


def _from_iso(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return NO_TIME
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(_by_size(np.array([round(aware.timestamp() * 1000)]))[0])
