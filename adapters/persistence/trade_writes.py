"""What the trade store writes: changes folded to one row each, compared, then put in.

Rule 1: within a call, the last row told of a trade, an order or a position is the one that is
written; each on the way is compared with the one before it, as if it had been written.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, Insert, Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from adapters.persistence import trade_tables as tables
from adapters.persistence.trade_rows import standing_of_order, standing_of_trade, values_of
from application.ports.trade_store import Change, OrderRow, PositionRow, TradeRow
from application.transitions import Standing, require_legal
from domain.execution.order import OrderState
from domain.execution.trade import TradeState
from domain.shared.amounts import ZERO

_IDS_A_QUERY: Final = 500
_NUMBER: Final = "number"


class Writes:
    """The statements of one kind of database."""

    def __init__(self, dialect: str) -> None:
        """Prepare the statements for *dialect*, `sqlite` or `postgresql`."""
        self._locks = dialect == "postgresql"
        insert: Callable[[Table], Any] = postgresql.insert if self._locks else sqlite.insert
        self._trades = _replacing(insert(tables.trades), tables.trades, "trade_id")
        self._orders = _replacing(insert(tables.orders), tables.orders, "client_id")
        self._positions = _replacing(insert(tables.positions), tables.positions, "symbol")
        self._applied = _replacing(insert(tables.applied), tables.applied, "id")
        self._fills = insert(tables.fills).on_conflict_do_nothing()

    def lock(self, connection: Connection) -> None:
        """Keep other writers out until the transaction ends. SQLite's begins so."""
        if self._locks:
            connection.exec_driver_sql("LOCK TABLE applied IN EXCLUSIVE MODE")

    def store(self, connection: Connection, changes: Sequence[Change]) -> None:
        """Store *changes*. Raises `IllegalTransition`."""
        trades, orders = _folded_trades(connection, changes), _folded_orders(connection, changes)
        positions = {row.symbol: row for change in changes for row in change.positions}
        held = [row for row in positions.values() if row.quantity != ZERO]
        gone = [row.symbol for row in positions.values() if row.quantity == ZERO]
        self._put(connection, self._trades, trades)
        self._put(connection, self._orders, orders)
        self._put(connection, self._positions, held)
        if gone:
            statement = tables.positions.delete().where(tables.positions.c.symbol.in_(gone))
            connection.execute(statement)
        fills = [values_of(fill) for change in changes for fill in change.fills]
        if fills:
            connection.execute(self._fills, fills)
        connection.execute(self._applied, [{"id": 1, "sequence": changes[-1].sequence}])

    def _put(
        self,
        connection: Connection,
        statement: Insert,
        rows: Iterable[TradeRow | OrderRow | PositionRow],
    ) -> None:
        values = [values_of(row) for row in rows]
        if values:
            connection.execute(statement, values)


def _replacing(insert: Any, table: Table, key: str) -> Insert:  # noqa: ANN401 - of two dialects
    """Return *insert* made to replace the row that has the same *key*."""
    kept = {key, _NUMBER}
    new = {c.name: insert.excluded[c.name] for c in table.columns if c.name not in kept}
    statement: Insert = insert.on_conflict_do_update(index_elements=[key], set_=new)
    return statement


def _folded_trades(connection: Connection, changes: Sequence[Change]) -> list[TradeRow]:
    told = [row for change in changes for row in change.trades]
    t = tables.trades.c
    query = select(t.trade_id, t.state, t.bought, t.symbol, t.side)
    stands = {
        row[0]: Standing(TradeState(row[1]), row[2], tuple(row[3:]))
        for row in _found(connection, query, t.trade_id, [row.trade_id for row in told])
    }
    last = {}
    for row in told:
        _advance(stands, f"trade {row.trade_id}", row.trade_id, standing_of_trade(row))
        last[row.trade_id] = row
    return list(last.values())


def _folded_orders(connection: Connection, changes: Sequence[Change]) -> list[OrderRow]:
    told = [row for change in changes for row in change.orders]
    o = tables.orders.c
    query = select(o.client_id, o.state, o.filled, o.trade_id, o.symbol, o.side)
    stands = {
        row[0]: Standing(OrderState(row[1]), row[2], tuple(row[3:]))
        for row in _found(connection, query, o.client_id, [row.client_id for row in told])
    }
    last = {}
    for row in told:
        _advance(stands, f"order {row.client_id}", row.client_id, standing_of_order(row))
        last[row.client_id] = row
    return list(last.values())


def _advance(stands: dict[str, Standing], name: str, key: str, after: Standing) -> None:
    require_legal(name, stands.get(key), after)
    stands[key] = after


def _found(
    connection: Connection,
    query: Select[Any],
    key: Column[str],
    names: Sequence[str],
) -> Iterable[Any]:
    """Yield the rows of *query* whose *key* is one of *names*."""
    for first in range(0, len(names), _IDS_A_QUERY):
        yield from connection.execute(query.where(key.in_(names[first : first + _IDS_A_QUERY])))
