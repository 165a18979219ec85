"""The desk and its venue are held against each other: at the start, after a gap, and all the time.

Rule 1: the venue is right. What differs blocks entries at once; when it is proved to be no matter
of reports under way, the book is adjusted, and the adjustment is said and called for.
Rule 2: every order of ours that the venue lists is one that the desk knows, or it is canceled;
every order that the desk holds live is listed, or it is asked for.
Rule 3: orders of others are told of once, and kept or canceled as the policy says; their symbols
take no entry meanwhile. A younger desk on the account ends our entries: it is in charge.
"""

from domain.decision import adjusting, adoption, aligning, answers, doubts, reports
from domain.decision.answers import UNPROVEN
from domain.decision.messages import Page, Severity
from domain.decision.safety_facts import AlertCode, RiskAlert, Synced
from domain.decision.state import State, Turn
from domain.execution.messages import (
    AccountRead,
    CancelOrder,
    OrderAccepted,
    PlaceExit,
    QueryOrder,
    ReadAccount,
    StreamTurned,
)
from domain.execution.order import Order
from domain.execution.protection import orphans
from domain.execution.reconciliation import OVERLAP_MS, READ_SOON_MS, SECOND_MS, Reconciliation
from domain.execution.trade import Trade, TradeState
from domain.governance.policy import ForeignOrders
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg, own_id


def begin(turn: Turn, *, remote: bool) -> None:
    """Start anew: nothing that was asked before is taken for done.

    What only reduces is asked for once more under its own name; an entry is only asked after.
    """
    before = _of(turn)
    fresh = Reconciliation(
        remote,
        doubts=before.doubts,
        graves=before.graves,
        since_ms=before.since_ms,
        named_ms=before.named_ms,
    )
    turn.oversee(reconciliation=fresh)
    if not remote:
        return
    for order in tuple(turn.orders.values()):
        if order.state in UNPROVEN:
            doubts.doubt(turn, order, "restart")
            if order.leg is Leg.EXIT or order.leg is Leg.STOP:
                turn.asked.append(_exit_again(order))


def _exit_again(order: Order) -> PlaceExit:
    return PlaceExit(
        order.client_id, order.symbol, order.side, order.kind, order.quantity, None, order.price
    )


def turned(turn: Turn, heard: StreamTurned) -> None:
    """Note that the stream was lost, or is back: what was said meanwhile must be read."""
    before = _of(turn)
    if not before.remote:
        return
    changed = before._replace(stream_up=heard.up, synced_ms=None, read_ms=turn.at_ms)
    turn.oversee(reconciliation=changed)
    if heard.up is not before.stream_up:
        code = AlertCode.STREAM_BACK if heard.up else AlertCode.STREAM_LOST
        turn.said.append(RiskAlert(turn.at_ms, code, "", 0.0, 0.0, heard.reason))


def pursue(turn: Turn) -> None:
    """Ask for what is due, once an event has been heard."""
    reconciliation, now = _of(turn), turn.at_ms
    if not reconciliation.remote:
        return
    doubts.forget_old(turn)
    doubts.ask(turn)
    if any(isinstance(command, CancelOrder) for command in turn.asked):
        hasten(turn)  # that it is done may be told by nobody else
    reconciliation = _of(turn)
    if now >= reconciliation.read_ms:
        later = now + turn.policy.reconcile_seconds * SECOND_MS
        turn.oversee(reconciliation=_of(turn)._replace(read_ms=later))
        turn.asked.append(ReadAccount(now, max(1, reconciliation.since_ms)))


def hasten(turn: Turn) -> None:
    """Let the account be read soon: something happened that it should show."""
    reconciliation = _of(turn)
    soon = turn.at_ms + READ_SOON_MS
    if reconciliation.remote and reconciliation.read_ms > soon:
        turn.oversee(reconciliation=reconciliation._replace(read_ms=soon))


def next_tick(state: State) -> int | None:
    """Return when something is due to be asked, or a stop to be there; None: never."""
    reconciliation = state.oversight.reconciliation
    if not reconciliation.remote:
        return None
    due = [reconciliation.read_ms, *(one.query_ms for one in reconciliation.doubts.values())]
    protect_ms = state.policy.protect_seconds * SECOND_MS
    trades = state.trades.values()
    due += [t.opened_ms + protect_ms + 1 for t in trades if t.state is TradeState.OPEN]
    return max(min(due), state.at_ms)


