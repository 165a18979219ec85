"""What stands above single trades: governance, supervision, and how the emergency stop is doing.

It changes rarely, so that it is one value within the state rather than a dozen.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from domain.ai.rl.memory import NO_MEMORY, Memory
from domain.execution.reconciliation import Reconciliation
from domain.governance.directive import NO_DIRECTIVE, Directive, Health, merged
from domain.governance.effective_policy import Governance
from domain.governance.hfos import AT_EASE, Coordination
from domain.governance.orchestrator_policy import Stance
from domain.governance.policy import Policy
from domain.market.messages import PredictedFunding
from domain.monitoring.position_monitor import Found
from domain.portfolio.shadow_book import ShadowBook
from domain.risk.advanced_risk import MeasureBook

RETRY_MS_FIRST: Final = 200
RETRY_MS_LAST: Final = 5_000


class Refusal(NamedTuple):
    """The venue refused to close a symbol, so many `times` in a row; it is asked again then."""

    times: int
    retry_ms: int


class Closure(NamedTuple):
    """The goal of an activation: nothing open, nothing resting, and the venue has said so.

    Held from the activation until the venue's own word proves it. `read_ms` is when the account
    may be read next; `paged` counts the calls for a person, `closes` and `refusals` the way.
    """

    epoch: int
    begun_ms: int
    read_ms: int
    reads: int = 0
    paged: int = 0
    closes: int = 0
    refusals: int = 0
    proved_ms: int | None = None


class Watch(NamedTuple):
    """What the monitor remembers: what it found last, and since when what may pass has been so."""

    found: Found = ()
    uncovered: Mapping[str, int] = {}
    orphaned: Mapping[str, int] = {}
    apart: Mapping[str, int] = {}


class Oversight(NamedTuple):
    """All that supervision knows.

    `health_ms` and `differs_ms`: since when. `stale` maps a symbol without fresh data to the time
    of its last. `flash_ms` is the last flash move against a held symbol. `errors` are the times of
    orders that the venue refused, within their window. `expiry_told` is the policy version of
    which it was said that it expires soon.
    """

    governance: Governance
    directive: Directive = NO_DIRECTIVE
    health: Health = Health.HEALTHY
    health_ms: int = 0
    funding: Mapping[str, PredictedFunding] = {}
    measures: MeasureBook | None = None
    stances: Mapping[str, Stance] = {}
    stale: Mapping[str, int] = {}
    flash_ms: int | None = None
    errors: tuple[int, ...] = ()
    differs_ms: int | None = None
    closure: Closure | None = None
    refused: Mapping[str, Refusal] = {}
    shadow: ShadowBook = ShadowBook()
    expiry_told: int = 0
    reconciliation: Reconciliation = Reconciliation()
    watch: Watch = Watch()
    models: Mapping[str, str] = {}
    memory: Memory = NO_MEMORY
    coordination: Coordination = AT_EASE

    @property
    def in_force(self) -> Directive:
        """What all who give directives leave together."""
        if self.coordination.directive is NO_DIRECTIVE:
            return self.directive
        return merged(self.directive, self.coordination.directive)


def overseen(policy: Policy) -> Oversight:
    """Return the oversight of a desk that has heard nothing yet."""
    return Oversight(Governance(policy))


def refused_again(refused: Mapping[str, Refusal], symbol: str, at_ms: int) -> dict[str, Refusal]:
    """Return *refused* after one more refusal to close *symbol*: pauses double up to a bound."""
    times = refused[symbol].times + 1 if symbol in refused else 1
    pause = min(RETRY_MS_FIRST << min(times - 1, 10), RETRY_MS_LAST)
    return {**refused, symbol: Refusal(times, at_ms + pause)}
