"""A model that would vote, beside the one that does: its pairs, as their outcomes become known."""

from collections.abc import Iterator, Sequence

from application.ports.model_registry import StandingChange
from application.ports.workshop import Ready
from domain.ai.contest import Contest, Scored
from domain.ai.continuous_learning import LearningPolicy


class Contender:
    """The pairs of one model, from those on that were made after it was ready."""

    def __init__(self, ready: Ready, since_ms: int) -> None:
        """Take the pairs of *ready* on bars that close after *since_ms* of the market."""
        self.ready = ready
        self.contest = Contest()
        opened = ready.pairs.known_ms
        # An outcome that was known before it was ready is no live one, nor is one of a vote made
        # before: the pair's own bar must come after, which is `horizon` bars before it is known.
        lead = self._lead_ms()
        self._at = next(
            (at for at in range(len(opened)) if opened[at] - lead >= since_ms), len(opened)
        )

    def _lead_ms(self) -> int:
        pairs = self.ready.pairs
        if not len(pairs.bar):
            return 0
        first, last = 0, len(pairs.bar) - 1
        bars = pairs.bar[last] - pairs.bar[first]
        interval = (pairs.known_ms[last] - pairs.known_ms[first]) // bars if bars else 0
        return interval * self.ready.horizon

    def known(self, market_ms: int) -> Iterator[tuple[int, Scored, Scored]]:
        """Yield the pairs whose outcome became known by *market_ms*, each once."""
        pairs = self.ready.pairs
        while self._at < len(pairs.known_ms) and pairs.known_ms[self._at] <= market_ms:
            at = self._at
            self._at += 1
            yield (
                pairs.bar[at],
                Scored(pairs.new_net[at], pairs.new_brier[at]),
                Scored(pairs.old_net[at], pairs.old_brier[at]),
            )

    def advance(self, policy: LearningPolicy, market_ms: int) -> None:
        """Let what is known by *market_ms* count."""
        blocks = policy.blocks(self.ready.horizon)
        contest = self.contest
        for bar, new, old in self.known(market_ms):
            contest = contest.heard(blocks, bar, new, old)
        self.contest = contest


def told_in(changes: Sequence[StandingChange], name: str, model_id: str) -> tuple[str, str, bool]:
    """Return who let *model_id* vote, why, and whether that was a way back."""
    for change in reversed(changes):
        if change.name == name and change.new == model_id and change.action != "approve":
            return change.actor, change.reason, change.action == "rollback"
    return "", "", False
