"""What is left of a market event that is passed over for a newer one: everything but its prices.

Turns of regime and news are told with the next event that is heard. So is the equity that its
prices came to: the drawdown must know how high equity was in what nobody heard.
"""

from collections.abc import Callable
from typing import Final

from domain.decision.messages import MarketAdvanced
from domain.market.messages import Bulletin, Regime

Equity = Callable[[tuple[tuple[str, float], ...]], float]
"""Returns equity in USD at these marks, the others as last heard."""

# Of the bars passed over so many are told of one by one: the flash window has no use for more.
PASSED_MAX: Final = 256


class Passed:
    """Collects what passed-over events leave, until the next event takes it along."""

    def __init__(self, equity: Equity | None = None) -> None:
        """Begin with nothing. Without *equity* no equity is told."""
        self._equity = equity
        self._high = 0.0
        self._path: list[tuple[int, float]] = []
        self._turns: dict[str, Regime] = {}
        self._bulletins: list[Bulletin] = []

    def over(self, event: MarketAdvanced) -> None:
        """Take in what *event*, which is passed over, leaves behind."""
        if self._equity is not None:
            equity = self._equity(event.marks)
            self._high = max(self._high, equity, event.high_equity)
            self._path += (*event.passed, (event.at_ms, equity))
            del self._path[:-PASSED_MAX]
        self._turns.update(event.turns)
        if event.bulletin is not None:
            self._bulletins.append(event.bulletin)

    def joined(self, event: MarketAdvanced) -> MarketAdvanced:
        """Return *event* with all that was collected, and forget that."""
        if self._path:
            told = (*self._path, *event.passed)
            event = event._replace(
                high_equity=max(self._high, event.high_equity),
                passed=tuple(sorted((min(at, event.at_ms), e) for at, e in told)),
            )
            self._high, self._path = 0.0, []
        if self._turns:
            self._turns.update(event.turns)
            event = event._replace(turns=tuple(self._turns.items()))
            self._turns = {}
        if self._bulletins:
            if event.bulletin is not None:
                self._bulletins.append(event.bulletin)
            event = event._replace(bulletin=merged(self._bulletins))
            self._bulletins = []
        return event


def merged(bulletins: list[Bulletin]) -> Bulletin:
    """Return the news of *bulletins*, oldest first, as one; the latest measures count."""
    measures = [one.measures for one in bulletins if one.measures is not None]
    return Bulletin(
        tuple(news for one in bulletins for news in one.funding),
        tuple(news for one in bulletins for news in one.jolts),
        tuple(news for one in bulletins for news in one.feeds),
        measures[-1] if measures else None,
    )
