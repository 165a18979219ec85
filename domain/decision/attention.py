"""Attention: between which prices, equities and times nothing that the desk does can change.

The driver of a back-test may pass over bars while every held symbol's bar stays strictly inside its
band, equity stays strictly inside its own, and the timer has not come. It must then tell the desk
the highest equity of what it passed over. Too narrow a band costs time; too wide a one is a bug:
a property test holds skipping against visiting every bar.
"""

from collections.abc import Iterator
from math import inf
from typing import Final, NamedTuple

from domain.decision import closure, reconciling, working
from domain.decision.danger import MINUTE_MS, SECOND_MS, danger_equity, rung_fall
from domain.decision.orders import may_still_open
from domain.decision.state import State
from domain.decision.surveillance import ratchet_of
from domain.execution.trade import Trade, TradeState
from domain.execution.trailing_stop import next_mark
from domain.governance.directive import Health
from domain.governance.effective_policy import next_rung_ms
from domain.market.bars import DAY_MS
from domain.risk.emergency_stop import EMERGENCY, NORMAL, RiskMode, rung_with_hysteresis
from domain.shared.enums import Side

_SLACK: Final = 1e-9
# How much prices may rise before the margin is looked at again where it is anywhere near.
_GROWTH: Final = 1.25
_FAR: Final = 4.0


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


def next_tick(state: State) -> int | None:
    """Return when *state* wants a tick between bars, None when it wants none."""
    parts = (
        closure.next_tick(state),
        working.next_work_ms(state),
        reconciling.next_tick(state),
    )
    return min((due for due in parts if due is not None), default=None)


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
    timer_ms = min((timer_ms, *_timers(state)))
    if state.stop.mode is EMERGENCY:
        # What is open is looked at every bar until it is gone; then no price can move equity.
        return Attention(bands, -inf, inf, inf, timer_ms)
    floor, ceiling, fall = _equity_band(state)
    if state.exposure.held:
        floor = _mind_margin(state, floor, bands)
    return Attention(bands, floor, ceiling, fall, timer_ms)


def _timers(state: State) -> Iterator[int]:
    """Yield the times at which something may pass, or last too long."""
    stop, policy, oversight = state.stop, state.policy, state.oversight
    goal = oversight.closure
    if (goal is not None and goal.proved_ms is None) or oversight.shadow.trades:
        yield state.at_ms  # every bar counts
    if stop.mode is EMERGENCY and state.book.positions.keys() - state.trades.keys():
        yield state.at_ms  # something is held that no trade minds: see that it goes
    if any(symbol not in state.trades for symbol in oversight.refused):
        yield state.at_ms  # a close that was refused is asked for again
    if stop.calm_ms is not None:
        yield stop.calm_ms + policy.dwell_minutes * MINUTE_MS
    if len(state.stop_outs) > policy.stop_outs_max:
        window_ms = policy.stop_out_window_minutes * MINUTE_MS
        yield from (t + window_ms for t in state.stop_outs)
    if oversight.flash_ms is not None:
        yield oversight.flash_ms + policy.flash_minutes * MINUTE_MS
    if len(oversight.errors) >= policy.order_errors_max:
        yield from (t + policy.order_error_minutes * MINUTE_MS for t in oversight.errors)
    if oversight.differs_ms is not None:
        yield from _not_before(state, oversight.differs_ms + policy.mismatch_seconds * SECOND_MS)
    if oversight.health is Health.UNKNOWN:
        late_ms = oversight.health_ms + policy.health_unknown_seconds * SECOND_MS
        yield from _not_before(state, late_ms)
    yield from _policy_timers(state)


def _policy_timers(state: State) -> Iterator[int]:
    policy, governance = state.policy, state.oversight.governance
    if governance.out_since_ms is not None:
        moves = next_rung_ms(governance.out_since_ms, state.at_ms, governance.stored)
        if moves is not None:
            yield moves
    if policy.expires_ms and state.oversight.expiry_told != policy.version:
        yield policy.expires_ms - policy.expiry_warning_minutes * MINUTE_MS


def _not_before(state: State, at_ms: int) -> Iterator[int]:
    """Yield just after *at_ms*, unless that has passed and been acted on."""
    if at_ms >= state.at_ms:
        yield at_ms + 1


def _timer_of(trade: Trade, state: State) -> int:
    """Return when *trade* needs to be looked at, at the latest."""
    if trade.work is not None:
        return state.at_ms  # every bar counts: its price may be bettered
    if trade.state in (TradeState.OPEN, TradeState.PROTECTED) and state.stop.mode < EMERGENCY:
        limit_ms = state.policy.holding_minutes_max * MINUTE_MS
        due = trade.opened_ms + limit_ms if limit_ms else 1 << 62
        if may_still_open(state, trade):
            due = min(due, trade.plan.decided_ms + state.policy.entry_ttl_ms)
        return due
    if trade.state is TradeState.ENTERING:
        return trade.plan.decided_ms + state.policy.entry_ttl_ms
    return state.at_ms


def _equity_band(state: State) -> tuple[float, float, float]:
    """Return floor and ceiling of real equity, and the fall from a peak reached on the way."""
    policy, watch = state.policy, state.watch
    called = rung_with_hysteresis(watch.ladder_drawdown, state.stop.mode, policy)
    fall, ceiling = inf, inf
    if called < EMERGENCY:
        fall = rung_fall(RiskMode(called + 1), state)
        if called < state.stop.mode:
            # On the way back a rung calls again as soon as it is no longer clearly left.
            fall -= policy.drawdown_hysteresis
    if called > NORMAL:
        # Below this drawdown less is called for, whichever rung called.
        left = rung_fall(called, state) - policy.drawdown_hysteresis
        ceiling = watch.peak * (1.0 - left) - watch.credit
    # The coordinator reaches and leaves the first rung by itself, whatever the emergency stop does.
    if state.oversight.coordination.deep:
        left = policy.drawdown_cautious - policy.drawdown_hysteresis
        ceiling = min(ceiling, watch.peak * (1.0 - left) - watch.credit)
    else:
        fall = min(fall, policy.drawdown_cautious)
    floor = max(
        watch.day_open * (1.0 - policy.daily_loss_max),
        watch.peak * (1.0 - policy.capital_floor),
    )
    if fall < inf:
        floor = max(floor, watch.peak * (1.0 - fall) - watch.credit)
    if state.exposure.held and watch.recent:
        floor = max(floor, watch.recent[0][1] * (1.0 - policy.flash_loss))
    return floor * (1 + _SLACK), ceiling * (1 - _SLACK), min(fall, policy.flash_loss)


def _mind_margin(state: State, floor: float, bands: dict[str, tuple[float, float]]) -> float:
    """Return the floor under which the margin may be in danger too, and narrow *bands* for it.

    The equity in danger grows with prices: it is known for prices up to a growth, and a symbol
    that rises beyond that wakes the desk to look again.
    """
    danger = danger_equity(state, 1.0)
    if danger * _FAR <= floor:
        return floor
    growth = floor / danger if danger > 0.0 else inf
    if growth < _GROWTH or danger_equity(state, growth) > floor:
        growth = _GROWTH
        floor = max(floor, danger_equity(state, growth) * (1 + _SLACK))
    for symbol, _ in state.exposure.held:
        low, high = bands.get(symbol, (-inf, inf))
        bands[symbol] = (low, min(high, state.marks[symbol] * growth))
    return floor
