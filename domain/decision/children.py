"""The children of an entry's work: the orders that it is made of, one after the other.

A child is an entry: it needs all that an entry needs at the moment it is sent, under the permit
with which the whole was approved.
"""

from decimal import Decimal
from typing import Final

from domain.decision.danger import permission
from domain.decision.orders import place_entry
from domain.decision.state import State, Turn
from domain.execution.messages import Permit, PlaceEntry
from domain.execution.order import Order, OrderState
from domain.execution.smart_execution import (
    Child,
    Work,
    collar_of,
    is_patient,
    next_child,
    resting_price,
)
from domain.execution.trade import Trade
from domain.shared.identity import Leg, client_id

_MINUTE_MS: Final = 60_000


def child_of(state: State | Turn, trade: Trade) -> Order | None:
    """Return the live entry order of *trade*, None when there is none."""
    for order in state.orders.values():
        if order.leg is Leg.ENTRY and order.trade_id == trade.plan.trade_id:
            return order
    return None


def is_unknown(order: Order | None) -> bool:
    """Tell whether nobody knows what became of *order*."""
    return order is not None and order.state is OrderState.UNKNOWN


def last_id(turn: Turn, trade: Trade, work: Work) -> str:
    """Return the client id of the child of *work* that was sent last."""
    return client_id(turn.fencing, trade.plan.trade_id, Leg.ENTRY, max(work.children - 1, 0))


def may_go_on(turn: Turn, trade: Trade, work: Work) -> bool:
    """Tell whether another child may be sent: as an entry might, and its permit stands."""
    epoch, version, expires_ms = work.permit
    policy, oversight, symbol = turn.policy, turn.oversight, trade.plan.symbol
    known = oversight.reconciliation
    lapsed = policy.expires_ms and turn.at_ms >= policy.expires_ms
    governed = version == policy.version and policy.allow_new_trades and not lapsed
    sure = known.is_synced and not (known.remote and known.is_quarantined(symbol))
    return (
        not trade.is_left
        and epoch == turn.stop.epoch
        and turn.at_ms < expires_ms
        and governed
        and sure
        and symbol not in oversight.stale
        and permission(turn).entries
    )


def has_more(turn: Turn, trade: Trade, work: Work) -> bool:
    """Tell whether something is left that may be sent, now or when it is due."""
    enough = trade.plan.ordered - trade.bought >= work.least
    late = work.rests and not is_patient(work, turn.at_ms)
    return enough and (not late or turn.policy.passive_takes)


def send(turn: Turn, trade: Trade, work: Work) -> bool:
    """Send the next child; tell whether there was one to send."""
    now, left = turn.at_ms, trade.plan.ordered - trade.bought
    child = next_child(work, left, limit_of(turn, trade, work), now, turn.policy)
    if child is None:
        return False
    number = work.children
    since = now if work.rests else max(now - work.every_ms, work.next_ms)  # slices have a schedule
    due_ms = since + work.every_ms
    sent = work._replace(children=number + 1, price=child.price, next_ms=due_ms)
    turn.put_trade(trade._replace(work=sent))
    place(turn, trade, child, number, work.permit)
    if number:
        window = now - _MINUTE_MS
        turn.entries = (*(t for t in turn.entries if t > window), now)
    return True


def limit_of(turn: Turn, trade: Trade, work: Work) -> Decimal:
    """Return where a child of *work* would rest now."""
    plan, policy = trade.plan, turn.policy
    instrument = turn.instruments[plan.symbol]
    mark = turn.marks.get(plan.symbol)
    price = plan.price if mark is None else Decimal(mark)
    collar = collar_of(plan.side, plan.price, policy, instrument)
    return resting_price(work, plan.side, price, collar, policy, instrument)


def place(turn: Turn, trade: Trade, child: Child, number: int, permit: Permit) -> None:
    """Ask for *child*, the order of that *number* of the entry of *trade*."""
    plan = trade.plan
    entry = PlaceEntry(
        client_id(turn.fencing, plan.trade_id, Leg.ENTRY, number),
        plan.symbol,
        plan.side,
        child.kind,
        child.quantity,
        child.price,
        collar_of(plan.side, plan.price, turn.policy, turn.instruments[plan.symbol]),
        plan.leverage,
        permit,
    )
    place_entry(turn, entry, trade)
