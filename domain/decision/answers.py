"""What is heard of single orders: that nobody knows, that the venue does not, how they stand.

Rule 1: an entry in doubt is never sent again. What is proven absent is over, but remembered.
Rule 2: an order that turns out to be live after it was given up is canceled, and called for.
"""

from domain.decision import reports
from domain.decision.doubts import bury, doubt, put, settle
from domain.decision.messages import Page, Severity
from domain.decision.state import Turn
from domain.execution.messages import (
    CancelOrder,
    CancelRefused,
    OrderAbsent,
    OrderAccepted,
    OrderCanceled,
    OrderRead,
    OrderRejected,
    OrderStatus,
    OrderUnknown,
    QueryOrder,
)
from domain.execution.order import Order, OrderState
from domain.execution.reconciliation import (
    SECOND_MS,
    Doubt,
    Reconciliation,
    answered_absent,
    is_absent,
)
from domain.shared.identity import Leg, own_id

PROVEN_ABSENT = "proven_absent"
UNPROVEN = (OrderState.INTENT, OrderState.SUBMITTED, OrderState.UNKNOWN)


def hear(turn: Turn, heard: OrderUnknown | OrderAbsent | OrderRead | CancelRefused) -> None:
    """Hear of one order."""
    order = turn.orders.get(heard.client_id)
    if order is None:
        if isinstance(heard, OrderRead) and heard.status is OrderStatus.LIVE:
            call_off(turn, heard.client_id, heard.symbol)
        return
    match heard:
        case OrderUnknown():
            if order.state in UNPROVEN:
                doubt(turn, order, heard.evidence)
        case OrderAbsent():
            _absent(turn, order)
        case OrderRead():
            _read(turn, order, heard)
        case CancelRefused():
            # Gone, or not yet there, or the venue was too busy: only the order itself can tell.
            if _of(turn).remote and order.client_id not in _of(turn).doubts:
                turn.asked.append(QueryOrder(turn.at_ms, order.client_id, order.symbol))


def accepted(turn: Turn, heard: OrderAccepted) -> None:
    """Hear that the venue has an order; one that was proven absent is called off."""
    grave = _of(turn).graves.get(heard.client_id)
    if grave is not None and not grave.ended:
        call_off(turn, heard.client_id, heard.symbol)
    else:
        reports.accepted(turn, heard)


def prove(turn: Turn, listed: frozenset[str], asked_ms: int) -> None:
    """End the orders that an account, asked for at *asked_ms*, proves to be nowhere."""
    reconciliation = _of(turn)
    for name, known in reconciliation.doubts.items():
        proven = is_absent(known, asked_ms, turn.policy)
        if not proven or name in listed or known.symbol in reconciliation.differing:
            continue
        order = turn.orders.get(name)
        if order is not None and order.leg is Leg.ENTRY:
            zombie_ms = turn.policy.zombie_minutes * 60 * SECOND_MS
            bury(turn, order, turn.at_ms + zombie_ms)
        settle(turn, name, PROVEN_ABSENT)
        reports.ended(turn, OrderCanceled(turn.at_ms, name, known.symbol, PROVEN_ABSENT))


def call_off(turn: Turn, client_id: str, symbol: str) -> None:
    """Cancel an order of ours that the desk does not know to be live; a late entry is paged."""
    own = own_id(client_id)
    if own is None or own.epoch > turn.fencing:
        return
    of_entry = own.leg is Leg.ENTRY
    turn.asked.append(CancelOrder(client_id, symbol, of_entry))
    if of_entry:
        text = f"{symbol}: an entry that had been given up is live after all: {client_id}"
        turn.asked.append(Page(turn.at_ms, Severity.CRITICAL, text))


def _absent(turn: Turn, order: Order) -> None:
    known = _of(turn).doubts.get(order.client_id)
    if known is not None:
        put(turn, order.client_id, answered_absent(known, turn.at_ms))
    elif _of(turn).remote:  # it was there once, and the account no longer lists it
        doubt(turn, order, "absent")


def _read(turn: Turn, order: Order, heard: OrderRead) -> None:
    at_ms, name, symbol = heard.at_ms, order.client_id, order.symbol
    if heard.status is OrderStatus.LIVE:
        settle(turn, name, "live")
        if order.state in UNPROVEN:
            reports.accepted(turn, OrderAccepted(at_ms, name, symbol))
        return
    known = _of(turn).doubts.get(name)
    if heard.filled > order.filled and not _waited(turn, known):
        if known is None:  # its fills are not in the trade history yet: ask again
            known = Doubt(symbol, turn.at_ms, turn.at_ms)
        put(turn, name, known._replace(asked_ms=turn.at_ms, absent=0))
        return
    settle(turn, name, heard.status.value)
    if heard.status is OrderStatus.REJECTED:
        reports.ended(turn, OrderRejected(at_ms, name, symbol, "rejected"))
    else:
        reports.ended(turn, OrderCanceled(at_ms, name, symbol, heard.status.value.lower()))


def _waited(turn: Turn, known: Doubt | None) -> bool:
    """Tell whether fills of an ended order have been missing for longer than records may lag."""
    settle_ms = turn.policy.settle_seconds * SECOND_MS
    return known is not None and turn.at_ms - known.begun_ms > settle_ms


def _of(turn: Turn) -> Reconciliation:
    return turn.oversight.reconciliation
