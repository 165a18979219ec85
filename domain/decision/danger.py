"""What is wrong, if anything: every cause of the emergency stop, read from the state.

Rule 1: a condition is read here and nowhere else; what it leads to is the emergency stop's.
Rule 2: a comparison is put so that a NaN is a danger: what cannot be measured is not safe.
"""

from collections.abc import Iterator
from decimal import Decimal

from domain.decision.state import State, Turn
from domain.governance.directive import DirectiveMode
from domain.governance.hfos import AT_EASE
from domain.governance.safety_policy import Permission, permission_of
from domain.market.instrument import Instrument
from domain.risk.emergency_stop import (
    CAUTIOUS,
    CLEARS,
    EMERGENCY,
    NORMAL,
    PROTECTIVE,
    Cause,
    Clears,
    Danger,
    RiskMode,
    rung_with_hysteresis,
)

MINUTE_MS = 60_000
SECOND_MS = 1_000


def is_calm(state: State | Turn) -> bool:
    """Tell whether no cause calls for anything: `danger_in` would say NORMAL, and nobody's name."""
    policy, watch, oversight = state.policy, state.watch, state.oversight
    return (
        watch.ladder_drawdown < policy.drawdown_cautious
        and watch.drawdown < policy.capital_floor
        and watch.daily_loss < policy.daily_loss_max
        and len(state.stop_outs) <= policy.stop_outs_max
        and not state.stop.latched
        and oversight.flash_ms is None
        and len(oversight.errors) < policy.order_errors_max
        and oversight.differs_ms is None
        and not oversight.reconciliation.doubts
        and not oversight.health
        and oversight.closure is None
        and oversight.directive.mode not in _CALLED_BY
        and oversight.coordination == AT_EASE
        and not (oversight.stale and has_stale_position(state))
        and (
            not state.exposure.held
            or (watch.flash_loss < policy.flash_loss and is_margin_fine(state))
        )
    )


def danger_in(state: State | Turn) -> Danger:
    """Return what the monitors say of *state*, taken together."""
    called = rung_with_hysteresis(state.watch.ladder_drawdown, state.stop.mode, state.policy)
    causes = [] if called is NORMAL else [Cause.DRAWDOWN]
    demanded = _CALLED_BY.get(state.oversight.in_force.mode)
    if demanded is not None:
        called = max(called, demanded)
        causes.append(Cause.DIRECTIVE)
    urgent = tuple(_emergencies(state))
    closure = state.oversight.closure
    unproved = closure is not None and closure.proved_ms is None
    if urgent or unproved or state.stop.latched:
        called = EMERGENCY
    known = dict.fromkeys((*causes, *urgent, *state.stop.latched))
    if unproved and not known:  # what began it has passed, but not all is proved to be closed
        known = dict.fromkeys(c for c in state.stop.causes if CLEARS[c] is not Clears.OPERATOR)
    return Danger(called, tuple(known))


# What a directive calls for: the rest of it is a matter of gate 5.
_CALLED_BY = {DirectiveMode.CRITICAL: PROTECTIVE, DirectiveMode.SAFE: CAUTIOUS}


def _emergencies(state: State | Turn) -> Iterator[Cause]:
    """Yield the causes that call for EMERGENCY now, in the order of their table."""
    policy, watch, oversight, now = state.policy, state.watch, state.oversight, state.at_ms
    if not watch.drawdown < policy.capital_floor:
        yield Cause.CAPITAL_FLOOR
    if not watch.daily_loss < policy.daily_loss_max:
        yield Cause.DAILY_LOSS
    since = now - policy.stop_out_window_minutes * MINUTE_MS
    if sum(1 for t in state.stop_outs if t > since) > policy.stop_outs_max:
        yield Cause.STOP_OUT_STORM
    held = state.exposure.held
    if is_flashing(state) or (held and not watch.flash_loss < policy.flash_loss):
        yield Cause.FLASH_MOVE
    if held and not is_margin_fine(state):
        yield Cause.MARGIN
    if oversight.stale and has_stale_position(state):
        yield Cause.FEED
    since = now - policy.order_error_minutes * MINUTE_MS
    refused = sum(1 for t in oversight.errors if t > since) >= policy.order_errors_max
    if refused or is_differing(state) or is_long_unknown(state):
        yield Cause.EXECUTION
    if permission(state) is Permission.EMERGENCY_SHUTDOWN:
        yield Cause.HEALTH


def permission(state: State | Turn) -> Permission:
    """Return what the safety policy leaves at the system's health."""
    oversight = state.oversight
    return permission_of(oversight.health, state.at_ms - oversight.health_ms, state.policy)


def is_flashing(state: State | Turn) -> bool:
    """Tell whether a held symbol moved violently against us within the flash window."""
    flash_ms = state.oversight.flash_ms
    return flash_ms is not None and state.at_ms - flash_ms < state.policy.flash_minutes * MINUTE_MS


def is_differing(state: State | Turn) -> bool:
    """Tell whether venue and book have differed for longer than they may."""
    since = state.oversight.differs_ms
    return since is not None and state.at_ms - since > state.policy.mismatch_seconds * SECOND_MS


def is_long_unknown(state: State | Turn) -> bool:
    """Tell whether an order has been UNKNOWN for longer than any may be."""
    late_ms = state.at_ms - state.policy.unknown_seconds * SECOND_MS
    doubts = state.oversight.reconciliation.doubts.values()
    return any(doubt.begun_ms < late_ms for doubt in doubts)


def has_stale_position(state: State | Turn) -> bool:
    """Tell whether something is held of which no fresh data come."""
    return any(symbol in state.oversight.stale for symbol, _ in state.exposure.held)


def is_margin_fine(state: State | Turn) -> bool:
    """Tell whether the venue is far from closing positions by itself."""
    equity = state.exposure.equity(state.marks)
    return equity > danger_equity(state, 1.0)


def danger_equity(state: State | Turn, growth: float) -> float:
    """Return the equity in USD at or below which the margin is in danger.

    That is when maintenance margin reaches `margin_ratio_max` of equity, or the fraction by which
    all prices may still move against us falls below `liquidation_stop_min` times the widest stop.
    *growth* is a factor on every mark: the answer for prices that much higher.
    """
    policy, marks = state.policy, state.marks
    gross = maintenance = rate = 0.0
    for symbol, quantity in state.exposure.held:
        notional = abs(quantity) * marks[symbol] * growth
        instrument = state.instruments.get(symbol)
        gross += notional
        if instrument is not None:
            needed = maintenance_of(instrument, notional)
            maintenance += needed
            rate = max(rate, needed / notional if notional else 0.0)
    stop = max((float(trade.plan.exits.stop) for trade in state.trades.values()), default=0.0)
    return max(
        maintenance / policy.margin_ratio_max,
        gross * (policy.liquidation_stop_min * stop + rate),
    )


def maintenance_of(instrument: Instrument, notional: float) -> float:
    """Return the maintenance margin in USD of a position of *notional* USD, as a measure."""
    tiers = instrument.tiers
    if len(tiers) == 1 or notional < tiers[1].floor:
        return notional * float(tiers[0].rate)
    return float(instrument.maintenance_margin(Decimal(notional)))


def rung_fall(mode: RiskMode, state: State | Turn) -> float:
    """Return the ladder drawdown at which *mode* is called for."""
    policy = state.policy
    if mode is EMERGENCY:
        return policy.drawdown_emergency
    return policy.drawdown_protective if mode is PROTECTIVE else policy.drawdown_cautious
