"""How trades, orders, fills and positions lie in the store.

An order and a fill have a `number` that tells which came first; an open trade is found by the
index of those that are open, however many have closed.
"""

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint
from sqlalchemy import text as sql

from adapters.persistence.schema import WHOLE, counted, exact, table, text, whole

_OPEN: Final = sql("state NOT IN ('CLOSED', 'ABORTED')")

trades: Final = table(
    "trades",
    text("trade_id", is_key=True),
    text("symbol"),
    text("side"),
    text("state"),
    whole("decided_ms"),
    whole("opened_ms"),
    whole("closed_ms"),
    exact("ordered"),
    exact("bought"),
    exact("quantity"),
    exact("entry_price", is_optional=True),
    exact("stop", is_optional=True),
    exact("realised"),
    exact("fees"),
    exact("funding"),
    text("exit_reason", is_optional=True),
    Index("trades_by_time", "decided_ms"),
    Index("trades_open", "symbol", sqlite_where=_OPEN, postgresql_where=_OPEN),
)
orders: Final = table(
    "orders",
    counted("number"),
    text("client_id"),
    text("trade_id"),
    text("symbol"),
    text("side"),
    text("leg"),
    text("kind"),
    exact("quantity", is_optional=True),
    exact("filled"),
    text("state"),
    whole("sent_ms"),
    whole("ended_ms"),
    UniqueConstraint("client_id", name="orders_client_id"),
    Index("orders_by_trade", "trade_id"),
)
fills: Final = table(
    "fills",
    counted("number"),
    whole("at_ms"),
    text("client_id"),
    text("symbol"),
    text("side"),
    exact("quantity"),
    exact("price"),
    exact("fee"),
    text("liquidity"),
    text("venue_trade_id"),
    exact("leaves"),
    UniqueConstraint("symbol", "venue_trade_id", name="fills_once"),
    Index("fills_by_client_id", "client_id"),
)
positions: Final = table("positions", text("symbol", is_key=True), exact("quantity"), exact("cost"))
applied: Final = table(
    "applied",
    Column("id", WHOLE, primary_key=True, autoincrement=False),
    whole("sequence"),
    CheckConstraint("id = 1", name="applied_is_one_row"),
)
"""The sequence of the last change stored: one row."""
