"""A turn at the venue: a request that retries itself elsewhere waits for the budget a little only.

Whoever waits here holds up others; what must wait longer is given back to who sends it again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from application.errors import NotSent
from application.ports.clock import Clock
from application.rate_budget import WRITE_WEIGHT, Call, RateBudget

PATIENCE_MS: Final = 200


class Turns:
    """Gives turns within the rate budget."""

    def __init__(
        self,
        budget: RateBudget,
        clock: Clock,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Keep to *budget*. *pause* waits for seconds."""
        self.budget = budget
        self.clock = clock
        self.pause = pause

    async def take(self, call: Call, weight: int = WRITE_WEIGHT) -> None:
        """Return when *call* may go out, and count it. Raises `NotSent` if that is not soon."""
        last_ms = self.clock.now_ms() + PATIENCE_MS
        while wait_ms := self.budget.wait_ms(call, self.clock.now_ms(), weight):
            if self.clock.now_ms() + wait_ms > last_ms:
                raise NotSent(f"no room for a call of kind {call} in the next {wait_ms} ms")
            await self.pause(wait_ms / 1000)
        self.budget.take(call, self.clock.now_ms(), weight)
