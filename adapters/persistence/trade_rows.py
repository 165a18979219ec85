"""Trades, orders, fills and positions as rows of the store, and back.

A row that cannot be read is an integrity failure: it is never passed over.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Column, Select, Table, select

from adapters.persistence import trade_tables as tables
from application.errors import IntegrityFailure
from application.ports.trade_store import OrderRow, PositionRow, TradeRow
from application.transitions import Standing
from domain.execution.messages import Liquidity, OrderFilled
from domain.execution.order import OrderState
from domain.execution.trade import TradeState
from domain.shared.enums import Side

Values = dict[str, Any]
Read = TypeVar("Read")


def _told(table: Table) -> Sequence[Column[Any]]:
    """Return the columns of *table* but the one that the store counts up by itself."""
    return [column for column in table.columns if column.name != "number"]


TRADES: Final[Select[Any]] = select(*_told(tables.trades))
ORDERS: Final[Select[Any]] = select(*_told(tables.orders))
FILLS: Final[Select[Any]] = select(*_told(tables.fills))
POSITIONS: Final[Select[Any]] = select(*_told(tables.positions))


def read(make: Callable[[Any], Read], rows: Iterable[Any]) -> tuple[Read, ...]:
    """Return what *rows* stand for. Raises `IntegrityFailure` at one that stands for nothing."""
    try:
        return tuple([make(row) for row in rows])
    except (ValueError, TypeError) as error:
        raise IntegrityFailure(f"a row of the store cannot be read: {error}") from error


def trade_of(row: Any) -> TradeRow:  # noqa: ANN401 - a row of the library
    """Return the trade in *row*."""
    trade_id, symbol, side, state, *rest = row
    return TradeRow(trade_id, symbol, Side(side), TradeState(state), *rest)


def order_of(row: Any) -> OrderRow:  # noqa: ANN401 - a row of the library
    """Return the order in *row*."""
    client_id, trade_id, symbol, side, leg, kind, quantity, filled, state, sent, ended = row
    return OrderRow(
        client_id,
        trade_id,
        symbol,
        Side(side),
        leg,
        kind,
        quantity,
        filled,
        OrderState(state),
        sent,
        ended,
    )


def fill_of(row: Any) -> OrderFilled:  # noqa: ANN401 - a row of the library
    """Return the fill in *row*."""
    at_ms, client_id, symbol, side, quantity, price, fee, liquidity, venue_id, leaves = row
    return OrderFilled(
        at_ms,
        client_id,
        symbol,
        Side(side),
        quantity,
        price,
        fee,
        Liquidity(liquidity),
        venue_id,
        leaves,
    )


def position_of(row: Any) -> PositionRow:  # noqa: ANN401 - a row of the library
    """Return the position in *row*."""
    return PositionRow(*row)


def values_of(row: TradeRow | OrderRow | OrderFilled | PositionRow) -> Values:
    """Return *row* by the names of its columns, each word as plain text."""
    values = row._asdict()
    for name in ("side", "state", "leg", "kind", "liquidity", "exit_reason"):
        word = values.get(name)
        if word is not None:
            values[name] = str(word)
    return values


def standing_of_trade(trade: TradeRow) -> Standing:
    """Return how *trade* stands."""
    return Standing(trade.state, trade.bought, (trade.symbol, str(trade.side)))


def standing_of_order(order: OrderRow) -> Standing:
    """Return how *order* stands."""
    return Standing(order.state, order.filled, (order.trade_id, order.symbol, str(order.side)))
