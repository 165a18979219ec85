"""Files of bars as rows: Parquet and CSV, whatever their columns are called."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from adapters.bar_arrays import Floats
from adapters.market_data.arrow import floats
from adapters.market_data.columns import Rows
from adapters.market_data.csv_text import read_csv
from adapters.market_data.report import Finding
from adapters.market_data.times import times_ms
from application.errors import BadInput

_PARQUET: Final = (".parquet", ".pq", ".parq")
# First match wins, so that a file with both has its open time read, not its close time.
_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "open_time": (
        "open_time",
        "opentime",
        "open_time_ms",
        "open_timestamp",
        "start_time",
        "start",
        "candle_begin_time",
        "timestamp",
        "timestamp_ms",
        "time",
        "time_ms",
        "datetime",
        "date",
        "ts",
        "t",
        "unix",
        "index",
        "__index_level_0__",
        "unnamed:_0",
        "",
    ),
    "open": ("open", "open_price", "o"),
    "high": ("high", "high_price", "max", "h"),
    "low": ("low", "low_price", "min", "l"),
    "close": ("close", "close_price", "last", "c"),
    "volume": ("volume", "vol", "base_volume", "volume_base", "volume_btc", "v"),
}


def read_rows(
    path: Path, columns: Mapping[str, str] | None = None
) -> tuple[Rows, tuple[Finding, ...]]:
    """Return the rows of a file, and what was wrong with its text.

    *columns* names the file's columns where the usual names do not do: ours -> theirs. Values
    that are no numbers come as NaN, times that are none as `NO_TIME`. Raises `BadInput` for a
    file that cannot be read, is empty, or lacks a column.
    """
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file")
    wanted = columns or {}
    try:
        table, found = _read(path, wanted)
    except (pa.ArrowException, OSError) as error:
        told = str(error).splitlines()[0]
        raise BadInput(f"{path}: unreadable or truncated ({told}); fetch it again") from error
    if table.num_rows == 0:
        raise BadInput(f"{path}: holds no rows; fetch it again")
    names = _mapped(path, table.column_names, wanted)
    values = [_numbers(table.column(names[ours])) for ours in list(_ALIASES)[1:]]
    return Rows(times_ms(table.column(names["open_time"])), *values), found


def read_parquet(path: Path, wanted: frozenset[str]) -> Any:  # noqa: ANN401 - a pyarrow table
    """Return the columns of a Parquet file whose plain names are *wanted*."""
    file = pq.ParquetFile(path)
    names = [name for name in file.schema_arrow.names if plain(name) in wanted]
    return file.read(columns=names)


def plain(name: str) -> str:
    """Return a column's name in lower case, with underscores for all that separates words."""
    return name.strip().lower().replace(" ", "_").replace("-", "_").replace(".", "_")


def _read(path: Path, columns: Mapping[str, str]) -> tuple[Any, tuple[Finding, ...]]:
    if path.suffix.lower() in _PARQUET:
        known = {alias for aliases in _ALIASES.values() for alias in aliases}
        return read_parquet(path, frozenset(known | {plain(x) for x in columns.values()})), ()
    return read_csv(path)


def _mapped(path: Path, there: list[str], columns: Mapping[str, str]) -> dict[str, str]:
    unknown = [f"{ours}={theirs}" for ours, theirs in columns.items() if ours not in _ALIASES]
    names, problems = {}, []
    if unknown:
        own = ", ".join(_ALIASES)
        problems.append(f"{path}: cannot map {', '.join(unknown)}; the left side is one of {own}")
    by_plain = {plain(name): name for name in reversed(there)}
    for ours, aliases in _ALIASES.items():
        sought = (plain(columns[ours]),) if ours in columns else aliases
        found = [by_plain[name] for name in sought if name in by_plain]
        if found:
            names[ours] = found[0]
        else:
            problems.append(
                f"{path}: no column {columns.get(ours, ours)!r} among {', '.join(there)}; "
                f"name it with --columns {ours}=NAME"
            )
    if problems:
        raise BadInput(*problems)
    return names


def _numbers(column: Any) -> Floats:  # noqa: ANN401 - a pyarrow array
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.array([_number(text) for text in column.to_pylist()], np.float64)
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan)
    return floats(column)


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")
