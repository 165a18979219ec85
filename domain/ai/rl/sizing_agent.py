"""The sizing agent: a factor in (0, 1] on the size that the rules give, by regime and confidence.

State: regime x confidence band. Actions: the sizes of `SizeAction`. Reward: net R of the trade as
filled, fees and funding included. Untrusted, it takes the rule's size; untrusted in HIGH_VOLATILITY
or UNKNOWN, the fallback.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.ai.rl.trust import Cell, best, explored, key_of
from domain.governance.advice_policy import AdviceMode, AdvicePolicy
from domain.market.messages import Regime
from domain.shared.amounts import ONE


class SizeAction(StrEnum):
    """How much of the rule-based size is taken; the whole first, for it wins among equals."""

    FULL = "full"
    HALF = "half"
    QUARTER = "quarter"


class ConfidenceBand(StrEnum):
    """How sure the voters are together."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class SizeAdvice(NamedTuple):
    """`factor` in (0, 1] on the rule's size; `leverage` caps it, None: the rule's."""

    action: SizeAction
    factor: Decimal = ONE
    leverage: int | None = None


FACTORS: Final = {
    SizeAction.FULL: ONE,
    SizeAction.HALF: Decimal("0.5"),
    SizeAction.QUARTER: Decimal("0.25"),
}
WARY: Final = frozenset({Regime.HIGH_VOLATILITY, Regime.UNKNOWN})
AS_RULED: Final = SizeAdvice(SizeAction.FULL)
_ACTIONS: Final = tuple(action.value for action in SizeAction)
_MIDDLE: Final = 0.6
_HIGH: Final = 0.75


def band_of(confidence: float) -> ConfidenceBand:
    """Return the band of a *confidence* in [0, 1]."""
    if confidence >= _HIGH:
        return ConfidenceBand.HIGH
    return ConfidenceBand.MIDDLE if confidence >= _MIDDLE else ConfidenceBand.LOW


def state_of(regime: Regime, confidence: float) -> str:
    """Return the agent's state as the table's key."""
    return key_of(regime.value, band_of(confidence).value)


def size_advice(
    table: Mapping[str, Cell],
    trace: str,
    regime: Regime,
    confidence: float,
    policy: AdvicePolicy,
    *,
    live: bool,
) -> SizeAdvice:
    """Return what the agent advises for an entry; it never explores when *live*."""
    if policy.rl_mode is not AdviceMode.ADVISORY:
        return AS_RULED
    state = state_of(regime, confidence)
    chosen = best(table, state, _ACTIONS, policy.rl_visits_min)
    if not live:
        chosen = explored(trace, "size", _ACTIONS, policy.rl_exploration) or chosen
    action = SizeAction(chosen) if chosen is not None else SizeAction.FULL
    trusted = best(table, state, _ACTIONS, policy.rl_visits_min) is not None
    if regime in WARY and not trusted:
        factor = min(FACTORS[action], policy.rl_fallback_size)
        return SizeAdvice(action, factor, policy.rl_fallback_leverage)
    return SizeAdvice(action, FACTORS[action])
