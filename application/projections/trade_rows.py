"""Trades, orders and positions of the desk as rows of the trade state store."""

from decimal import Decimal
from typing import NamedTuple

from application.ports.trade_store import OrderRow, PositionRow, TradeRow
from domain.decision.facts import TradeAborted, TradeClosed
from domain.execution.messages import OrderFilled
from domain.execution.order import Order, OrderState
from domain.execution.trade import Trade, TradeState
from domain.portfolio.position import Position
from domain.shared.amounts import ZERO

Over = TradeClosed | TradeAborted
"""The last that is said of a trade."""


class Ended(NamedTuple):
    """How an order ended: in which state, when (UTC ms), and what it had filled by then."""

    state: OrderState
    at_ms: int
    filled: Decimal


def order_row(order: Order, ended: Ended | None) -> OrderRow:
    """Return the row of *order*, which *ended* so, or is live."""
    state, ended_ms, filled = ended or Ended(order.state, 0, order.filled)
    return OrderRow(
        order.client_id,
        order.trade_id,
        order.symbol,
        order.side,
        order.leg.value,
        order.kind.value,
        order.quantity,
        filled,
        state,
        order.sent_ms,
        ended_ms,
    )


def whole(fill: OrderFilled, order: Order | None) -> OrderFilled:
    """Return *fill* with what its *order* has still to fill after it, also when nobody told that.

    The trade history of a venue does not say it. An order that is no longer live has nothing left.
    """
    if fill.leaves is not None:
        return fill
    left = ZERO
    if order is not None and order.quantity is not None:
        left = max(ZERO, order.quantity - order.filled)
    return fill._replace(leaves=left)


def trade_row(trade: Trade, over: Over | None) -> TradeRow:
    """Return the row of *trade* as it was last seen, and is *over* or goes on."""
    plan = trade.plan
    row = TradeRow(
        plan.trade_id,
        plan.symbol,
        plan.side,
        trade.state,
        plan.decided_ms,
        trade.opened_ms,
        0,
        plan.ordered,
        trade.bought,
        trade.held,
        trade.entry_price if trade.bought > ZERO else None,
        trade.stop,
        trade.realised,
        trade.fees,
        trade.funding,
        trade.exit_reason.value if trade.exit_reason else None,
    )
    if over is None:
        return row
    if isinstance(over, TradeAborted):
        return row._replace(state=TradeState.ABORTED, closed_ms=over.at_ms, exit_reason=over.reason)
    return row._replace(
        state=TradeState.CLOSED,
        opened_ms=over.entry_ms,
        closed_ms=over.at_ms,
        bought=over.quantity,
        quantity=ZERO,
        entry_price=over.entry_price,
        realised=over.realised,
        fees=over.fees,
        funding=over.funding,
        exit_reason=str(over.reason),
    )


def position_row(position: Position) -> PositionRow:
    """Return the row of *position*."""
    return PositionRow(position.symbol, position.quantity, position.cost)
