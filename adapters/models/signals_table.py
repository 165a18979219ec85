"""The signal file as a table: read, checked whole, and turned into plain columns.

Every fault of the file is found before any is reported, with its rows (counted from 1, the header
not counted) and what to write instead.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv, parquet

from application.errors import BadInput
from domain.shared.enums import Action
from domain.shared.identity import is_symbol

_ACTION_CODES: Final[dict[str, int]] = {
    Action.BUY: 1,
    Action.SELL: -1,
    Action.HOLD: 0,
    Action.FLAT: 2,
}
_REQUIRED: Final = ("time", "symbol", "action", "confidence")
_OPTIONAL: Final = ("stop", "target")
_ROWS_SHOWN: Final = 5
# Outside these (1990 and 2100) an integer is not a time in milliseconds but in some other unit.
_TIME_MIN_MS: Final = 631_152_000_000
_TIME_MAX_MS: Final = 4_102_444_800_000
_UTC_MS: Final = pa.timestamp("ms", "UTC")
_TIME_REMEDY: Final = "write UTC milliseconds, or ISO-8601 with a zone as 2024-01-31T12:00:00Z"

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class SignalTable(NamedTuple):
    """The rows of a signal file, sorted by symbol, then time.

    `symbols` are the names, `symbol` the index of each row's name. `time` in UTC ms. `action` is
    coded as in `VoteColumns`. `stop` and `target` are absolute prices, NaN for none.
    """

    symbols: tuple[str, ...]
    symbol: Integers
    time: Integers
    action: NDArray[np.int8]
    confidence: Floats
    stop: Floats
    target: Floats


def read_signal_table(path: Path) -> SignalTable:
    """Return the checked rows of *path* (`.parquet`, `.pq` or `.csv`).

    Raises `BadInput` with every fault of the file.
    """
    raw = _read(path)
    missing = [name for name in _REQUIRED if name not in raw]
    if missing:
        raise BadInput(*(f"{path}: column {name!r} is missing; add it" for name in missing))
    if not len(raw["time"]):
        raise BadInput(f"{path}: holds no signal; give at least one row")
    faults = _Faults(path)
    symbols, symbol = _names(raw["symbol"], is_symbol, "symbol", faults)
    actions, action = _names(raw["action"], _ACTION_CODES.__contains__, "action", faults)
    # The last is for rows without an action, whose index is -1: faulty, but still to be looked at.
    codes = np.array([*(_ACTION_CODES.get(name, 0) for name in actions), 0], np.int8)
    table = SignalTable(
        symbols=symbols,
        symbol=symbol,
        time=_times(raw["time"], faults),
        action=codes[action],
        confidence=_numbers(raw["confidence"], "confidence", faults),
        stop=_prices(raw, "stop", faults),
        target=_prices(raw, "target", faults),
    )
    return _checked(table, faults)


class _Faults:
    """Gathers what is wrong, so that all of it is said at once."""

    def __init__(self, path: Path) -> None:
        self.problems: list[str] = []
        self._path = path

    def add(self, wrong: Flags, what: str) -> None:
        """Note that the rows flagged by *wrong* have the fault *what* (with its remedy)."""
        rows = np.flatnonzero(wrong)
        if len(rows):
            self.problems.append(f"{self._path}: {name_rows(rows)}: {what}")


def name_rows(rows: Integers) -> str:
    """Return *rows* (from 0) in words, counted from 1, the first few by number."""
    shown = ", ".join(str(row + 1) for row in rows[:_ROWS_SHOWN])
    more = len(rows) - _ROWS_SHOWN
    return f"row{'s' * (len(rows) > 1)} {shown}" + (f" and {more} more" if more > 0 else "")


def _read(path: Path) -> dict[str, Any]:
    """Return the columns of *path* that are known here, by lower-case name."""
    try:
        table = _read_arrow(path)
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; give the path of a signal file") from None
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(f"{path}: cannot be read ({reason}); write it anew") from error
    wanted = {*_REQUIRED, *_OPTIONAL}
    named = ((str(name).strip().lower(), name) for name in table.column_names)
    columns = {plain: table.column(name) for plain, name in named if plain in wanted}
    nested = [name for name, column in columns.items() if pa.types.is_nested(column.type)]
    if nested:
        raise BadInput(*(f"{path}: column {name!r} holds no plain values" for name in nested))
    return {name: column.combine_chunks() for name, column in columns.items()}


def _read_arrow(path: Path) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Return the table of *path*; a CSV comes as text, to be judged row by row here."""
    match path.suffix.lower():
        case ".parquet" | ".pq":
            return parquet.read_table(path, partitioning=None)
        case ".csv":
            header = csv.open_csv(path).schema.names
            as_text = csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()))
            return csv.read_csv(path, convert_options=as_text)
        case other:
            raise BadInput(f"{path}: {other or 'no'} suffix is not known; use .parquet or .csv")


