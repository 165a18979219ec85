"""Protection: what is open has an accepted stop within the bound, or is left; no stop outlives it.

Rule 1: only a stop that the venue has accepted covers anything, and a stop of a quantity covers
that much and no more. What is covered is fine, whatever else is on its way.
Rule 2: a stop that vanished is replaced while the bound lasts; one that the venue refused, or that
fired and left something, is not: its price has passed, and what is held must go.
Rule 3: beyond the bound there is one answer: leave. Doubt about a stop prolongs nothing.
Rule 4: an order whose trade is over, and a stop that a better one has replaced, are orphans.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.execution.order import Order, OrderState
from domain.execution.trade import Trade
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg


class Cover(StrEnum):
    """What is to be done about the stop of something held."""

    FINE = "fine"
    WAIT = "wait"
    REPLACE = "replace"
    LEAVE = "leave"


class Guard(NamedTuple):
    """What is known of the stop of one trade.

    `held` is the open quantity, unsigned. `covered` is the quantity of the accepted stop: 0 without
    one, None when it closes whatever there is. `stop` is the state of the stop that was asked for
    last, None when there is none. `uncovered_ms` is the time since when not all is covered.
    """

    held: Decimal
    covered: Decimal | None
    stop: OrderState | None
    uncovered_ms: int
    is_leaving: bool = False


# Without an accepted stop, and within the bound: by the state of the stop asked for last.
WITHIN_BOUND: Final[Mapping[OrderState | None, Cover]] = {
    None: Cover.REPLACE,
    OrderState.INTENT: Cover.WAIT,
    OrderState.SUBMITTED: Cover.WAIT,
    OrderState.UNKNOWN: Cover.WAIT,
    # Accepted, yet it does not cover all: the entry filled on.
    OrderState.ACCEPTED: Cover.REPLACE,
    OrderState.PARTIALLY_FILLED: Cover.WAIT,
    OrderState.FILLED: Cover.LEAVE,
    OrderState.CANCELED: Cover.REPLACE,
    OrderState.EXPIRED: Cover.REPLACE,
    OrderState.REJECTED: Cover.LEAVE,
}


def cover(guard: Guard, at_ms: int, protect_ms: int) -> Cover:
    """Return what to do at *at_ms* (UTC ms) about *guard*, whose bound is *protect_ms*."""
    if guard.held <= ZERO or guard.is_leaving:
        return Cover.FINE
    if guard.covered is None or guard.covered >= guard.held:
        return Cover.FINE
    if at_ms - guard.uncovered_ms > protect_ms:
        return Cover.LEAVE
    return WITHIN_BOUND[guard.stop]


def orphans(orders: Iterable[Order], trades: Mapping[str, Trade]) -> tuple[str, ...]:
    """Return the client ids of live *orders* that none of *trades* (by symbol) needs.

    A close is none: what it closes may be known to the venue alone, and it can only reduce.
    """
    return tuple(
        order.client_id
        for order in orders
        if order.leg is not Leg.EXIT and not _is_needed(order, trades.get(order.symbol))
    )


def _is_needed(order: Order, trade: Trade | None) -> bool:
    if trade is None or trade.plan.trade_id != order.trade_id:
        return False
    if order.leg is not Leg.STOP or trade.stop is None:
        return True
    return order.client_id == trade.stop_id or order.price == trade.stop_wanted
