"""The orders whose outcome nobody knows.

Rule 1: doubt is no answer: an order stays UNKNOWN, and counts, until there is evidence.
Rule 2: the venue's own report outweighs whatever went wrong with a request.
"""

from domain.decision.orders import note
from domain.decision.safety_facts import DoubtResolved, OrderInDoubt
from domain.decision.state import Turn
from domain.execution.messages import CancelOrder, QueryOrder
from domain.execution.order import Order, OrderEvent
from domain.execution.reconciliation import Doubt, Grave, Reconciliation
from domain.risk.emergency_stop import EMERGENCY
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg


def doubt(turn: Turn, order: Order, evidence: str) -> None:
    """Note that nobody knows what became of *order*, which was just sent, or may have been."""
    known, now = _of(turn).doubts.get(order.client_id), turn.at_ms
    fresh = Doubt(order.symbol, now, now)
    if known is not None:
        fresh = fresh._replace(begun_ms=known.begun_ms)
    put(turn, order.client_id, fresh)
    if known is None:
        note(turn, order, OrderEvent.LOSE)
        turn.said.append(OrderInDoubt(now, order.trade_id, order.symbol, order.client_id, evidence))


def settle(turn: Turn, client_id: str, evidence: str) -> None:
    """Forget the doubt about *client_id*: there is evidence of it."""
    reconciliation = _of(turn)
    known = reconciliation.doubts.get(client_id)
    if known is None:
        return
    doubts = {name: one for name, one in reconciliation.doubts.items() if name != client_id}
    turn.oversee(reconciliation=reconciliation._replace(doubts=doubts))
    took_ms = turn.at_ms - known.begun_ms
    turn.said.append(DoubtResolved(turn.at_ms, known.symbol, client_id, evidence, took_ms))


def ask(turn: Turn) -> None:
    """Ask the venue for each doubtful order whose time has come."""
    now = turn.at_ms
    for name, known in _of(turn).doubts.items():
        if now >= known.query_ms:
            put(turn, name, known._replace(asked_ms=now))
            order = turn.orders.get(name)
            if order is not None and order.leg is Leg.ENTRY and _is_late(turn, order):
                turn.asked.append(CancelOrder(name, known.symbol, of_entry=True))
            turn.asked.append(QueryOrder(now, name, known.symbol))


def _is_late(turn: Turn, order: Order) -> bool:
    """Tell whether nobody wants the entry *order* any more."""
    trade = turn.trades.get(order.symbol)
    wanted = trade is not None and trade.plan.trade_id == order.trade_id
    is_old = turn.at_ms - order.sent_ms >= turn.policy.entry_ttl_ms
    return is_old or not wanted or turn.stop.mode is EMERGENCY


def bury(turn: Turn, order: Order, until_ms: int, *, ended: bool = False) -> None:
    """Go on counting what is left of the entry *order*, which is over, until *until_ms*."""
    reconciliation = _of(turn)
    price = order.price or ZERO  # of an entry: what it was decided at
    left = float(((order.quantity or order.filled) - order.filled) * price)
    grave = Grave(order.symbol, order.side, left, until_ms, ended)
    graves = {**reconciliation.graves, order.client_id: grave}
    turn.oversee(reconciliation=reconciliation._replace(graves=graves))


def forget_old(turn: Turn) -> None:
    """Let go of the graves whose time is over."""
    reconciliation = _of(turn)
    graves = {n: g for n, g in reconciliation.graves.items() if turn.at_ms < g.until_ms}
    if len(graves) != len(reconciliation.graves):
        turn.oversee(reconciliation=reconciliation._replace(graves=graves))


def put(turn: Turn, name: str, known: Doubt) -> None:
    """Remember what is known of the doubt about *name*."""
    reconciliation = _of(turn)
    doubts = {**reconciliation.doubts, name: known}
    turn.oversee(reconciliation=reconciliation._replace(doubts=doubts))


def _of(turn: Turn) -> Reconciliation:
    return turn.oversight.reconciliation
