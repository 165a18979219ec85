"""What is left to entries by severity: caps that combine to the minimum.

The severity in force is the worst of all that have an opinion: the emergency stop, the health of
the system, the mode of supervision.
"""

from collections.abc import Mapping
from decimal import ROUND_UP, Context, Decimal
from typing import Final, NamedTuple

from domain.governance.policy import Policy
from domain.governance.safety_policy import Permission, permission_under
from domain.monitoring.drawdown import EquityWatch
from domain.risk.emergency_stop import RiskMode
from domain.risk.verdict import Proposal, Scene
from domain.shared.amounts import ZERO

# A room that is a whole number of steps must not lose one to the last digit of a division; sizing
# rounds down to the step and to the cap afterwards.
_UP: Final = Context(prec=28, rounding=ROUND_UP)

# fmt: off
FLOORS: Final[Mapping[Permission, RiskMode]] = {
    Permission.ALLOW_ALL:          RiskMode.NORMAL,
    Permission.SAFE_RISK_PROFILE:  RiskMode.CAUTIOUS,
    Permission.NO_NEW_TRADES:      RiskMode.PROTECTIVE,
    Permission.DEFENSIVE_EXIT:     RiskMode.PROTECTIVE,
    Permission.EMERGENCY_SHUTDOWN: RiskMode.EMERGENCY,
}
# fmt: on


class ModeLimits(NamedTuple):
    """Notional cap in USD of one position, leverage cap, least confidence."""

    position_usd: Decimal
    leverage: int
    confidence: float


def limits_in(mode: RiskMode, policy: Policy) -> ModeLimits:
    """Return the caps of *mode*."""
    if mode is RiskMode.NORMAL:
        return ModeLimits(
            policy.position_usd_normal, policy.leverage_normal, policy.confidence_normal
        )
    if mode is RiskMode.CAUTIOUS:
        return ModeLimits(
            policy.position_usd_cautious, policy.leverage_cautious, policy.confidence_cautious
        )
    if mode is RiskMode.PROTECTIVE:
        return ModeLimits(
            policy.position_usd_protective,
            policy.leverage_protective,
            policy.confidence_protective,
        )
    return ModeLimits(ZERO, 1, 1.0)


def severity(scene: Scene) -> RiskMode:
    """Return the severity in force: the worst of emergency stop, health and supervision."""
    supervised = FLOORS[permission_under(scene.directive)]
    return max(scene.stop.mode, FLOORS[scene.permission], supervised)


def limits_of(scene: Scene) -> ModeLimits:
    """Return the caps of the severity in force."""
    return limits_in(severity(scene), scene.policy)


def wanted_usd(proposal: Proposal, scene: Scene) -> float:
    """Return the notional in USD wanted of this entry, within the cap of one position.

    NaN when the proposal's is.
    """
    # In this order: `min` hands on a NaN only when it comes first.
    return min(float(proposal.notional), float(limits_of(scene).position_usd))


def share_of(room: float, wanted: Decimal) -> Decimal:
    """Return the factor that reduces *wanted* to *room*, both in USD and above zero."""
    return _UP.divide(Decimal(room), wanted)


def heights(watch: EquityWatch) -> float:
    """Return the sum of all that losses are measured from, in USD: NaN when any is not known."""
    return watch.peak + watch.day_open + sum(high for _, high in watch.highs)