def _names(
    column: Any,  # noqa: ANN401 - a pyarrow array
    known: Callable[[str], bool],
    what: str,
    faults: _Faults,
) -> tuple[tuple[str, ...], Integers]:
    """Return the distinct capitals of *column* and, for each row, the index into them."""
    text = pc.utf8_upper(pc.utf8_trim_whitespace(column.cast(pa.string())))
    coded = text.dictionary_encode()
    names = tuple(coded.dictionary.to_pylist())
    index: Integers = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    for at, name in enumerate(names):
        if not known(name):
            remedy = "BUY, SELL, HOLD or FLAT" if what == "action" else "one such as BTCUSDT"
            faults.add(index == at, f"unknown {what} {name!r}; write {remedy}")
    faults.add(index < 0, f"{what} is empty; fill it")
    return names, index


def _times(column: Any, faults: _Faults) -> Integers:  # noqa: ANN401 - a pyarrow array
    """Return the times of *column* in UTC ms; 0 where it holds none."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz is None:
        faults.add(np.ones(len(column), np.bool_), f"time has no zone; {_TIME_REMEDY}")
        return np.zeros(len(column), np.int64)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        text = pc.utf8_trim_whitespace(column)
        none, digits = pa.scalar(None, kind), pc.match_substring_regex(text, r"^\d+$")
        whole, _ = _cast(pc.if_else(digits, text, none), pa.int64())
        moments, _ = _cast(pc.if_else(digits, none, text), _UTC_MS)
        parsed = pc.coalesce(whole, moments.cast(pa.int64()))
        wrong: Flags = parsed.is_null().to_numpy(zero_copy_only=False)
    else:
        parsed, wrong = _cast(column, _UTC_MS if pa.types.is_timestamp(kind) else pa.int64())
    faults.add(wrong, f"time cannot be read; {_TIME_REMEDY}")
    times: Integers = parsed.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    far = ((times < _TIME_MIN_MS) | (times > _TIME_MAX_MS)) & ~wrong
    faults.add(far, f"time is not in milliseconds; {_TIME_REMEDY}")
    return times


def _numbers(column: Any, what: str, faults: _Faults) -> Floats:  # noqa: ANN401 - a pyarrow array
    """Return *column* as floats, NaN where it is empty."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        blank = pc.equal(pc.utf8_trim_whitespace(column), "")
        column = pc.if_else(blank, pa.scalar(None, column.type), column)
    empty = column.is_null().to_numpy(zero_copy_only=False)
    parsed, wrong = _cast(column, pa.float64())
    faults.add(wrong & ~empty, f"{what} is not a number; write one such as 0.62")
    numbers: Floats = parsed.fill_null(np.nan).to_numpy(zero_copy_only=False)
    return numbers


def _prices(raw: dict[str, Any], what: str, faults: _Faults) -> Floats:
    """Return the optional price column *what*, NaN for none."""
    if what not in raw:
        return np.full(len(raw["time"]), np.nan)
    prices = _numbers(raw[what], what, faults)
    wrong = np.isinf(prices) | (prices <= 0)
    faults.add(wrong, f"{what} is not a price; write an absolute price above 0 or nothing")
    return prices


def _cast(column: Any, kind: Any) -> tuple[Any, Flags]:  # noqa: ANN401 - pyarrow arrays and types
    """Return *column* as *kind*, and the flags of the rows (null there) that are not of it."""
    try:
        parsed = column.cast(kind)
    except pa.ArrowException:
        # Something is wrong somewhere: now, and only now, find out row by row where.
        parsed = pa.array([_cast_one(cell, kind) for cell in column], kind)
    return parsed, parsed.is_null().to_numpy(zero_copy_only=False)


def _cast_one(cell: Any, kind: Any) -> Any:  # noqa: ANN401 - pyarrow scalars and types
    try:
        return cell.cast(kind).as_py()
    except pa.ArrowException:
        return None


def _checked(table: SignalTable, faults: _Faults) -> SignalTable:
    """Return *table* sorted, or raise `BadInput` with all that is wrong with it."""
    confident = (table.confidence >= 0) & (table.confidence <= 1)
    faults.add(~confident, "confidence is not within [0, 1]; write a probability such as 0.62")
    crossed = (table.target - table.stop) * table.action <= 0
    directed = np.abs(table.action) == 1
    faults.add(
        crossed & directed,
        "stop and target are on the wrong sides; a BUY has its stop below its target, a SELL above",
    )
    order = np.lexsort((table.time, table.symbol))
    time, symbol = table.time[order], table.symbol[order]
    again = np.flatnonzero((np.diff(time) == 0) & (np.diff(symbol) == 0) & (time[1:] > 0)) + 1
    doubled = np.zeros(len(order), np.bool_)
    doubled[order[again]] = True
    faults.add(doubled, "same time and symbol as an earlier row; keep one of them")
    if faults.problems:
        raise BadInput(*faults.problems)
    return SignalTable(
        symbols=table.symbols,
        symbol=symbol,
        time=time,
        action=table.action[order],
        confidence=table.confidence[order],
        stop=table.stop[order],
        target=table.target[order],
    )
