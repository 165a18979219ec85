"""The trade state store: trades, orders, fills and positions, so that others can look at them.

The desk's own state is folded from the journal; this is its queryable image, and legal transitions
only get in. Every method raises `StoreUnavailable` when the store cannot be used: an outage never
looks like "no open trades".
"""

from decimal import Decimal
from typing import NamedTuple, Protocol

from domain.execution.messages import OrderFilled
from domain.execution.order import OrderState
from domain.execution.trade import TradeState
from domain.shared.enums import Side


class TradeRow(NamedTuple):
    """A trade as it stands. Money in USD, times in UTC ms (0: not yet); `quantity` still open."""

    trade_id: str
    symbol: str
    side: Side
    state: TradeState
    decided_ms: int
    opened_ms: int
    closed_ms: int
    ordered: Decimal
    bought: Decimal
    quantity: Decimal
    entry_price: Decimal | None
    stop: Decimal | None
    realised: Decimal
    fees: Decimal
    funding: Decimal
    exit_reason: str | None


class OrderRow(NamedTuple):
    """An order as it stands. `leg` is what it is for; `quantity` None closes the position."""

    client_id: str
    trade_id: str
    symbol: str
    side: Side
    leg: str
    kind: str
    quantity: Decimal | None
    filled: Decimal
    state: OrderState
    sent_ms: int
    ended_ms: int


class PositionRow(NamedTuple):
    """What is held of one symbol. `quantity` is signed, `cost` in USD has its sign."""

    symbol: str
    quantity: Decimal
    cost: Decimal


class Change(NamedTuple):
    """All that one event changed, stored as one transaction or not at all.

    `sequence` is that of the event in the journal: a change told twice is stored once.
    `positions` with a zero quantity are gone.
    """

    sequence: int
    trades: tuple[TradeRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    fills: tuple[OrderFilled, ...] = ()
    positions: tuple[PositionRow, ...] = ()


class TradeStore(Protocol):
    """Keeps what is traded."""

    def apply(self, changes: tuple[Change, ...]) -> None:
        """Store *changes*, each whole or not at all, in one transaction, in order.

        Raises `IllegalTransition` naming the trade or order whose state cannot follow the one
        stored; nothing is stored then.
        """

    def sequence(self) -> int:
        """Return the sequence of the last change stored, 0 for none."""

    def open_trades(self) -> tuple[TradeRow, ...]:
        """Return the trades that are neither closed nor aborted, by symbol."""

    def trade(self, trade_id: str) -> TradeRow | None:
        """Return one trade."""

    def trades(self, since_ms: int = 0, limit: int = 1000) -> tuple[TradeRow, ...]:
        """Return the trades decided at or after *since_ms*, newest first, at most *limit*."""

    def orders_of(self, trade_id: str) -> tuple[OrderRow, ...]:
        """Return the orders of one trade, oldest first."""

    def fills_of(self, trade_id: str) -> tuple[OrderFilled, ...]:
        """Return the fills of one trade, oldest first."""

    def positions(self) -> tuple[PositionRow, ...]:
        """Return what is held, by symbol."""

    def close(self) -> None:
        """Let go of the store."""
