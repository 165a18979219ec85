"""What the venue fills, and what the desk does about it.

Rule 1: only fills move positions, each once: a fill already seen is dropped.
Rule 2: stop and targets come from confirmed fills, never from the price of the signal.
Rule 3: the first fill is protected at once, with a stop that closes whatever there is, so that
later partial fills are covered by the same order.
Rule 4: a fill that no live order of the trade explains is booked all the same, said, and paged.
Rule 5: a trade is over when it is flat and its entry has ended; until then more may fill.
"""

from decimal import Decimal

from domain.decision import adoption, closure, doubts, working
from domain.decision.closing import finish
from domain.decision.facts import UnexpectedFill
from domain.decision.messages import Page, Severity
from domain.decision.orders import close, held_of, may_still_open, note, place_exit
from domain.decision.state import Turn
from domain.decision.surveillance import remark
from domain.execution.dynamic_tpsl import levels
from domain.execution.messages import OrderFilled, OrderKind
from domain.execution.order import Order, OrderEvent
from domain.execution.reconciliation import READ_SOON_MS
from domain.execution.trade import ExitReason, Trade, TradeEvent, TradeState, state_after
from domain.portfolio.book import Book, after_trade, exposure_after
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg, own_id


def filled(turn: Turn, fill: OrderFilled) -> None:
    """Book a fill and go on from it."""
    trade = turn.trades.get(fill.symbol)
    if trade is not None and fill.venue_trade_id in trade.fills:
        return
    if fill.venue_trade_id in turn.settled.get(fill.symbol, ()):
        return
    order = turn.orders.get(fill.client_id)
    mine = trade is not None and order is not None and order.trade_id == trade.plan.trade_id
    if order is not None and order.leg is Leg.EXIT and not mine:
        turn.book = _learned(turn.book, fill)
    realised = _book(turn, fill)
    if fill.symbol in turn.oversight.refused and fill.symbol not in turn.book.positions:
        refused = {s: r for s, r in turn.oversight.refused.items() if s != fill.symbol}
        turn.oversee(refused=refused)
    done = order is not None and _is_done(turn, order, fill)
    if order is not None:
        _note_filled(turn, order, fill, done=done)
    if not mine:
        if order is None or order.leg is not Leg.EXIT:  # else: our own close of a stray
            _unexpected(turn, fill)
        order = None
    known = order is not None or (trade is not None and _is_of_entry(trade, fill))
    if trade is None or not (known or trade.held > ZERO):
        turn.settle(fill.symbol, (fill.venue_trade_id,))
        adoption.stray(turn, fill)
    elif fill.side is trade.plan.side:
        _entered(turn, fill, trade, order, done=done)
    else:
        _left(turn, fill, trade, order, realised, done=done)
    closure.doubt(turn)
    _expect_read(turn)
    remark(turn)


def _is_of_entry(trade: Trade, fill: OrderFilled) -> bool:
    """Tell whether *fill* is of an order by which *trade* was to be entered, ended or not."""
    own = own_id(fill.client_id)
    return own is not None and own.leg is Leg.ENTRY and own.trace == trade.plan.trade_id


def _is_done(turn: Turn, order: Order, fill: OrderFilled) -> bool:
    """Tell whether *order* is filled with *fill*.

    Beyond a wire fills come in any order, so that the last of them may not be the last to come:
    then their sum tells. An exit may end below its quantity: the venue reduces to what there is.
    """
    told = fill.leaves is not None and fill.leaves <= ZERO
    if not turn.oversight.reconciliation.remote:
        return told
    if order.quantity is not None and order.filled + fill.quantity >= order.quantity:
        return True
    flat = fill.symbol not in turn.book.positions
    return told and order.leg is not Leg.ENTRY and (order.quantity is None or flat)


def _note_filled(turn: Turn, order: Order, fill: OrderFilled, *, done: bool) -> None:
    doubts.settle(turn, order.client_id, "filled")
    if done:
        turn.drop_order(order.client_id)
        return
    turn.put_order(order._replace(filled=order.filled + fill.quantity))
    note(turn, turn.orders[order.client_id], OrderEvent.PART)


def _expect_read(turn: Turn) -> None:
    """Let the account be read soon: it should show what was filled."""
    reconciliation = turn.oversight.reconciliation
    if reconciliation.remote:
        soon = min(reconciliation.read_ms, turn.at_ms + READ_SOON_MS)
        turn.oversee(reconciliation=reconciliation._replace(filled_ms=turn.at_ms, read_ms=soon))


def _book(turn: Turn, fill: OrderFilled) -> Decimal:
    book, realised = after_trade(
        turn.book, fill.symbol, fill.side, fill.quantity, fill.price, fill.fee
    )
    marks = turn.marks
    if fill.symbol not in book.positions and fill.symbol not in turn.oversight.shadow.trades:
        marks = {s: m for s, m in marks.items() if s != fill.symbol}
    elif fill.symbol not in marks:
        marks = {**marks, fill.symbol: float(fill.price)}
    turn.book = book
    turn.exposure = exposure_after(turn.exposure, book, fill.symbol)
    turn.marks = marks
    return realised


