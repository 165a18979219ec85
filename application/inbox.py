"""The inbox: the one door by which everything enters the desk. Ordered, bounded, served by class.

Rule 1: whatever is no news of the market comes first: reports of the venue, operators, safety,
ticks; in the order in which it came in.
Rule 2: then markets of what is held or on its way, then the rest; each in its order.
Rule 3: a market event without a candidate gives way to a newer one of the same symbols, in its
place. What it knew beside its prices goes on with the next event that is heard.
Rule 4: a candidate waits for at most the life of an entry; then it is dropped, never executed.
Rule 5: when it is full it sheds the oldest market event that carries no candidate. A report of the
venue, an operator, a policy is never shed: should even these exceed twice the bound, `put` raises,
for then nobody is listening any more.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from typing import Final

from application.conflation import Equity, Passed
from application.errors import PortError
from domain.decision.messages import Heard, MarketAdvanced

INBOX_SIZE_MAX: Final = 10_000


class InboxOverrun(PortError):
    """More came in than may be dropped or kept: the desk no longer listens."""


class Inbox:
    """A queue with one listener. It counts what it sheds, passes over and lets grow stale."""

    def __init__(
        self,
        size_max: int = INBOX_SIZE_MAX,
        *,
        held: Callable[[], Collection[str]] = tuple,
        equity: Equity | None = None,
        fresh_from_ms: Callable[[], int] | None = None,
    ) -> None:
        """Keep at most *size_max* events, and as many again that may not be shed.

        *held* are the symbols served before others. *fresh_from_ms* is the time in UTC ms before
        which a candidate is too old to be heard; without it none ever is.
        """
        self._size_max = size_max
        self._held = held
        self._fresh_from_ms = fresh_from_ms
        self._first: deque[Heard] = deque()
        self._markets: dict[int, MarketAdvanced] = {}
        self._symbols: dict[int, frozenset[str]] = {}
        # The last quiet event of these symbols that waits, by its number.
        self._latest: dict[tuple[str, ...], int] = {}
        self._passed = Passed(equity)
        self._number = 0
        self._filled = asyncio.Event()
        self.shed = self.conflated = self.stale = 0

    def __len__(self) -> int:
        """Return how many events wait."""
        return len(self._first) + len(self._markets)

    def put(self, heard: Heard) -> None:
        """Take an event in. Raises `InboxOverrun`."""
        if isinstance(heard, MarketAdvanced):
            if self._gives_way(heard):
                return
            self._make_room()
            self._add(heard)
        else:
            self._make_room()
            self._first.append(heard)
        self._filled.set()

    def _gives_way(self, newer: MarketAdvanced) -> bool:
        """Let a waiting event of the same symbols give way to *newer*, if there is one."""
        symbols = tuple(symbol for symbol, _ in newer.marks)
        number = self._latest.get(symbols) if symbols else None
        if number is None:
            return False
        older = self._markets[number]
        if self._still_fresh(older).candidates:
            return False
        self._passed.over(older)
        self._markets[number] = newer
        self.conflated += 1
        return True

    def _add(self, heard: MarketAdvanced) -> None:
        self._number += 1
        symbols = tuple(symbol for symbol, _ in heard.marks)
        self._markets[self._number] = heard
        self._symbols[self._number] = frozenset(symbols)
        if symbols:
            self._latest[symbols] = self._number

    def _make_room(self) -> None:
        if len(self) < self._size_max:
            return
        for number, waiting in self._markets.items():
            if not self._still_fresh(waiting).candidates:
                self._passed.over(self._take(number))
                self.shed += 1
                return
        if len(self) >= 2 * self._size_max:
            raise InboxOverrun(f"{len(self)} events wait that may not be dropped")

    def _take(self, number: int) -> MarketAdvanced:
        heard = self._markets.pop(number)
        del self._symbols[number]
        symbols = tuple(symbol for symbol, _ in heard.marks)
        if self._latest.get(symbols) == number:
            del self._latest[symbols]
        return heard

    def _still_fresh(self, heard: MarketAdvanced) -> MarketAdvanced:
        """Return *heard* without candidates that are too old."""
        if not heard.candidates or self._fresh_from_ms is None:
            return heard
        if heard.at_ms >= self._fresh_from_ms():
            return heard
        return heard._replace(candidates=())

    async def get(self) -> Heard:
        """Return what is to be heard next, waiting for it."""
        while not len(self):
            self._filled.clear()
            await self._filled.wait()
        if self._first:
            return self._first.popleft()
        waiting = self._take(self._next_market())
        fresh = self._still_fresh(waiting)
        self.stale += len(waiting.candidates) - len(fresh.candidates)
        return self._passed.joined(fresh)

    def _next_market(self) -> int:
        """Return the number of the oldest market event of a held symbol, or else of the oldest."""
        if len(self._markets) > 1 and (held := frozenset(self._held())):
            for number, symbols in self._symbols.items():
                if not held.isdisjoint(symbols):
                    return number
        return next(iter(self._markets))
