"""The inbox: the one door by which everything enters the desk. Ordered and bounded.

When it is full it sheds the oldest market event that carries no candidate, for a newer one says
more; it counts what it sheds. A report of the venue, an operator, a policy is never shed: should
even these exceed twice the bound, `put` raises, for then nobody is listening any more.
"""

import asyncio
from collections import deque
from typing import Final

from application.errors import PortError
from domain.decision.messages import Heard, MarketAdvanced

INBOX_SIZE_MAX: Final = 10_000


class InboxOverrun(PortError):
    """More came in than may be dropped or kept: the desk no longer listens."""


class Inbox:
    """A queue with one listener."""

    def __init__(self, size_max: int = INBOX_SIZE_MAX) -> None:
        """Keep at most *size_max* events, and as many again that may not be shed."""
        self._size_max = size_max
        self._events: deque[Heard] = deque()
        self._filled = asyncio.Event()
        self.shed = 0

    def __len__(self) -> int:
        """Return how many events wait."""
        return len(self._events)

    def put(self, heard: Heard) -> None:
        """Take an event in. Raises `InboxOverrun`."""
        if len(self._events) >= self._size_max:
            self._make_room()
        self._events.append(heard)
        self._filled.set()

    def _make_room(self) -> None:
        for at, waiting in enumerate(self._events):
            if isinstance(waiting, MarketAdvanced) and not waiting.candidates:
                del self._events[at]
                self.shed += 1
                return
        if len(self._events) >= 2 * self._size_max:
            raise InboxOverrun(f"{len(self._events)} events wait that may not be dropped")

    async def get(self) -> Heard:
        """Return the oldest event, waiting for one."""
        while not self._events:
            self._filled.clear()
            await self._filled.wait()
        return self._events.popleft()
