"""How the desk asks: each order is named, remembered as live, and asked for in one place."""

from decimal import Decimal

from domain.decision.state import State, Turn
from domain.execution.messages import CancelOrder, OrderKind, PlaceEntry, PlaceExit
from domain.execution.order import Order, OrderEvent, OrderState, after
from domain.execution.trade import ExitReason, Trade, TradeEvent, state_after
from domain.shared.amounts import ZERO
from domain.shared.enums import Side
from domain.shared.identity import Leg, client_id, unborn_trace_id


def place_entry(turn: Turn, entry: PlaceEntry, trade: Trade) -> None:
    """Ask for the entry of *trade*, or for a part of it."""
    plan = trade.plan
    turn.put_order(
        Order(
            entry.client_id,
            plan.trade_id,
            plan.symbol,
            plan.side,
            entry.kind,
            Leg.ENTRY,
            entry.quantity,
            plan.price if entry.price is None else entry.price,
            ZERO,
            OrderState.SUBMITTED,
            turn.at_ms,
        )
    )
    turn.asked.append(entry)


def place_exit(
    turn: Turn,
    trade: Trade,
    leg: Leg,
    kind: OrderKind,
    quantity: Decimal | None,
    trigger: Decimal | None,
) -> tuple[Trade, str]:
    """Ask for an exit of *trade*; return the trade with its leg counted, and the order's id."""
    plan = trade.plan
    side = plan.side.opposite
    if leg is Leg.EXIT:
        count_close(turn)
    name = client_id(turn.fencing, plan.trade_id, leg, trade.legs)
    turn.put_order(
        Order(
            name,
            plan.trade_id,
            plan.symbol,
            side,
            kind,
            leg,
            quantity,
            trigger,
            ZERO,
            OrderState.SUBMITTED,
            turn.at_ms,
        )
    )
    turn.asked.append(PlaceExit(name, plan.symbol, side, kind, quantity, None, trigger))
    return trade._replace(legs=trade.legs + 1), name


def count_close(turn: Turn) -> None:
    """Count a close that was asked for on the way of an activation."""
    goal = turn.oversight.closure
    if goal is not None and goal.proved_ms is None:
        turn.oversee(closure=goal._replace(closes=goal.closes + 1))


def cancel_entries(turn: Turn, trade_id: str | None = None) -> None:
    """Cancel the entries of one trade, or all: what could still add risk goes first."""
    for order in turn.orders.values():
        if order.leg is Leg.ENTRY and trade_id in (None, order.trade_id):
            turn.asked.append(CancelOrder(order.client_id, order.symbol, of_entry=True))


def close(turn: Turn, trade: Trade, reason: ExitReason) -> None:
    """Close *trade* at market now. Its stop stays until it is flat; an entry is canceled."""
    cancel_entries(turn, trade.plan.trade_id)
    _leave(turn, trade, reason)


def _leave(turn: Turn, trade: Trade, reason: ExitReason) -> None:
    state = state_after(trade.state, TradeEvent.CLOSE)
    quantity = held_of(turn, trade)
    if quantity > ZERO and trade.exit_id is None:
        trade, name = place_exit(turn, trade, Leg.EXIT, OrderKind.MARKET, quantity, None)
        trade = trade._replace(exit_id=name)
    turn.put_trade(trade._replace(state=state, exit_reason=trade.exit_reason or reason))


def held_of(turn: Turn, trade: Trade) -> Decimal:
    """Return what is held of *trade* (unsigned), as far as the book holds it, too.

    Another hand may have sold a part of it, or all and more: that is not there to be left.
    """
    position = turn.book.positions.get(trade.plan.symbol)
    booked = ZERO if position is None else position.quantity * trade.plan.side.sign
    return max(ZERO, min(trade.held, booked))


def close_all(turn: Turn, reason: ExitReason) -> None:
    """Close every trade: cancel all entries, then leave all positions."""
    cancel_entries(turn)
    for trade in tuple(turn.trades.values()):
        _leave(turn, trade, reason)


def may_ask(turn: Turn, symbol: str) -> bool:
    """Tell whether *symbol* may be closed now: not before the pause after a refusal is over."""
    refusal = turn.oversight.refused.get(symbol)
    return refusal is None or turn.at_ms >= refusal.retry_ms


def close_strays(turn: Turn, only: str | None = None, *, at_once: bool = False) -> None:
    """Close what is held without a trade, of symbol *only* or of all: no stop guards it.

    *at_once*: a person asks, who does not wait for the pause after a refusal.
    """
    for symbol, position in turn.book.positions.items():
        if symbol not in turn.trades and only in (None, symbol):
            close_held(turn, symbol, position.quantity, at_once=at_once)


def close_held(turn: Turn, symbol: str, held: Decimal, *, at_once: bool = False) -> None:
    """Close *held* (signed) of *symbol*, which no trade minds, unless it is leaving already.

    Reduce-only, so it can do no harm if it is gone. A close of the other side, of a position that
    has been turned round since, takes nothing of this one away.
    """
    side = Side.SELL if held > ZERO else Side.BUY
    leaving = any(
        o.symbol == symbol and o.leg is Leg.EXIT and o.side is side for o in turn.orders.values()
    )
    if leaving or not (at_once or may_ask(turn, symbol)):
        return
    count_close(turn)
    trace = unborn_trace(turn, symbol)
    name = client_id(turn.fencing, trace, Leg.EXIT, 0)
    quantity, kind, state = abs(held), OrderKind.MARKET, OrderState.SUBMITTED
    turn.put_order(
        Order(name, trace, symbol, side, kind, Leg.EXIT, quantity, None, ZERO, state, turn.at_ms)
    )
    turn.asked.append(PlaceExit(name, symbol, side, kind, quantity, None, None))


def unborn_trace(turn: Turn, symbol: str) -> str:
    """Return a trace for what no signal gave birth to, never the same twice: it names orders."""
    reconciliation = turn.oversight.reconciliation
    named_ms = max(turn.at_ms, reconciliation.named_ms + 1)
    turn.oversee(reconciliation=reconciliation._replace(named_ms=named_ms))
    return unborn_trace_id(symbol, named_ms)


def may_still_open(state: State | Turn, trade: Trade) -> Decimal:
    """Return the quantity by which *trade* may still grow: live entries, and work yet to be done.

    An order that has not been sent yet counts as much as one that rests: the room for it is taken.
    """
    plan = trade.plan
    to_buy = plan.ordered - trade.bought
    if to_buy <= ZERO and trade.work is None:
        return ZERO
    resting, lives = ZERO, False
    for order in state.orders.values():
        if order.leg is Leg.ENTRY and order.trade_id == plan.trade_id:
            resting, lives = resting + (order.quantity or ZERO) - order.filled, True
    if trade.work is not None and not trade.is_left:
        return max(to_buy, resting)
    return min(to_buy, resting) if lives else ZERO


def cancel_rest(turn: Turn, trade_id: str) -> None:
    """Cancel what still rests of a trade that is flat."""
    for order in turn.orders.values():
        if order.trade_id == trade_id:
            of_entry = order.leg is Leg.ENTRY
            turn.asked.append(CancelOrder(order.client_id, order.symbol, of_entry))


def note(turn: Turn, order: Order, event: OrderEvent) -> bool:
    """Book *event* on a live *order*; tell whether it was expected. If not, nothing changes."""
    moved = after(order, event)
    if moved is not None:
        turn.put_order(moved)
    return moved is not None
