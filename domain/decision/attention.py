"""Attention: between which prices, equities and times nothing that the desk does can change.

The driver of a back-test may pass over bars while every held symbol's bar stays strictly inside its
band, equity stays strictly inside its own, and the timer has not come. It must then tell the desk
the highest equity of what it passed over. Too narrow a band costs time; too wide a one is a bug:
a property test holds skipping against visiting every bar.
"""

from math import inf
from typing import NamedTuple

from domain.decision.orders import may_still_open
from domain.decision.state import State
from domain.decision.surveillance import danger_in, is_calm, ratchet_of
from domain.execution.trade import Trade, TradeState
from domain.execution.trailing_stop import next_mark
from domain.market.bars import DAY_MS
from domain.risk.emergency_stop import CAUTIOUS, EMERGENCY, NORMAL, RiskMode
from domain.shared.enums import Side

_SLACK = 1e-9
_MINUTE_MS = 60_000


class Attention(NamedTuple):
    """When to wake the desk.

    `bands`: per symbol (low, high) of the mark. `floor`, `ceiling`: of equity in USD. `fall`: the
    drawdown (fraction) at which it wakes, for peaks reached on the way. `timer_ms`: at the latest.
    """

    bands: dict[str, tuple[float, float]]
    floor: float
    ceiling: float
    fall: float
    timer_ms: int


def attention(state: State) -> Attention:
    """Return when *state* wants to be woken."""
    timer_ms = (state.at_ms // DAY_MS + 1) * DAY_MS
    bands: dict[str, tuple[float, float]] = {}
    for symbol, trade in state.trades.items():
        timer_ms = min(timer_ms, _timer_of(trade, state))
        if state.policy.trailing and trade.state is TradeState.PROTECTED:
            at = ratchet_of(trade, state.instruments[symbol].tick)
            if at is not None:
                mark = float(next_mark(at, state.policy))
                bands[symbol] = (
                    (-inf, mark * (1 - _SLACK))
                    if trade.plan.side is Side.BUY
                    else (mark * (1 + _SLACK), inf)
                )
    stop, policy = state.stop, state.policy
    if stop.mode is EMERGENCY and state.book.positions.keys() - state.trades.keys():
        timer_ms = state.at_ms  # something is held that no trade minds: see that it goes
    if stop.calm_ms is not None:
        timer_ms = min(timer_ms, stop.calm_ms + policy.dwell_minutes * _MINUTE_MS)
    if len(state.stop_outs) > policy.stop_outs_max:
        window_ms = policy.stop_out_window_minutes * _MINUTE_MS
        timer_ms = min(timer_ms, *(t + window_ms for t in state.stop_outs))
    floor, ceiling, fall = _equity_band(state)
    return Attention(bands, floor, ceiling, fall, timer_ms)


def _timer_of(trade: Trade, state: State) -> int:
    """Return when *trade* needs to be looked at, at the latest."""
    if trade.state in (TradeState.OPEN, TradeState.PROTECTED) and state.stop.mode < EMERGENCY:
        limit_ms = state.policy.holding_minutes_max * _MINUTE_MS
        due = trade.opened_ms + limit_ms if limit_ms else 1 << 62
        if may_still_open(state, trade):
            due = min(due, trade.plan.decided_ms + state.policy.entry_ttl_ms)
        return due
    if trade.state is TradeState.ENTERING:
        return trade.plan.decided_ms + state.policy.entry_ttl_ms
    return state.at_ms


def _equity_band(state: State) -> tuple[float, float, float]:
    policy, watch = state.policy, state.watch
    if state.stop.mode is NORMAL and is_calm(state):
        fall = policy.drawdown_cautious
        floor = max(watch.day_open * (1.0 - policy.daily_loss_max), watch.peak * (1.0 - fall))
        return floor * (1 + _SLACK), inf, fall
    ladder = {
        CAUTIOUS: policy.drawdown_cautious,
        RiskMode.PROTECTIVE: policy.drawdown_protective,
        EMERGENCY: policy.drawdown_emergency,
    }
    if watch.daily_loss >= policy.daily_loss_max or state.stop.halted:
        # Called for already, and only midnight or a person can end it; the ladder may wait.
        return -inf, watch.day_open * (1.0 - policy.daily_loss_max) * (1 - _SLACK), inf
    daily = watch.day_open * (1.0 - policy.daily_loss_max)
    called = danger_in(state).called_for
    fall = ladder[RiskMode(called + 1)] if called < EMERGENCY else inf
    if called < state.stop.mode:
        # On the way back a rung calls again as soon as it is no longer clearly left.
        fall -= policy.drawdown_hysteresis
    floor = max(daily, watch.peak * (1.0 - fall)) if fall < inf else daily
    ceiling = inf
    if called > NORMAL:
        # Below this drawdown less is called for, whichever rung called.
        ceiling = watch.peak * (1.0 - (ladder[called] - policy.drawdown_hysteresis))
    return floor * (1 + _SLACK), ceiling * (1 - _SLACK), fall