def _learned(book: Book, fill: OrderFilled) -> Book:
    """Return *book* with as much of a position as *fill*, which only reduced, proves there was.

    It was known to the venue alone, its price of entry to nobody: no gain or loss is booked.
    """
    position = book.positions.get(fill.symbol)
    held = ZERO if position is None else -position.quantity * fill.side.sign
    if not ZERO <= held < fill.quantity:
        return book
    missing = fill.quantity - held
    learned, _ = after_trade(book, fill.symbol, fill.side.opposite, missing, fill.price, ZERO)
    return learned


def _unexpected(turn: Turn, fill: OrderFilled) -> None:
    turn.said.append(
        UnexpectedFill(
            fill.at_ms, fill.symbol, fill.client_id, fill.side, fill.quantity, fill.price
        )
    )
    text = f"unexpected fill on {fill.symbol}: {fill.side} {fill.quantity} ({fill.client_id})"
    turn.asked.append(Page(fill.at_ms, Severity.CRITICAL, text))


def _entered(
    turn: Turn, fill: OrderFilled, trade: Trade, order: Order | None, *, done: bool
) -> None:
    trade = trade._replace(
        state=state_after(trade.state, TradeEvent.FILL),
        opened_ms=trade.opened_ms or fill.at_ms,
        bought=trade.bought + fill.quantity,
        cost=trade.cost + fill.quantity * fill.price,
        fees=trade.fees + fill.fee,
        fills=(*trade.fills, fill.venue_trade_id),
    )
    # What another hand turned round has nothing to protect: it will be aligned.
    if trade.stop_wanted is None and trade.state is TradeState.OPEN and held_of(turn, trade):
        trade = _protect(turn, trade)
    turn.put_trade(trade)
    if order is None:
        working.tend(turn, trade)  # what came late may be more than there was room for
    elif done and working.is_over(turn, trade, order, working.FILLED):
        trade = turn.trades[fill.symbol]
        turn.put_trade(working.complete(turn, trade, fill.at_ms, fill.client_id))
    trade = turn.trades[fill.symbol]
    if trade.exit_reason is None:
        return
    if trade.held <= ZERO and not may_still_open(turn, trade):  # what was told late is gone already
        finish(turn, trade, fill.at_ms, trade.exit_reason)
    else:  # it was to be closed before it filled
        close(turn, trade, trade.exit_reason)


def _protect(turn: Turn, trade: Trade) -> Trade:
    plan = trade.plan
    instrument = turn.instruments[plan.symbol]
    stop = levels(plan.exits, plan.side, trade.entry_price, trade.bought, instrument).stop
    trade, name = place_exit(turn, trade, Leg.STOP, OrderKind.STOP_MARKET, None, stop)
    return trade._replace(stop_id=name, stop_wanted=stop, first_stop=stop)


def _left(
    turn: Turn,
    fill: OrderFilled,
    trade: Trade,
    order: Order | None,
    realised: Decimal,
    *,
    done: bool,
) -> None:
    is_done = fill.client_id == trade.exit_id and done
    trade = trade._replace(
        sold=trade.sold + fill.quantity,
        proceeds=trade.proceeds + fill.quantity * fill.price,
        realised=trade.realised + realised,
        fees=trade.fees + fill.fee,
        fills=(*trade.fills, fill.venue_trade_id),
        exit_id=None if is_done else trade.exit_id,
    )
    if trade.held > ZERO:
        if done and order is not None and order.leg is Leg.STOP:  # its entry filled on meanwhile
            close(turn, trade._replace(stop=None, stop_id=None), _reason(trade, order, fill))
            return
        turn.put_trade(trade)
        if is_done and trade.exit_reason is not None:  # its entry filled on while it was left
            close(turn, trade, trade.exit_reason)
        return
    reason = _reason(trade, order, fill)
    trade = working.call_off(turn, trade, reason)
    if may_still_open(turn, trade):
        close(turn, trade, reason)
    else:
        finish(turn, trade, fill.at_ms, reason)


def _reason(trade: Trade, order: Order | None, fill: OrderFilled) -> ExitReason:
    if order is None:
        venue_closed = fill.client_id.startswith(("autoclose-", "adl_autoclose"))
        return ExitReason.LIQUIDATION if venue_closed else ExitReason.EXTERNAL
    if order.leg is Leg.STOP:
        moved = order.price != trade.first_stop
        return ExitReason.TRAILING_STOP if moved else ExitReason.STOP
    if order.leg is Leg.TARGET:
        return ExitReason.TARGET
    return trade.exit_reason or ExitReason.EXTERNAL
