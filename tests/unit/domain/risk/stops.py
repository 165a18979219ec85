"""States of the emergency stop to begin a test with."""

from typing import Final

from domain.governance.policy import Policy
from domain.risk.emergency_stop import NORMAL, Cause, Danger, EmergencyStop, RiskMode, advance
from domain.shared.enums import RunMode

POLICY: Final = Policy()
MANUAL: Final = Policy(recovery_manual=True)
DWELL_MS: Final = POLICY.dwell_minutes * 60_000
CALM: Final = Danger(NORMAL, ())
PAPER: Final = RunMode.PAPER
HELD_BY: Final = [(), (Cause.OPERATOR,), (Cause.INTEGRITY, Cause.CAPITAL_FLOOR)]


def in_mode(
    mode: RiskMode, calm_ms: int | None = None, latched: tuple[Cause, ...] = ()
) -> EmergencyStop:
    """Return a stop that is in *mode* since 0, at epoch 7."""
    return EmergencyStop(mode, latched, 0, 7, calm_ms, latched)


def after(stop: EmergencyStop, danger: Danger, at_ms: int) -> EmergencyStop:
    """Return *stop* of a paper run with the default policy after *danger*."""
    return advance(stop, danger, at_ms, POLICY, PAPER)
