"""The monitors: every mark is held against drawdown, the day's loss and the storm of stop-outs."""

from decimal import Decimal
from math import inf

from domain.decision.facts import RegimeChanged, RiskModeChanged
from domain.decision.messages import MarketAdvanced
from domain.decision.orders import close, close_all, close_strays, may_still_open, place_exit
from domain.decision.state import State, Turn
from domain.execution.messages import CancelOrder, OrderKind
from domain.execution.trade import ExitReason, Trade, TradeState
from domain.execution.trailing_stop import Ratchet, ratchet
from domain.market.messages import Regime
from domain.monitoring.drawdown import marked
from domain.risk.emergency_stop import (
    EMERGENCY,
    Cause,
    Danger,
    RiskMode,
    advance,
    rung_with_hysteresis,
)
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg


def observe(turn: Turn, heard: MarketAdvanced) -> None:
    """Mark the book, then let the emergency stop and the open trades look at it."""
    held = turn.book.positions
    if held:
        # A mark that is no price moves nothing: the one before it stands.
        marks = {s: m for s, m in heard.marks if s in held and 0.0 < m < inf}
        turn.marks = {**turn.marks, **marks}
    equity = turn.exposure.equity(turn.marks)
    watch = marked(turn.watch, heard.at_ms, equity, heard.high_equity)
    turn.watch = watch
    for symbol, regime in heard.turns:
        _turned(turn, symbol, regime)
    react(turn)
    for trade in tuple(turn.trades.values()):
        _tend(turn, trade)
    if turn.stop.mode is EMERGENCY:
        close_strays(turn)


def remark(turn: Turn) -> None:
    """Mark the book anew after a fill."""
    equity = turn.exposure.equity(turn.marks)
    turn.watch = marked(turn.watch, turn.at_ms, equity, equity)
    react(turn)


def react(turn: Turn) -> None:
    """Let the emergency stop move, and close everything where it says so."""
    old = turn.stop
    if old.mode is RiskMode.NORMAL and not old.causes and is_calm(turn):
        return  # the commonest case by far: nothing is wrong, and nothing was
    new = advance(old, danger_in(turn), turn.at_ms, turn.policy)
    if new is old:
        return
    turn.stop = new
    if new.mode is old.mode and new.epoch == old.epoch:
        return
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
        reason = ExitReason.OPERATOR if new.halted else ExitReason.EMERGENCY
        turn.waiting = {}
        close_all(turn, reason)
        close_strays(turn)


def is_calm(state: State | Turn) -> bool:
    """Tell whether no cause calls for anything: `danger_in` would say NORMAL, and nobody's name."""
    policy, watch = state.policy, state.watch
    return (
        watch.drawdown < policy.drawdown_cautious
        and watch.daily_loss < policy.daily_loss_max
        and len(state.stop_outs) <= policy.stop_outs_max
        and not state.stop.halted
    )


def danger_in(state: State | Turn) -> Danger:
    """Return what the monitors say of *state*, taken together."""
    policy, watch = state.policy, state.watch
    called = rung_with_hysteresis(watch.drawdown, state.stop.mode, policy)
    causes: tuple[Cause, ...] = (Cause.DRAWDOWN,) if called is not RiskMode.NORMAL else ()
    if watch.daily_loss >= policy.daily_loss_max:
        called, causes = EMERGENCY, (*causes, Cause.DAILY_LOSS)
    if state.stop_outs:
        since = state.at_ms - policy.stop_out_window_minutes * 60_000
        if sum(1 for t in state.stop_outs if t > since) > policy.stop_outs_max:
            called, causes = EMERGENCY, (*causes, Cause.STOP_OUT_STORM)
    if state.stop.halted:
        called, causes = EMERGENCY, (*causes, Cause.OPERATOR)
    return Danger(called, causes)


def _turned(turn: Turn, symbol: str, regime: Regime) -> None:
    old = turn.regimes.get(symbol, Regime.UNKNOWN)
    if old is not regime:
        turn.regimes = {**turn.regimes, symbol: regime}
        turn.said.append(RegimeChanged(turn.at_ms, symbol, old, regime))


def _tend(turn: Turn, trade: Trade) -> None:
    """Look after one trade: time limits, a close that did not happen, a stop to be moved."""
    policy, now = turn.policy, turn.at_ms
    if may_still_open(turn, trade):
        if now - trade.plan.decided_ms >= policy.entry_ttl_ms:
            _give_up_entry(turn, trade)
        if trade.held <= ZERO:
            return
    if trade.state is TradeState.CLOSING or turn.stop.mode is EMERGENCY:
        if trade.exit_id is None:
            close(turn, trade, ExitReason.EMERGENCY)
        return
    limit_ms = policy.holding_minutes_max * 60_000
    if limit_ms and now - trade.opened_ms >= limit_ms:
        close(turn, trade, ExitReason.HOLDING_LIMIT)
    elif policy.trailing and trade.state is TradeState.PROTECTED:
        _trail(turn, trade)


def _give_up_entry(turn: Turn, trade: Trade) -> None:
    for order in turn.orders.values():
        if order.leg is Leg.ENTRY and order.trade_id == trade.plan.trade_id:
            turn.asked.append(CancelOrder(order.client_id, order.symbol, of_entry=True))


def ratchet_of(trade: Trade, tick: Decimal) -> Ratchet | None:
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
        tick,
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
