"""The Emergency Stop System.

Rule 1: every change of mode is a cell of the grid below, or it cannot happen.
Rule 2: rising is immediate and may skip rungs. Climbing back takes one rung at a time, after the
dwell, and only while everything that was wrong is better by the hysteresis.
Rule 3: a cause that only an operator may clear is latched: it holds EMERGENCY until one does.
Rule 4: the epoch rises with every change of mode and with all that is latched, once for both, and
never falls; a permit of an older epoch is dead. Whoever alerts on a new epoch alerts once an edge.

Nothing here knows a price or a clock: `surveillance` turns both into a `Danger`.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from domain.governance.policy import Policy
from domain.monitoring.drawdown import EquityWatch
from domain.shared.enums import RunMode

_MINUTE_MS: Final = 60_000
_WITH_REAL_ORDERS: Final = (RunMode.TESTNET, RunMode.LIVE)


class RiskMode(IntEnum):
    """How much the desk may do, from free to stopped."""

    NORMAL, CAUTIOUS, PROTECTIVE, EMERGENCY = range(4)


class Cause(StrEnum):
    """Why the desk is not free."""

    DRAWDOWN = "drawdown"
    CAPITAL_FLOOR = "capital_floor"
    DAILY_LOSS = "daily_loss"
    STOP_OUT_STORM = "stop_out_storm"
    FLASH_MOVE = "flash_move"
    MARGIN = "margin"
    FEED = "feed"
    EXECUTION = "execution"
    HEALTH = "health"
    INTEGRITY = "integrity"
    DIRECTIVE = "directive"
    OPERATOR = "operator"


class Clears(StrEnum):
    """How a cause ends."""

    LADDER = "ladder"
    NEXT_DAY = "next_day"
    CONDITION = "condition"
    ACKNOWLEDGED = "acknowledged"
    OPERATOR = "operator"


# fmt: off
CLEARS: Final[Mapping[Cause, Clears]] = {
    Cause.DRAWDOWN:       Clears.LADDER,
    Cause.CAPITAL_FLOOR:  Clears.OPERATOR,
    Cause.DAILY_LOSS:     Clears.NEXT_DAY,
    Cause.STOP_OUT_STORM: Clears.CONDITION,
    Cause.FLASH_MOVE:     Clears.CONDITION,
    Cause.MARGIN:         Clears.CONDITION,
    Cause.FEED:           Clears.CONDITION,
    Cause.EXECUTION:      Clears.ACKNOWLEDGED,  # in testnet and live; elsewhere CONDITION
    Cause.HEALTH:         Clears.CONDITION,
    Cause.INTEGRITY:      Clears.OPERATOR,
    Cause.DIRECTIVE:      Clears.CONDITION,
    Cause.OPERATOR:       Clears.OPERATOR,
}
# fmt: on


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

    `calm_ms` is None while the mode is called for. `latched` are the causes that hold EMERGENCY
    until an operator releases them, whatever has become of their conditions.
    """

    mode: RiskMode = NORMAL
    causes: tuple[Cause, ...] = ()
    since_ms: int = 0
    epoch: int = 0
    calm_ms: int | None = None
    latched: tuple[Cause, ...] = ()

    @property
    def halted(self) -> bool:
        """Tell whether only an operator can end this emergency."""
        return bool(self.latched)


class Latch(NamedTuple):
    """What of the emergency stop must survive anything: one small record, kept in two copies.

    `peak` and `credit` in USD are those of the drawdown monitor, so that no restart forgets them.
    """

    epoch: int
    mode: RiskMode
    causes: tuple[Cause, ...]
    latched: tuple[Cause, ...]
    since_ms: int
    peak: float
    credit: float


def rung(drawdown: float, policy: Policy) -> RiskMode:
    """Return the mode that the ladder calls for at *drawdown* (a fraction; NaN is the worst)."""
    if drawdown < policy.drawdown_cautious:
        return NORMAL
    if drawdown < policy.drawdown_protective:
        return CAUTIOUS
    return PROTECTIVE if drawdown < policy.drawdown_emergency else EMERGENCY


def rung_with_hysteresis(drawdown: float, mode: RiskMode, policy: Policy) -> RiskMode:
    """Return the rung called for from *mode*: to leave one, drawdown must lie clearly below it."""
    called = rung(drawdown, policy)
    if called >= mode:
        return called
    return min(mode, rung(drawdown + policy.drawdown_hysteresis, policy))