def read(turn: Turn, heard: AccountRead) -> None:
    """Hold the desk against what the venue says."""
    if not _of(turn).remote:
        return
    asked_ms = heard.asked_ms or heard.at_ms
    listed = frozenset(name for name, _ in heard.orders)
    _listed(turn, heard)
    _not_listed(turn, listed, asked_ms)
    adjusting.positions(turn, heard, asked_ms)
    answers.prove(turn, listed, asked_ms)
    adjusting.wallet(turn, heard, asked_ms)
    if asked_ms >= _of(turn).filled_ms:
        aligning.align(turn)
    adoption.mind(turn)
    _conclude(turn, listed, asked_ms)


def _conclude(turn: Turn, listed: frozenset[str], asked_ms: int) -> None:
    """Note whether venue and desk agree now, and when to read again."""
    reconciliation, now = _of(turn), turn.at_ms
    agreed = not reconciliation.differing and asked_ms >= reconciliation.filled_ms
    covered = all(_is_covered(trade, listed) for trade in turn.trades.values())
    if not (agreed and covered):
        soon = min(reconciliation.read_ms, now + READ_SOON_MS)
        turn.oversee(reconciliation=reconciliation._replace(read_ms=soon))
        return
    was = reconciliation.synced_ms
    since_ms = max(reconciliation.since_ms, asked_ms - OVERLAP_MS)
    turn.oversee(reconciliation=reconciliation._replace(synced_ms=now, since_ms=since_ms))
    if was is None and reconciliation.stream_up:
        held = tuple(sorted(turn.book.positions))
        turn.said.append(Synced(now, held, len(turn.orders), len(reconciliation.doubts)))


def _is_covered(trade: Trade, listed: frozenset[str]) -> bool:
    """Tell whether the venue has a stop for what *trade* holds, or it is on its way out."""
    if trade.held <= ZERO or trade.state is TradeState.CLOSING:
        return True
    return trade.state is TradeState.PROTECTED and trade.stop_id in listed


def _listed(turn: Turn, heard: AccountRead) -> None:
    """Look at every order that the venue has."""
    foreign: dict[str, str] = {}
    for name, symbol in heard.orders:
        own, order = own_id(name), turn.orders.get(name)
        if own is None:
            foreign[name] = symbol
        elif own.epoch > turn.fencing:
            _fenced(turn, own.epoch)
        elif order is None:
            answers.call_off(turn, name, symbol)
        else:
            _found(turn, order, heard.at_ms)
    _mind_foreign(turn, foreign)


def _found(turn: Turn, order: Order, at_ms: int) -> None:
    doubts.settle(turn, order.client_id, "listed")
    if order.state in UNPROVEN:
        reports.accepted(turn, OrderAccepted(at_ms, order.client_id, order.symbol))
    if orphans((order,), turn.trades):  # its cancel was lost, or never sent
        of_entry = order.leg is Leg.ENTRY
        turn.asked.append(CancelOrder(order.client_id, order.symbol, of_entry))
        hasten(turn)


def _not_listed(turn: Turn, listed: frozenset[str], asked_ms: int) -> None:
    """Ask for every order that should be there and is not."""
    before = _of(turn)
    missing: dict[str, int] = {}
    for name, order in turn.orders.items():
        fresh = order.sent_ms + READ_SOON_MS > asked_ms
        if name in listed or name in before.doubts or fresh:
            continue
        missing[name] = before.missing.get(name, turn.at_ms)
        turn.asked.append(QueryOrder(turn.at_ms, name, order.symbol))
    if missing or before.missing:
        turn.oversee(reconciliation=before._replace(missing=missing))


def _mind_foreign(turn: Turn, foreign: dict[str, str]) -> None:
    before = _of(turn)
    if foreign == before.foreign:
        return
    for name, symbol in foreign.items():
        if name in before.foreign:
            continue
        text = f"{symbol}: an order that is not the desk's rests on the account: {name}"
        turn.said.append(RiskAlert(turn.at_ms, AlertCode.FOREIGN_ORDER, symbol, 1.0, 0.0, text))
        turn.asked.append(Page(turn.at_ms, Severity.WARNING, text))
        if turn.policy.foreign_orders is ForeignOrders.CANCEL:
            turn.asked.append(CancelOrder(name, symbol, of_entry=False))
    turn.oversee(reconciliation=before._replace(foreign=foreign))


def _fenced(turn: Turn, epoch: int) -> None:
    before = _of(turn)
    if epoch <= before.fenced_by:
        return
    turn.oversee(reconciliation=before._replace(fenced_by=epoch))
    text = f"a younger desk (epoch {epoch}) is at work on this account: no entries from this one"
    limit = float(turn.fencing)
    turn.said.append(RiskAlert(turn.at_ms, AlertCode.FENCED, "", float(epoch), limit, text))
    turn.asked.append(Page(turn.at_ms, Severity.CRITICAL, text))


def _of(turn: Turn) -> Reconciliation:
    return turn.oversight.reconciliation
