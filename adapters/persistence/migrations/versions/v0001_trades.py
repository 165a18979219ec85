"""Trades, orders, fills and positions."""

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None
branch_labels: Final = None
depends_on: Final = None

_OPEN: Final = sa.text("state NOT IN ('CLOSED', 'ABORTED')")


def upgrade() -> None:
    """Add the tables."""
    _trades()
    _orders()
    _fills()
    op.create_table(
        "positions", _key("symbol"), _exact("quantity"), _exact("cost"), sqlite_strict=True
    )
    op.create_table(
        "applied",
        sa.Column("id", _whole_type(), primary_key=True, autoincrement=False),
        _whole("sequence"),
        sa.CheckConstraint("id = 1", name="applied_is_one_row"),
        sqlite_strict=True,
    )


def _trades() -> None:
    op.create_table(
        "trades",
        _key("trade_id"),
        *_each(_text, "symbol", "side", "state"),
        *_each(_whole, "decided_ms", "opened_ms", "closed_ms"),
        *_each(_exact, "ordered", "bought", "quantity"),
        _exact("entry_price", is_optional=True),
        _exact("stop", is_optional=True),
        *_each(_exact, "realised", "fees", "funding"),
        _text("exit_reason", is_optional=True),
        sqlite_strict=True,
    )
    op.create_index("trades_by_time", "trades", ["decided_ms"])
    op.create_index("trades_open", "trades", ["symbol"], sqlite_where=_OPEN, postgresql_where=_OPEN)


def _orders() -> None:
    op.create_table(
        "orders",
        _counted("number"),
        *_each(_text, "client_id", "trade_id", "symbol", "side", "leg", "kind"),
        _exact("quantity", is_optional=True),
        _exact("filled"),
        _text("state"),
        *_each(_whole, "sent_ms", "ended_ms"),
        sa.UniqueConstraint("client_id", name="orders_client_id"),
        sqlite_strict=True,
    )
    op.create_index("orders_by_trade", "orders", ["trade_id"])


def _fills() -> None:
    op.create_table(
        "fills",
        _counted("number"),
        _whole("at_ms"),
        *_each(_text, "client_id", "symbol", "side"),
        *_each(_exact, "quantity", "price", "fee"),
        *_each(_text, "liquidity", "venue_trade_id"),
        _exact("leaves"),
        sa.UniqueConstraint("symbol", "venue_trade_id", name="fills_once"),
        sqlite_strict=True,
    )
    op.create_index("fills_by_client_id", "fills", ["client_id"])


def _each(make: Callable[[str], sa.Column[Any]], *names: str) -> list[sa.Column[Any]]:
    return [make(name) for name in names]


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str, *, is_optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=is_optional)


def _whole_type() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, _whole_type(), nullable=False)


def _counted(name: str) -> sa.Column[int]:
    return sa.Column(name, _whole_type(), primary_key=True, autoincrement=True)


def _exact(name: str, *, is_optional: bool = False) -> sa.Column[Any]:
    kind = sa.Text().with_variant(sa.Numeric(), "postgresql")
    return sa.Column(name, kind, nullable=is_optional)
