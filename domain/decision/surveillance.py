"""The monitors: every mark is held against drawdown, the day's loss and the storm of stop-outs."""

from decimal import Decimal

from domain.decision.facts import RegimeChanged, RiskModeChanged
from domain.decision.messages import MarketAdvanced
from domain.decision.orders import close, close_all, place_exit
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
from domain.shared.enums import Side
from domain.shared.identity import Leg


def observe(turn: Turn, heard: MarketAdvanced) -> None:
    """Mark the book, then let the emergency stop and the open trades look at it."""
    state = turn.state
    held = state.book.positions
    if held:
        state = state._replace(marks={**state.marks, **{s: m for s, m in heard.marks if s in held}})
    equity = state.exposure.equity(state.marks)
    watch = marked(state.watch, heard.at_ms, equity, heard.high_equity)
    turn.state = state._replace(watch=watch)
    for symbol, regime in heard.turns:
        _turned(turn, symbol, regime)
    react(turn)
    for trade in tuple(turn.state.trades.values()):
        _tend(turn, trade)


def remark(turn: Turn) -> None:
    """Mark the book anew after a fill."""
    state = turn.state
    equity = state.exposure.equity(state.marks)
    turn.state = state._replace(watch=marked(state.watch, state.at_ms, equity, equity))
    react(turn)


def react(turn: Turn) -> None:
    """Let the emergency stop move, and close everything where it says so."""
    state = turn.state
    old = state.stop
    new = advance(old, danger_in(state), state.at_ms, state.policy)
    if new is old:
        return
    turn.state = state._replace(stop=new)
    if new.mode is old.mode and new.epoch == old.epoch:
        return
    closing = tuple(state.book.positions) if new.mode is EMERGENCY else ()
    turn.said.append(
        RiskModeChanged(
            state.at_ms,
            old.mode.name,
            new.mode.name,
            new.causes,
            state.watch.drawdown,
            state.watch.daily_loss,
            state.watch.equity,
            new.epoch,
            closing,
        )
    )
    if new.mode is EMERGENCY:
        reason = ExitReason.OPERATOR if new.halted else ExitReason.EMERGENCY
        turn.state = turn.state._replace(waiting={})
        close_all(turn, reason)


def danger_in(state: State) -> Danger:
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
    state = turn.state
    old = state.regimes.get(symbol, Regime.UNKNOWN)
    if old is not regime:
        turn.state = state._replace(regimes={**state.regimes, symbol: regime})
        turn.said.append(RegimeChanged(state.at_ms, symbol, old, regime))


def _tend(turn: Turn, trade: Trade) -> None:
    """Look after one trade: time limits, a close that did not happen, a stop to be moved."""
    state, policy, now = turn.state, turn.state.policy, turn.state.at_ms
    if trade.state is TradeState.ENTERING or _entry_lives(state, trade):
        if now - trade.plan.decided_ms >= policy.entry_ttl_ms:
            _give_up_entry(turn, trade)
        if trade.held <= ZERO:
            return
    if trade.state is TradeState.CLOSING or state.stop.mode is EMERGENCY:
        if trade.exit_id is None:
            close(turn, trade, ExitReason.EMERGENCY)
        return
    limit_ms = policy.holding_minutes_max * 60_000
    if limit_ms and now - trade.opened_ms >= limit_ms:
        close(turn, trade, ExitReason.HOLDING_LIMIT)
    elif policy.trailing and trade.state is TradeState.PROTECTED:
        _trail(turn, trade)


def _entry_lives(state: State, trade: Trade) -> bool:
    return any(
        o.leg is Leg.ENTRY and o.trade_id == trade.plan.trade_id for o in state.orders.values()
    )


def _give_up_entry(turn: Turn, trade: Trade) -> None:
    for order in turn.state.orders.values():
        if order.leg is Leg.ENTRY and order.trade_id == trade.plan.trade_id:
            turn.asked.append(CancelOrder(order.client_id, order.symbol, of_entry=True))


def ratchet_of(trade: Trade) -> Ratchet | None:
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
    )


def _trail(turn: Turn, trade: Trade) -> None:
    state, plan = turn.state, trade.plan
    at = ratchet_of(trade)
    mark = state.marks.get(plan.symbol)
    if at is None or mark is None:
        return
    better = ratchet(at, Decimal(mark), state.policy)
    if better is None:
        return
    instrument = state.instruments[plan.symbol]
    if plan.side is Side.BUY:
        stop = instrument.price_below(better)
    else:
        stop = instrument.price_above(better)
    if stop == trade.stop:
        return
    trade, _ = place_exit(turn, trade, Leg.STOP, OrderKind.STOP_MARKET, None, stop)
    turn.put_trade(trade._replace(stop_wanted=stop))
