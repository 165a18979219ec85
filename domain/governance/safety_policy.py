"""The safety policy: what the health of the system, and supervision, permit at all.

Rule 1: a worse health never permits more.
Rule 2: whatever the permission, exits stay allowed; it is entries that it takes away.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from domain.governance.directive import Directive, DirectiveMode, Health
from domain.governance.policy import Policy


class Permission(IntEnum):
    """What the desk is permitted, by severity. Entries end with NO_NEW_TRADES.

    SAFE_RISK_PROFILE leaves entries within the caps of CAUTIOUS. DEFENSIVE_EXIT demands that
    positions be guarded more closely, EMERGENCY_SHUTDOWN that they be closed.
    """

    ALLOW_ALL, SAFE_RISK_PROFILE, NO_NEW_TRADES, DEFENSIVE_EXIT, EMERGENCY_SHUTDOWN = range(5)

    @property
    def entries(self) -> bool:
        """Tell whether entries are permitted at all."""
        return self < Permission.NO_NEW_TRADES


# fmt: off
_OF_HEALTH: Final[Mapping[Health, Permission]] = {
    Health.HEALTHY:  Permission.ALLOW_ALL,
    Health.UNKNOWN:  Permission.SAFE_RISK_PROFILE,
    Health.DEGRADED: Permission.SAFE_RISK_PROFILE,
    Health.CRITICAL: Permission.EMERGENCY_SHUTDOWN,
}
_OF_MODE: Final[Mapping[DirectiveMode, Permission]] = {
    DirectiveMode.AGGRESSIVE: Permission.ALLOW_ALL,
    DirectiveMode.NORMAL:     Permission.ALLOW_ALL,
    DirectiveMode.SAFE:       Permission.SAFE_RISK_PROFILE,
    DirectiveMode.CRITICAL:   Permission.DEFENSIVE_EXIT,
}
# fmt: on


def permission_of(health: Health, unknown_ms: int, policy: Policy) -> Permission:
    """Return what *health* permits, when it has been so for *unknown_ms*.

    Only UNKNOWN grows worse with time: what nobody can tell for long is worse than DEGRADED.
    """
    if health is Health.UNKNOWN and unknown_ms > policy.health_unknown_seconds * 1000:
        return Permission.NO_NEW_TRADES
    return _OF_HEALTH[health]


def permission_under(directive: Directive) -> Permission:
    """Return what the mode of *directive* permits: CRITICAL ends entries, SAFE makes them small."""
    return _OF_MODE[directive.mode]
