"""The gate-starvation alarm: a desk that silently never trades is noticed.

Two ways to starve: proposals come and no gate lets one by, or nobody proposes anything. Times are
those of the events: a market that is played faster starves no sooner. A person is called once for
each time it begins, and again every day that it lasts.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from domain.decision.facts import EntryApproved, EntryRefused, Said, SessionBegan
from domain.decision.messages import Heard, Page, Severity

HOUR_MS: Final = 3_600_000
AGAIN_MS: Final = 24 * HOUR_MS
_NAMED_MAX: Final = 5


class Starved(StrEnum):
    """What the desk starves of."""

    NOTHING_PASSES = "nothing_passes"
    NOTHING_PROPOSED = "nothing_proposed"


class Patience(NamedTuple):
    """When it is starvation: no pass for so long and so many refused; or nothing proposed."""

    passed_ms: int = 24 * HOUR_MS
    refused_min: int = 20
    proposed_ms: int = 72 * HOUR_MS


class GateWatch:
    """Counts what the gates do. The engine's watch; satisfies nobody's port."""

    def __init__(self, page: Callable[[Page], None], patience: Patience | None = None) -> None:
        """Tell *page* of starvation."""
        self._page = page
        self._patience = patience or Patience()
        self._at_ms: int | None = None
        self._passed_ms = self._proposed_ms = 0
        self._paged_ms: int | None = None
        self._blocked: Counter[str] = Counter()
        self._hungry: Counter[str] = Counter()  # since the last pass
        self.passed = self.refused = self.refused_since_pass = 0

    def __call__(self, heard: Heard, said: tuple[Said, ...]) -> None:
        """Count what was *said* on *heard*, and call a person when it is time to."""
        if self._at_ms is None:
            self._passed_ms = self._proposed_ms = heard.at_ms
        self._at_ms = heard.at_ms
        for fact in said:
            if isinstance(fact, EntryRefused):
                self._refuse(fact)
            elif isinstance(fact, EntryApproved):
                self._pass(fact.at_ms)
            elif isinstance(fact, SessionBegan):
                self._passed_ms = self._proposed_ms = fact.at_ms
        self._call(heard.at_ms)

    def _refuse(self, fact: EntryRefused) -> None:
        self.refused += 1
        self.refused_since_pass += 1
        self._proposed_ms = fact.at_ms
        for check in fact.checks:
            if check.objection is not None:
                self._blocked[check.gate] += 1
                named = check.gate
                if check.objection.value != named:
                    named = f"{named} ({check.objection.value})"
                self._hungry[named] += 1

    def _pass(self, at_ms: int) -> None:
        self.passed += 1
        self.refused_since_pass = 0
        self._passed_ms = self._proposed_ms = at_ms
        self._hungry.clear()
        self._paged_ms = None

    @property
    def last_pass_s(self) -> float:
        """How long ago, by the events, a proposal passed, or the session began."""
        return max(0, (self._at_ms or 0) - self._passed_ms) / 1000

    @property
    def blocked(self) -> Mapping[str, int]:
        """How many proposals each gate objected to, the one that did most first."""
        return dict(self._blocked.most_common())

    @property
    def starved(self) -> Starved | None:
        """What the desk starves of, None when it does not."""
        if self._at_ms is None:
            return None
        patience = self._patience
        is_long = self._at_ms - self._passed_ms >= patience.passed_ms
        if is_long and self.refused_since_pass >= patience.refused_min:
            return Starved.NOTHING_PASSES
        if self._at_ms - self._proposed_ms >= patience.proposed_ms:
            return Starved.NOTHING_PROPOSED
        return None

    def told(self) -> str:
        """Return in words what starves the desk; empty when nothing does."""
        starved = self.starved
        if starved is None:
            return ""
        hours = self.last_pass_s / 3600
        if starved is Starved.NOTHING_PROPOSED:
            return f"no entry for {hours:.0f} h: nothing was proposed that the gates could judge"
        most = ", ".join(f"{gate} {n}" for gate, n in self._hungry.most_common(_NAMED_MAX))
        return (
            f"no entry for {hours:.0f} h: the gates refused all {self.refused_since_pass} "
            f"proposals since; most objections: {most}"
        )

    def _call(self, at_ms: int) -> None:
        if self.starved is None:
            return
        if self._paged_ms is None or at_ms - self._paged_ms >= AGAIN_MS:
            self._paged_ms = at_ms
            self._page(Page(at_ms, Severity.WARNING, self.told()))
