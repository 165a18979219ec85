"""What becomes of orders short of a fill: accepted, canceled, rejected.

Rule 1: a trade is protected when the venue has accepted its stop, not when the stop was asked for.
Rule 2: a trade whose stop is gone is left at once.
"""

from typing import Final

from domain.decision import working
from domain.decision.closing import finish
from domain.decision.doubts import bury, settle
from domain.decision.facts import OrderRefusedByVenue, StopPlaced
from domain.decision.messages import Page, Severity
from domain.decision.orders import close, note
from domain.decision.oversight import refused_again
from domain.decision.safety_facts import AlertCode, RiskAlert
from domain.decision.state import State, Turn
from domain.decision.surveillance import react, remark
from domain.execution.messages import (
    LOCAL_CODES,
    CancelOrder,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
)
from domain.execution.order import Order, OrderEvent, after
from domain.execution.reconciliation import SECOND_MS
from domain.execution.trade import ExitReason, Trade, TradeEvent, state_after
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg


def quiet(state: State, report: OrderAccepted | OrderCanceled) -> State | None:
    """Return the state after a report that asks for nothing, or None if it may ask for more.

    Most reports are of this kind: an order other than a stop is accepted, the leftovers of a
    trade that is over are gone.
    """
    at_ms = max(state.at_ms, report.at_ms)
    order = state.orders.get(report.client_id)
    if state.oversight.reconciliation.remote:
        return None  # it is evidence, too
    if order is None:
        return state if at_ms == state.at_ms else state._replace(at_ms=at_ms)
    if isinstance(report, OrderAccepted):
        moved = after(order, OrderEvent.ACCEPT)
        if order.leg is Leg.STOP or moved is None:
            return None
        return state._replace(at_ms=at_ms, orders={**state.orders, order.client_id: moved})
    trade = state.trades.get(report.symbol)
    if trade is not None and trade.plan.trade_id == order.trade_id:
        return None
    orders = dict(state.orders)
    del orders[order.client_id]
    return state._replace(at_ms=at_ms, orders=orders)


def accepted(turn: Turn, report: OrderAccepted) -> None:
    """Book an acknowledgement; a stop that is accepted protects its trade."""
    order = turn.orders.get(report.client_id)
    if order is None:
        return
    settle(turn, order.client_id, "accepted")
    if not note(turn, order, OrderEvent.ACCEPT):
        return
    trade = turn.trades.get(report.symbol)
    if trade is None or order.trade_id != trade.plan.trade_id:
        return
    if order.leg is not Leg.STOP or order.price is None:
        return
    if trade.stop_id not in (None, order.client_id) and trade.stop is not None:
        old = trade.stop_id or ""
        turn.asked.append(CancelOrder(old, report.symbol, of_entry=False))
    state = state_after(trade.state, TradeEvent.PROTECT)
    turn.put_trade(trade._replace(state=state, stop=order.price, stop_id=order.client_id))
    turn.said.append(
        StopPlaced(report.at_ms, order.trade_id, report.symbol, order.price, order.client_id)
    )


def ended(turn: Turn, report: OrderCanceled | OrderRejected) -> None:
    """Book the end of an order, and mend what its end leaves open."""
    order = turn.orders.get(report.client_id)
    if order is None:
        return
    settle(turn, order.client_id, "ended")
    turn.drop_order(order.client_id)
    if isinstance(report, OrderRejected) and report.code not in LOCAL_CODES | working.CROSSED:
        turn.oversee(errors=(*turn.oversight.errors, turn.at_ms))
    if order.leg is Leg.EXIT and report.symbol in turn.book.positions:
        _close_refused(turn, report)
        _give_way(turn, report)
    _mend(turn, report, order)
    react(turn)


def _close_refused(turn: Turn, report: OrderCanceled | OrderRejected) -> None:
    """Note that a close came to nothing: it is asked again, sooner at first, and for ever."""
    symbol, code = report.symbol, _code_of(report)
    refused = refused_again(turn.oversight.refused, symbol, turn.at_ms)
    goal = turn.oversight.closure
    if goal is not None and goal.proved_ms is None:
        goal = goal._replace(refusals=goal.refusals + 1)
    turn.oversee(refused=refused, closure=goal)
    if refused[symbol].times == 1:
        text = f"{symbol}: the venue refused to close it: {code}; it is asked again"
        turn.said.append(RiskAlert(turn.at_ms, AlertCode.CLOSE_REFUSED, symbol, 1.0, 0.0, text))
        turn.asked.append(Page(turn.at_ms, Severity.CRITICAL, text))


# The venue will not let two orders reduce the same position: the target gives way to the close.
_CONFLICTS: Final = frozenset({"-4118"})


def _give_way(turn: Turn, report: OrderCanceled | OrderRejected) -> None:
    if _code_of(report) in _CONFLICTS:
        for order in turn.orders.values():
            if order.symbol == report.symbol and order.leg is Leg.TARGET:
                turn.asked.append(CancelOrder(order.client_id, order.symbol, of_entry=False))


def _code_of(report: OrderCanceled | OrderRejected) -> str:
    return report.code if isinstance(report, OrderRejected) else report.reason


def _mend(turn: Turn, report: OrderCanceled | OrderRejected, order: Order) -> None:
    """Say what became of an order of a trade, and go on from it."""
    trade = turn.trades.get(report.symbol)
    mine = trade is not None and trade.plan.trade_id == order.trade_id
    code = _code_of(report)
    if trade is None or not mine:
        return
    if order.leg is Leg.ENTRY:
        _entry_ended(turn, trade, order, code)
        if isinstance(report, OrderCanceled) and report.symbol not in turn.trades:
            _mourn(turn, order)
    elif order.leg is Leg.STOP:
        _stop_ended(turn, trade, order, code)
    elif order.leg is Leg.EXIT and trade.exit_id == order.client_id:
        turn.put_trade(trade._replace(exit_id=None))
    if code != "requested":
        refused = OrderRefusedByVenue(
            report.at_ms, order.trade_id, report.symbol, order.client_id, code
        )
        turn.said.append(refused)


def _entry_ended(turn: Turn, trade: Trade, order: Order, code: str) -> None:
    at_ms = turn.at_ms
    if not working.is_over(turn, trade, order, code):
        return
    trade = turn.trades[trade.plan.symbol]
    if trade.bought > ZERO:
        trade = working.complete(turn, trade, at_ms, order.client_id)
        turn.put_trade(trade)
        if trade.held <= ZERO:
            finish(turn, trade, at_ms, trade.exit_reason or ExitReason.EXTERNAL)
            remark(turn)
        return
    working.abort(turn, trade, code)


def _mourn(turn: Turn, order: Order) -> None:
    """Count an entry that was canceled for a while yet: what it filled may not be told so far."""
    known = turn.oversight.reconciliation
    if known.remote and order.client_id not in known.graves:
        bury(turn, order, turn.at_ms + turn.policy.settle_seconds * SECOND_MS, ended=True)


def _stop_ended(turn: Turn, trade: Trade, order: Order, code: str) -> None:
    """Leave a trade whose stop is gone, rather than stay unprotected.

    The desk itself never asks for the end of the stop that counts: another hand did.
    """
    counts = order.client_id == trade.stop_id
    if trade.held <= ZERO or (code == "requested" and not counts):
        return
    if counts:
        trade = trade._replace(stop=None, stop_id=None)
        close(turn, trade, ExitReason.UNPROTECTED)
    else:  # a better stop whose price has already passed: it should have fired
        close(turn, trade, ExitReason.TRAILING_STOP)
