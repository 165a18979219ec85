"""The monitors: every mark is held against what may go wrong, and open trades are looked after."""

from decimal import Decimal
from math import inf

from domain.decision import closure, working
from domain.decision.coordinating import coordinate, turned
from domain.decision.danger import MINUTE_MS, SECOND_MS, danger_in, is_calm, is_flashing
from domain.decision.facts import RiskModeChanged
from domain.decision.messages import (
    ClockTicked,
    MarketAdvanced,
    NoteEmergency,
    Page,
    SetLatch,
    Severity,
)
from domain.decision.orders import (
    close,
    close_all,
    close_strays,
    may_ask,
    may_still_open,
    place_exit,
)
from domain.decision.safety_facts import AlertCode, RiskAlert
from domain.decision.shadow import follow, wind_up
from domain.decision.state import Turn
from domain.execution.messages import CancelOrder, OrderKind
from domain.execution.order import OrderState
from domain.execution.protection import Cover, Guard, cover
from domain.execution.trade import ExitReason, Trade, TradeState, worked
from domain.execution.trailing_stop import Ratchet, ratchet
from domain.monitoring.drawdown import marked
from domain.risk.emergency_stop import EMERGENCY, NORMAL, Cause, EmergencyStop, advance, latch_of
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg


def observe(turn: Turn, heard: MarketAdvanced) -> None:
    """Mark the book, then let the emergency stop and the open trades look at it."""
    held, paper = turn.book.positions, turn.oversight.shadow.trades
    differing = turn.oversight.reconciliation.differing
    entering = worked(turn.trades)
    if held or paper or differing or entering:
        # A mark that is no price moves nothing: the one before it stands.
        wanted = (held, paper, differing, entering)
        told = ((s, m) for s, m in heard.marks if any(s in each for each in wanted))
        turn.marks = {**turn.marks, **{s: m for s, m in told if 0.0 < m < inf}}
    equity = turn.exposure.equity(turn.marks)
    _mark(turn, heard.at_ms, equity, heard.high_equity, heard.passed)
    if paper:
        follow(turn)
    if heard.turns:
        turned(turn, heard.turns)
    react(turn)
    _tend_all(turn)


def tick(turn: Turn, _: ClockTicked) -> None:
    """Let what waits for a time have its turn."""
    react(turn)
    _tend_all(turn)


def remark(turn: Turn) -> None:
    """Mark the book anew after a fill."""
    equity = turn.exposure.equity(turn.marks)
    _mark(turn, turn.at_ms, equity, equity)
    react(turn)


def _mark(
    turn: Turn, at_ms: int, equity: float, high: float, passed: tuple[tuple[int, float], ...] = ()
) -> None:
    """Mark the watch; a new peak of real money owes nothing to paper."""
    peak, held = turn.watch.peak, bool(turn.book.positions)
    turn.watch = marked(turn.watch, at_ms, equity, high, turn.policy, held=held, passed=passed)
    if turn.oversight.shadow.realised and turn.watch.peak > peak:
        turn.oversee(shadow=turn.oversight.shadow._replace(realised=0.0))


def react(turn: Turn) -> None:
    """Let the emergency stop move, and close everything where it says so."""
    old = turn.stop
    if old.mode is NORMAL and not old.causes and is_calm(turn):
        return  # the commonest case by far: nothing is wrong, and nothing was
    _forget_what_passed(turn)
    coordinate(turn)
    move(turn, advance(old, danger_in(turn), turn.at_ms, turn.policy, turn.mode))


def move(turn: Turn, new: EmergencyStop) -> None:
    """Let *new* be the state of the emergency stop, and everything follow from the change."""
    old = turn.stop
    if new is old:
        return
    turn.stop = new
    if old.mode is NORMAL and new.mode is not NORMAL:
        # What paper earned for a suspended symbol is none of the ladder's business.
        turn.oversee(shadow=turn.oversight.shadow._replace(realised=turn.watch.credit))
    if new.mode is old.mode and new.epoch == old.epoch:
        return
    # The latch first: whatever happens from here on, a restart knows of it.
    turn.asked.append(SetLatch(turn.at_ms, latch_of(new, turn.watch)))
    _tell_store(turn, old, new)
    closing = tuple(turn.book.positions) if new.mode is EMERGENCY else ()
    turn.said.append(
        RiskModeChanged(
            turn.at_ms,
            old.mode.name,
            new.mode.name,
            new.causes,
            turn.watch.drawdown,
            turn.watch.daily_loss,
            turn.watch.equity,
            new.epoch,
            closing,
        )
    )
    if new.mode is EMERGENCY:
        _shut(turn, new)
    else:
        turn.oversee(closure=None)
        if new.mode is NORMAL:
            wind_up(turn)


def _shut(turn: Turn, stop: EmergencyStop) -> None:
    """Close everything, and do not rest until the venue says that it is closed."""
    by_hand = Cause.OPERATOR in stop.latched
    reason = ExitReason.OPERATOR if by_hand else ExitReason.EMERGENCY
    turn.waiting = {}
    closure.begin(turn)
    close_all(turn, reason)
    close_strays(turn)


