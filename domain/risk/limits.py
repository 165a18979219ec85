"""What each mode of the emergency stop leaves to entries: caps that combine to the minimum."""

from decimal import Decimal
from typing import NamedTuple

from domain.governance.policy import Policy
from domain.risk.emergency_stop import RiskMode
from domain.shared.amounts import ZERO


class ModeLimits(NamedTuple):
    """Notional cap in USD of one position, leverage cap, least confidence."""

    position_usd: Decimal
    leverage: int
    confidence: float


def position_cap(mode: RiskMode, policy: Policy) -> Decimal:
    """Return the notional cap in USD of one position in *mode*."""
    if mode is RiskMode.NORMAL:
        return policy.position_usd_normal
    return limits_in(mode, policy).position_usd


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
