"""What the orchestrator leaves to entries in a regime. It can only tighten.

ILLIQUID and EXTREME volatility close the door; UNKNOWN is defensive.
"""

from decimal import Decimal
from typing import NamedTuple

from domain.governance.policy import Policy
from domain.market.messages import Regime
from domain.shared.amounts import ONE, ZERO


class Directive(NamedTuple):
    """Whether entries are allowed, and the factor in [0, 1] on their size."""

    allow_entries: bool
    size: Decimal


_FREE = Directive(True, ONE)  # noqa: FBT003 - a constant whose type names its fields
_SHUT = Directive(False, ZERO)  # noqa: FBT003 - likewise


def directive_in(regime: Regime, atr_fraction: float, policy: Policy) -> Directive:
    """Return what is left to entries in *regime* at ATR/price *atr_fraction* (NaN: unknown)."""
    if regime is Regime.ILLIQUID or atr_fraction >= policy.extreme_volatility_atr:
        return _SHUT
    if regime is Regime.UNKNOWN:
        size = policy.unknown_regime_size
        return _FREE if size == ONE else Directive(size > ZERO, size)
    return _FREE
