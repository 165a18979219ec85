"""Trades and fills as files for other programs: CSV or Parquet, by the suffix.

Amounts are exact: decimal text without an exponent in CSV, decimals of 18 places in Parquet (an
average price may have more: it is rounded there). Times in UTC ms, money in USD.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path
from typing import Final, NamedTuple

from adapters.reporting.files import replacing
from application.errors import BadInput
from domain.decision.facts import TradeClosed
from domain.execution.messages import OrderFilled
from domain.shared.enums import Side

TRADE_COLUMNS: Final = (
    "trade_id",
    "symbol",
    "side",
    "entry_time_ms",
    "entry_price",
    "exit_time_ms",
    "exit_price",
    "quantity",
    "fees",
    "funding",
    "net_pnl",
    "exit_reason",
    "trace_id",
    "realised",
    "net_r",
    "confidence",
    "regime",
)
FILL_COLUMNS: Final = (
    "time_ms",
    "symbol",
    "side",
    "quantity",
    "price",
    "fee",
    "liquidity",
    "client_id",
    "venue_trade_id",
)
_DIGITS: Final = 38
_PLACES: Final = 18
_STEP: Final = Decimal(1).scaleb(-_PLACES)
Cell = str | int | float | Decimal


class _Table(NamedTuple):
    """Columns by name, and of each what it holds."""

    names: tuple[str, ...]
    kinds: tuple[type, ...]
    rows: Iterable[tuple[Cell, ...]]


def write_trades(path: Path, trades: Sequence[TradeClosed]) -> None:
    """Write *trades* to *path*, one a row, columns `TRADE_COLUMNS`; side is LONG or SHORT.

    Raises `BadInput` for an unknown suffix and `StoreUnavailable` when it cannot be written.
    """
    amount = Decimal
    money = (amount, amount, amount)
    kinds = (str, str, str, int, amount, int, amount, amount, *money, str, str)
    _write(path, _Table(TRADE_COLUMNS, (*kinds, amount, float, float, str), map(_trade, trades)))


def write_fills(path: Path, fills: Sequence[OrderFilled]) -> None:
    """Write *fills* to *path*, one a row, columns `FILL_COLUMNS`; `fee` positive when paid.

    Raises `BadInput` for an unknown suffix and `StoreUnavailable` when it cannot be written.
    """
    kinds = (int, str, str, Decimal, Decimal, Decimal, str, str, str)
    _write(path, _Table(FILL_COLUMNS, kinds, map(_fill, fills)))


def require_suffix(path: Path) -> None:
    """Raise `BadInput` unless *path* ends in a suffix that can be written."""
    if path.suffix.lower() not in _WRITERS:
        raise BadInput(f"{path}: cannot tell the format; end the name in .csv or .parquet")


def _trade(trade: TradeClosed) -> tuple[Cell, ...]:
    return (
        trade.trade_id,
        trade.symbol,
        "LONG" if trade.side is Side.BUY else "SHORT",
        trade.entry_ms,
        trade.entry_price,
        trade.at_ms,
        trade.exit_price,
        trade.quantity,
        trade.fees,
        trade.funding,
        trade.net_pnl,
        str(trade.reason),
        # A trade carries the trace of the market event it was born at.
        trade.trade_id,
        trade.realised,
        trade.net_r,
        trade.confidence,
        str(trade.regime),
    )


def _fill(fill: OrderFilled) -> tuple[Cell, ...]:
    return (
        fill.at_ms,
        fill.symbol,
        str(fill.side),
        fill.quantity,
        fill.price,
        fill.fee,
        str(fill.liquidity),
        fill.client_id,
        fill.venue_trade_id,
    )


def _write(path: Path, table: _Table) -> None:
    require_suffix(path)
    with replacing(path) as partial:
        _WRITERS[path.suffix.lower()](partial, table)


def _write_csv(path: Path, table: _Table) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.names)
        writer.writerows(
            [f"{cell:f}" if isinstance(cell, Decimal) else cell for cell in row]
            for row in table.rows
        )


def _write_parquet(path: Path, table: _Table) -> None:
    # Imported here: a run that writes no Parquet does not pay for the library.
    import pyarrow as pa  # noqa: PLC0415 - see above
    import pyarrow.parquet as pq  # noqa: PLC0415 - see above

    types = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        Decimal: pa.decimal128(_DIGITS, _PLACES),
    }
    columns: list[list[Cell]] = [[] for _ in table.names]
    for row in table.rows:
        for column, cell in zip(columns, row, strict=True):
            column.append(cell)
    arrays = [
        pa.array(_fitted(column) if kind is Decimal else column, types[kind])
        for kind, column in zip(table.kinds, columns, strict=True)
    ]
    pq.write_table(pa.Table.from_arrays(arrays, names=list(table.names)), path)


def _fitted(column: Sequence[Cell]) -> list[Decimal]:
    """Return the amounts of *column* rounded to what the Parquet type can hold."""
    with localcontext() as context:
        context.prec = _DIGITS
        return [Decimal(cell).quantize(_STEP, ROUND_HALF_EVEN) for cell in column]


_WRITERS: Final[dict[str, Callable[[Path, _Table], None]]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".pq": _write_parquet,
}