def _tell_store(turn: Turn, old: EmergencyStop, new: EmergencyStop) -> None:
    was, now = old.mode is EMERGENCY, new.mode is EMERGENCY
    if was or now:
        reason = "+".join(new.causes) if now else "recovered"
        turn.asked.append(NoteEmergency(turn.at_ms, new.epoch, now, reason))


def _forget_what_passed(turn: Turn) -> None:
    """Drop the times of what happened too long ago to count."""
    oversight, policy = turn.oversight, turn.policy
    if oversight.flash_ms is not None and not is_flashing(turn):
        turn.oversee(flash_ms=None)
    since = turn.at_ms - policy.order_error_minutes * MINUTE_MS
    if oversight.errors and oversight.errors[0] <= since:
        turn.oversee(errors=tuple(t for t in oversight.errors if t > since))


def _tend_all(turn: Turn) -> None:
    for trade in tuple(turn.trades.values()):
        working.tend(turn, trade)
        known = turn.trades.get(trade.plan.symbol)
        if known is not None:
            _tend(turn, known)
    if turn.stop.mode is EMERGENCY:
        close_strays(turn)
        return
    for symbol in turn.oversight.refused:  # asked for once is asked for until it is done
        close_strays(turn, symbol)


def _tend(turn: Turn, trade: Trade) -> None:
    """Look after one trade: time limits, a close that did not happen, a stop to be moved."""
    policy, now = turn.policy, turn.at_ms
    if may_still_open(turn, trade):
        if now - trade.plan.decided_ms >= policy.entry_ttl_ms:
            _give_up_entry(turn, trade)
        if trade.held <= ZERO:
            return
    if trade.state is TradeState.CLOSING or turn.stop.mode is EMERGENCY:
        if trade.exit_id is None and may_ask(turn, trade.plan.symbol):
            close(turn, trade, ExitReason.EMERGENCY)
        return
    if trade.state is TradeState.OPEN and _cover_of(turn, trade) is Cover.LEAVE:
        _unprotected(turn, trade)
        return
    limit_ms = policy.holding_minutes_max * MINUTE_MS
    if limit_ms and now - trade.opened_ms >= limit_ms:
        close(turn, trade, ExitReason.HOLDING_LIMIT)
    elif policy.trailing and trade.state is TradeState.PROTECTED:
        _trail(turn, trade)


def _cover_of(turn: Turn, trade: Trade) -> Cover:
    """Return what is to be done about the stop of *trade*, which none covers yet."""
    stop = turn.orders.get(trade.stop_id or "")
    state = OrderState.SUBMITTED if stop is None else stop.state
    guard = Guard(trade.held, ZERO, state, trade.opened_ms)
    return cover(guard, turn.at_ms, turn.policy.protect_seconds * SECOND_MS)


def _unprotected(turn: Turn, trade: Trade) -> None:
    """Leave a trade for which the venue has confirmed no stop in time, and call a person."""
    symbol, limit = trade.plan.symbol, float(turn.policy.protect_seconds)
    late_s = (turn.at_ms - trade.opened_ms) / 1000
    now, code = turn.at_ms, AlertCode.UNPROTECTED
    text = f"{symbol}: no stop at the venue {late_s:.1f} s after the first fill: it is closed"
    turn.said.append(RiskAlert(now, code, symbol, late_s, limit, text))
    turn.asked.append(Page(now, Severity.CRITICAL, text))
    close(turn, trade, ExitReason.UNPROTECTED)


def _give_up_entry(turn: Turn, trade: Trade) -> None:
    in_doubt = turn.oversight.reconciliation.doubts  # they are called off as they are asked for
    for order in turn.orders.values():
        mine = order.leg is Leg.ENTRY and order.trade_id == trade.plan.trade_id
        if mine and order.client_id not in in_doubt:
            turn.asked.append(CancelOrder(order.client_id, order.symbol, of_entry=True))


def ratchet_of(trade: Trade, tick_size: Decimal) -> Ratchet | None:
    """Return what the trailing stop of *trade* may be moved by, None while it has no stop."""
    if trade.stop is None or trade.stop_wanted != trade.stop:
        return None  # none yet, or a move is on its way
    plan, entry = trade.plan, trade.entry_price
    return Ratchet(
        plan.side,
        entry,
        trade.stop,
        entry * (plan.exits.stop + plan.exits.costs),
        plan.atr or entry * plan.exits.stop / 2,
        entry * plan.exits.costs,
        tick_size,
    )


def _trail(turn: Turn, trade: Trade) -> None:
    plan = trade.plan
    at = ratchet_of(trade, turn.instruments[plan.symbol].tick)
    mark = turn.marks.get(plan.symbol)
    if at is None or mark is None:
        return
    stop = ratchet(at, Decimal(mark), turn.policy)
    if stop is None:
        return
    trade, _ = place_exit(turn, trade, Leg.STOP, OrderKind.STOP_MARKET, None, stop)
    turn.put_trade(trade._replace(stop_wanted=stop))
