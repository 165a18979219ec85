"""The Emergency Stop System.

Rule 1: every change of mode is a cell of the grid below, or it cannot happen.
Rule 2: rising is immediate and may skip rungs. Climbing back takes one rung at a time, after the
dwell, and only while everything that was wrong is better by the hysteresis.
Rule 3: a cause that only an operator may clear holds the mode until one does.
Rule 4: the epoch rises with every change and never falls; a permit of an older epoch is dead.

Nothing here knows a price or a clock: `surveillance` turns both into a `Danger`.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from domain.governance.policy import Policy


class RiskMode(IntEnum):
    """How much the desk may do, from free to stopped."""

    NORMAL, CAUTIOUS, PROTECTIVE, EMERGENCY = range(4)


class Cause(StrEnum):
    """Why the desk is not free."""

    DRAWDOWN = "drawdown"
    DAILY_LOSS = "daily_loss"
    STOP_OUT_STORM = "stop_out_storm"
    OPERATOR = "operator"


NORMAL, CAUTIOUS, PROTECTIVE, EMERGENCY = RiskMode

# fmt: off
TRANSITIONS: Final[Mapping[RiskMode, tuple[RiskMode, ...]]] = {
    #  mode        called for: NORMAL      CAUTIOUS    PROTECTIVE  EMERGENCY
    NORMAL:     (NORMAL,     CAUTIOUS,   PROTECTIVE, EMERGENCY),
    CAUTIOUS:   (NORMAL,     CAUTIOUS,   PROTECTIVE, EMERGENCY),
    PROTECTIVE: (CAUTIOUS,   CAUTIOUS,   PROTECTIVE, EMERGENCY),
    EMERGENCY:  (PROTECTIVE, PROTECTIVE, PROTECTIVE, EMERGENCY),
}
# fmt: on


class Danger(NamedTuple):
    """What the monitors say, taken together.

    `called_for` is the mode that conditions demand now; `causes` who demands it.
    """

    called_for: RiskMode
    causes: tuple[Cause, ...]


class EmergencyStop(NamedTuple):
    """The state. `since_ms` is when the mode began; `calm_ms` since when less is called for.

    `calm_ms` is None while the mode is called for. `halted` is the operator's own latch.
    """

    mode: RiskMode = NORMAL
    causes: tuple[Cause, ...] = ()
    since_ms: int = 0
    epoch: int = 0
    calm_ms: int | None = None
    halted: bool = False


def rung(drawdown: float, policy: Policy) -> RiskMode:
    """Return the mode that the ladder calls for at *drawdown* (a fraction)."""
    if drawdown >= policy.drawdown_emergency:
        return EMERGENCY
    if drawdown >= policy.drawdown_protective:
        return PROTECTIVE
    return CAUTIOUS if drawdown >= policy.drawdown_cautious else NORMAL


def rung_with_hysteresis(drawdown: float, mode: RiskMode, policy: Policy) -> RiskMode:
    """Return the rung called for from *mode*: to leave one, drawdown must lie clearly below it."""
    called = rung(drawdown, policy)
    if called >= mode:
        return called
    return min(mode, rung(drawdown + policy.drawdown_hysteresis, policy))


def advance(stop: EmergencyStop, danger: Danger, at_ms: int, policy: Policy) -> EmergencyStop:
    """Return the state after *danger* was read at *at_ms*."""
    called = EMERGENCY if stop.halted else danger.called_for
    if called > stop.mode:
        return _moved(stop, called, danger.causes, at_ms)
    if called == stop.mode:
        calm = stop if stop.calm_ms is None else stop._replace(calm_ms=None)
        return calm if calm.causes == danger.causes else calm._replace(causes=danger.causes)
    if stop.calm_ms is None:
        return stop._replace(calm_ms=at_ms)
    if at_ms - stop.calm_ms < policy.dwell_minutes * 60_000:
        return stop
    return _moved(stop, called, danger.causes, at_ms)


def _moved(
    stop: EmergencyStop, called: RiskMode, causes: tuple[Cause, ...], at_ms: int
) -> EmergencyStop:
    mode = TRANSITIONS[stop.mode][called]
    calm_ms = at_ms if called < mode else None
    return EmergencyStop(mode, causes, at_ms, stop.epoch + 1, calm_ms, stop.halted)
