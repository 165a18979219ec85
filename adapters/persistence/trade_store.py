"""The trade state store on SQLite and PostgreSQL: one transaction a call, legal changes only.

Rule 1: what is told is compared with what is stored in the transaction that stores it, under the
lock of its only writer.
Rule 2: a change is known by its sequence, a fill by what the venue calls it: each is stored once.
Rule 3: after an error the next call connects anew, for an outage may end. Damage does not: a store
that was found damaged stays shut.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, or_, select

from adapters.persistence import trade_rows as rows
from adapters.persistence import trade_tables as tables
from adapters.persistence.database import prepare
from adapters.persistence.engines import engine_of, reading, writing
from adapters.persistence.trade_writes import Writes
from application.errors import ApplicationError, IntegrityFailure, StoreUnavailable
from application.ports.trade_store import (
    Change,
    OrderRow,
    PositionRow,
    TradeRow,
    TradeStore,
)
from domain.execution.messages import OrderFilled
from domain.execution.trade import TradeState

_OVER: Final = (TradeState.CLOSED.value, TradeState.ABORTED.value)


class SqlTradeStore:
    """Satisfies `TradeStore`. Calls may come from any thread."""

    def __init__(self, url: str) -> None:
        """Use the store at *url*, opened at its first use: an outage does not forbid a start.

        Raises `BadInput` for a URL that is none of a store.
        """
        self._engine = engine_of(url)
        self._writes = Writes(self._engine.dialect.name)
        self._is_prepared = False
        self._shut: ApplicationError | None = None

    def apply(self, changes: tuple[Change, ...]) -> None:
        """Store *changes*, all or none. Raises `IllegalTransition` and `StoreUnavailable`."""
        with self._open(), writing(self._engine) as connection:
            self._writes.lock(connection)
            last = _sequence(connection)
            new = []
            for change in changes:
                if change.sequence > last:
                    new.append(change)
                    last = change.sequence
            if new:
                self._writes.store(connection, new)

    def sequence(self) -> int:
        """Return the sequence of the last change stored, 0 for none."""
        with self._open(), reading(self._engine) as connection:
            return _sequence(connection)

    def open_trades(self) -> tuple[TradeRow, ...]:
        """Return the trades that are neither closed nor aborted, by symbol."""
        is_open = tables.trades.c.state.not_in(_OVER)
        found = self._read(rows.TRADES.where(is_open).order_by(tables.trades.c.symbol))
        return rows.read(rows.trade_of, found)

    def trade(self, trade_id: str) -> TradeRow | None:
        """Return one trade."""
        found = self._read(rows.TRADES.where(tables.trades.c.trade_id == trade_id))
        return next(iter(rows.read(rows.trade_of, found)), None)

    def trades(self, since_ms: int = 0, limit: int = 1000) -> tuple[TradeRow, ...]:
        """Return the trades decided at or after *since_ms*, newest first, at most *limit*."""
        at = tables.trades.c.decided_ms
        newest = (at.desc(), tables.trades.c.trade_id.desc())
        found = self._read(rows.TRADES.where(at >= since_ms).order_by(*newest).limit(limit))
        return rows.read(rows.trade_of, found)

    def orders_of(self, trade_id: str) -> tuple[OrderRow, ...]:
        """Return the orders of one trade, oldest first."""
        mine = rows.ORDERS.where(tables.orders.c.trade_id == trade_id)
        return rows.read(rows.order_of, self._read(mine.order_by(tables.orders.c.number)))

    def fills_of(self, trade_id: str) -> tuple[OrderFilled, ...]:
        """Return the fills of one trade, oldest first.

        They are those of its orders, and those of nobody's order (a liquidation, a close by hand)
        on its symbol while it was open.
        """
        return rows.read(rows.fill_of, self._read(_fills_of(trade_id)))

    def positions(self) -> tuple[PositionRow, ...]:
        """Return what is held, by symbol."""
        found = self._read(rows.POSITIONS.order_by(tables.positions.c.symbol))
        return rows.read(rows.position_of, found)

    def close(self) -> None:
        """Let go of the store."""
        self._shut = self._shut or StoreUnavailable("the trade store is closed")
        self._engine.dispose()

    def _read(self, statement: Select[Any]) -> list[Any]:
        with self._open(), reading(self._engine) as connection:
            return list(connection.execute(statement))

    @contextmanager
    def _open(self) -> Iterator[None]:
        if self._shut is not None:
            raise type(self._shut)(*self._shut.args)
        try:
            if not self._is_prepared:
                prepare(self._engine)
                self._is_prepared = True
            yield
        except IntegrityFailure as error:
            self._shut = error
            raise


def _sequence(connection: Connection) -> int:
    return connection.execute(select(tables.applied.c.sequence)).scalar_one_or_none() or 0


def _fills_of(trade_id: str) -> Select[Any]:
    trade, order, fill = tables.trades.c, tables.orders.c, tables.fills.c
    strays = and_(
        order.client_id.is_(None),
        trade.opened_ms > 0,
        fill.at_ms >= trade.opened_ms,
        or_(trade.closed_ms == 0, fill.at_ms <= trade.closed_ms),
    )
    joined = tables.trades.join(tables.fills, fill.symbol == trade.symbol).outerjoin(
        tables.orders, order.client_id == fill.client_id
    )
    mine = and_(trade.trade_id == trade_id, or_(order.trade_id == trade_id, strays))
    return rows.FILLS.select_from(joined).where(mine).order_by(fill.number)


_: type[TradeStore] = SqlTradeStore
