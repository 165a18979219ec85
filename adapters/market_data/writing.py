"""Clean history as Parquet files, there whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.market_data.columns import Rows
from adapters.market_data.intervals import interval_text
from adapters.market_data.report import iso
from application.errors import StoreUnavailable

_FLOATS: Final = ("open", "high", "low", "close", "volume")


def file_name(symbol: str, interval_ms: int, rows: Rows) -> str:
    """Return SYMBOL-INTERVAL-FIRSTDAY-LASTDAY.parquet, in days UTC."""
    days = (iso(int(rows.open_time[end]))[:10].replace("-", "") for end in (0, -1))
    return f"{symbol}-{interval_text(interval_ms)}-{'-'.join(days)}.parquet"


def write_bars(folder: Path, symbol: str, interval_ms: int, rows: Rows) -> Path:
    """Write *rows* below *folder*, which is made if need be, and return the file.

    Raises `StoreUnavailable` when it cannot be written; a file of that name is then as it was.
    """
    path = folder / file_name(symbol, interval_ms, rows)
    table = pa.table(dict(zip(("open_time", *_FLOATS), rows, strict=True)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(path, lambda temporary: _write(table, temporary))
    except OSError as error:
        raise StoreUnavailable(
            f"{path}: cannot be written ({error}); free space there or choose another --out"
        ) from error
    return path


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(
        table,
        path,
        compression="zstd",
        use_dictionary=False,
        column_encoding={
            "open_time": "DELTA_BINARY_PACKED",
            **dict.fromkeys(_FLOATS, "BYTE_STREAM_SPLIT"),
        },
    )


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside *path*, sync, and rename: a crash leaves the old file or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        _sync(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
