"""The supervisory coordinator (AI-HFOS): what coincides is worse than its parts.

The emergency stop, the health of the system and the orchestrator each judge one thing. The
coordinator looks at all of them at once, at the event that changed one:

- one trouble (less than full health, a drawdown of a rung, rough markets in many symbols): fewer
  positions at once;
- two: SAFE, and smaller entries;
- all three: CRITICAL, no entries.

Health that is CRITICAL closes everything by itself, and has priority: here it is a trouble.

Rule 1: it only tightens; what it leaves is merged with what others leave, the tighter of each.
Rule 2: nothing that only entries could mend counts here: no directive keeps itself alive.
Rule 3: AGGRESSIVE is never given: it would leave no more than NORMAL, for nothing amplifies.
"""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Final, NamedTuple

from domain.governance.directive import NO_DIRECTIVE, Directive, DirectiveMode, Health
from domain.governance.policy import Policy
from domain.market.messages import Regime

ACTOR: Final = "hfos"
_ROUGH: Final = frozenset({Regime.HIGH_VOLATILITY, Regime.ILLIQUID})
_SAFE, _CRITICAL = 2, 3


class Overview(NamedTuple):
    """What the coordinator looks at.

    `drawdown` is that of the ladder, a fraction of the peak; `symbols` how many may be traded.
    """

    health: Health
    drawdown: float
    regimes: Mapping[str, Regime]
    symbols: int


class Coordination(NamedTuple):
    """What the coordinator leaves to entries; `deep`: the drawdown has reached its first rung.

    It is so until the rung is left by the hysteresis, as the emergency stop has it.
    """

    directive: Directive = NO_DIRECTIVE
    deep: bool = False


AT_EASE: Final = Coordination()


def coordinated(old: Coordination, seen: Overview, policy: Policy) -> Coordination:
    """Return what holds after *old*, now that *seen* is so; *old* itself when nothing changed."""
    left = policy.drawdown_cautious - (policy.drawdown_hysteresis if old.deep else 0.0)
    deep = not seen.drawdown < left  # what cannot be measured is deep
    new = Coordination(_directive(seen, policy, deep=deep), deep)
    return old if new == old else new


def _directive(seen: Overview, policy: Policy, *, deep: bool) -> Directive:
    troubles = tuple(_troubles(seen, policy, deep=deep))
    if not troubles:
        return NO_DIRECTIVE
    reason = "; ".join(troubles)
    positions = ceil(policy.positions_max * policy.hfos_positions_share)
    size = policy.hfos_safe_size
    if len(troubles) >= _CRITICAL:
        return Directive(DirectiveMode.CRITICAL, size, positions_max=0, reason=reason)
    if len(troubles) >= _SAFE:
        return Directive(DirectiveMode.SAFE, size, positions_max=positions, reason=reason)
    return Directive(positions_max=positions, reason=reason)


def _troubles(seen: Overview, policy: Policy, *, deep: bool) -> Iterator[str]:
    if seen.health is not Health.HEALTHY:
        yield f"health {seen.health.name}"
    if deep:
        yield "drawdown"
    rough = sum(1 for regime in seen.regimes.values() if regime in _ROUGH)
    if rough and rough >= policy.hfos_turbulent_share * seen.symbols:
        yield f"rough markets in {rough} of {seen.symbols} symbols"
