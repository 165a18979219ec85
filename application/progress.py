"""Progress: when each part last did a unit of its work. A part that only runs has done nothing.

Told by the engine with every event and at every commit; times are those of a steady clock.
"""

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from domain.decision.facts import EntryApproved, OrderRefusedByVenue, Said, TradeExecuted
from domain.decision.messages import Heard, MarketAdvanced
from domain.decision.safety_facts import OrderInDoubt
from domain.execution.messages import Report

WINDOW_MS: Final = 300_000
ORDERS_MIN: Final = 5
_REMEMBERED_MAX: Final = 10_000
_ERRORS = OrderRefusedByVenue | OrderInDoubt
_ORDERS = EntryApproved | TradeExecuted | OrderRefusedByVenue | OrderInDoubt


class Work(StrEnum):
    """Whose work it is, and what a unit of it is."""

    DECISION = "decision"  # an event was decided on, or there was none
    FEED = "feed"  # news of the market were heard
    EXCHANGE = "exchange"  # the venue said something
    JOURNAL = "journal"  # what was heard was made durable


class Progress:
    """Remembers the last unit of each kind of work, and how orders fared lately."""

    def __init__(self, now_ms: Callable[[], int], moved: Callable[[], None] = lambda: None) -> None:
        """Begin as if everything had been done just now; tell *moved* when decisions go on."""
        self._now_ms = now_ms
        self._moved = moved
        self._done = dict.fromkeys(Work, now_ms())
        self._unwritten_ms: int | None = None
        # (time, whether it was an error), the oldest first.
        self._orders: deque[tuple[int, bool]] = deque(maxlen=_REMEMBERED_MAX)

    def heard(self, heard: Heard, said: tuple[Said, ...]) -> None:
        """Note what an event shows to be at work. The engine's watch."""
        now = self._now_ms()
        self._done[Work.DECISION] = now
        if self._unwritten_ms is None:
            self._unwritten_ms = now
        if isinstance(heard, MarketAdvanced):
            self._done[Work.FEED] = now
        elif isinstance(heard, Report):
            self._done[Work.EXCHANGE] = now
        for fact in said:
            if isinstance(fact, _ORDERS):
                self._orders.append((now, isinstance(fact, _ERRORS)))
        self._moved()

    def idle(self) -> None:
        """Note that nothing was there to decide on."""
        self._done[Work.DECISION] = self._now_ms()
        self._moved()

    def committed(self) -> None:
        """Note that everything heard is durable. The engine's flush."""
        self._done[Work.JOURNAL] = self._now_ms()
        self._unwritten_ms = None

    def age_s(self, work: Work) -> float:
        """Return how many seconds ago the last unit of *work* was done."""
        return max(0, self._now_ms() - self._done[work]) / 1000

    def unwritten_s(self) -> float:
        """Return for how many seconds something waits to be made durable; 0: nothing does."""
        since = self._unwritten_ms
        return 0.0 if since is None else max(0, self._now_ms() - since) / 1000

    def order_error_rate(self) -> float:
        """Return the share of errors among the last orders' turns; 0 while they are too few."""
        since = self._now_ms() - WINDOW_MS
        while self._orders and self._orders[0][0] < since:
            self._orders.popleft()
        if len(self._orders) < ORDERS_MIN:
            return 0.0
        return sum(error for _, error in self._orders) / len(self._orders)
