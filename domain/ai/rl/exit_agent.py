"""The exit agent: which validated exit profile an entry gets, by regime.

State: regime. Actions: the profiles of `ExitProfile`, both of them plans that the rules themselves
make. Reward: net R of the trade as filled. Untrusted, it leaves the rule's profile; untrusted in
HIGH_VOLATILITY or UNKNOWN, gains are secured.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.ai.rl.sizing_agent import WARY
from domain.ai.rl.trust import Cell, best, explored
from domain.governance.advice_policy import AdviceMode, AdvicePolicy
from domain.market.messages import Regime


class ExitProfile(StrEnum):
    """How gains are taken: by the ladder, or all of them at the first target."""

    PLANNED = "planned"
    SECURE = "secure"


_ACTIONS: Final = tuple(profile.value for profile in ExitProfile)


def exit_advice(
    table: Mapping[str, Cell], trace: str, regime: Regime, policy: AdvicePolicy, *, live: bool
) -> ExitProfile:
    """Return the profile that the agent advises; it never explores when *live*."""
    if policy.rl_mode is not AdviceMode.ADVISORY:
        return ExitProfile.PLANNED
    chosen = best(table, regime.value, _ACTIONS, policy.rl_visits_min)
    if chosen is None and regime in WARY:
        return ExitProfile.SECURE
    if not live:
        chosen = explored(trace, "exit", _ACTIONS, policy.rl_exploration) or chosen
    return ExitProfile(chosen) if chosen is not None else ExitProfile.PLANNED