def advance(
    stop: EmergencyStop, danger: Danger, at_ms: int, policy: Policy, mode: RunMode
) -> EmergencyStop:
    """Return the state after *danger* was read at *at_ms* by a desk that runs in *mode*.

    *danger* is of conditions alone: what is latched already needs no repeating.
    """
    latched = stop.latched + _latching(danger, stop.latched, policy, mode)
    called = EMERGENCY if latched else danger.called_for
    causes = _joined(danger.causes, latched) if latched else danger.causes
    if called > stop.mode:
        risen = TRANSITIONS[stop.mode][called]
        return EmergencyStop(risen, causes, at_ms, stop.epoch + 1, None, latched)
    if called == stop.mode:
        epoch = stop.epoch + (len(latched) > len(stop.latched))
        steady = EmergencyStop(called, causes, stop.since_ms, epoch, None, latched)
        return stop if steady == stop else steady
    if stop.calm_ms is None:
        return stop._replace(calm_ms=at_ms)
    if at_ms - stop.calm_ms < policy.dwell_minutes * _MINUTE_MS:
        return stop
    return _climbed(stop, danger, at_ms)


def latched_by(stop: EmergencyStop, cause: Cause, at_ms: int) -> EmergencyStop:
    """Return the state in EMERGENCY, held by *cause* until an operator releases it."""
    if cause in stop.latched and stop.mode is EMERGENCY:
        return stop
    since_ms = stop.since_ms if stop.mode is EMERGENCY else at_ms
    causes, latched = _joined(stop.causes, (cause,)), _joined(stop.latched, (cause,))
    return EmergencyStop(EMERGENCY, causes, since_ms, stop.epoch + 1, None, latched)


def released(
    stop: EmergencyStop, danger: Danger, at_ms: int, policy: Policy, mode: RunMode
) -> EmergencyStop:
    """Return the state after an operator let go of all that was latched.

    The mode climbs one rung at once when nothing in *danger* calls for EMERGENCY; otherwise it
    stays, held anew by what latches. Where nothing was latched only the epoch rises: an operator
    cannot shorten a dwell.
    """
    if not stop.halted:
        return stop._replace(epoch=stop.epoch + 1)
    latched = _latching(danger, (), policy, mode)
    if latched or danger.called_for is EMERGENCY:
        causes, epoch = danger.causes, stop.epoch + 1
        return EmergencyStop(EMERGENCY, causes, stop.since_ms, epoch, None, latched)
    return _climbed(stop, danger, at_ms)


def latch_of(stop: EmergencyStop, watch: EquityWatch) -> Latch:
    """Return what of *stop* and *watch* must be made durable."""
    mode, causes, since_ms, epoch, _, latched = stop
    return Latch(epoch, mode, causes, latched, since_ms, watch.peak, watch.credit)


def restored(stop: EmergencyStop, latch: Latch | None, at_ms: int) -> EmergencyStop:
    """Return the state after *latch* was read at a start; None: it cannot be read.

    The graver of both stands, and everything either of them latched: a restart never lowers the
    mode, and one that knows less than the latch waits out its dwell anew.
    """
    if latch is None:
        return latched_by(stop, Cause.INTEGRITY, at_ms)._replace(epoch=stop.epoch + 1)
    latched = _joined(stop.latched, latch.latched)
    mode = EMERGENCY if latched else max(stop.mode, latch.mode)
    if latch.epoch <= stop.epoch and mode is stop.mode and latched == stop.latched:
        return stop
    since_ms = latch.since_ms if latch.mode > stop.mode else stop.since_ms
    epoch = max(stop.epoch, latch.epoch) + 1
    causes = _joined(stop.causes, latch.causes)
    return EmergencyStop(mode, causes, since_ms, epoch, None, latched)


def _latching(
    danger: Danger, latched: tuple[Cause, ...], policy: Policy, mode: RunMode
) -> tuple[Cause, ...]:
    """Return the causes in *danger* that only an operator may clear and *latched* has not yet."""
    held_by = {Clears.OPERATOR}
    if mode in _WITH_REAL_ORDERS:
        held_by.add(Clears.ACKNOWLEDGED)
    if policy.recovery_manual and danger.called_for is EMERGENCY:
        held_by.update(Clears)
    return tuple(c for c in danger.causes if c not in latched and CLEARS[c] in held_by)


def _climbed(stop: EmergencyStop, danger: Danger, at_ms: int) -> EmergencyStop:
    """Return *stop* one rung up, nothing latched; the next dwell begins if still less will do."""
    mode = TRANSITIONS[stop.mode][danger.called_for]
    calm_ms = at_ms if danger.called_for < mode else None
    return EmergencyStop(mode, danger.causes, at_ms, stop.epoch + 1, calm_ms)


def _joined(causes: tuple[Cause, ...], more: tuple[Cause, ...]) -> tuple[Cause, ...]:
    return causes + tuple(cause for cause in more if cause not in causes)
