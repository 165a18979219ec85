"""A watcher that may hang, asked beside the loop: what it does not say in time is an outage.

One question at a time; while it hangs nothing else is asked of it, and the desk hears that its
store cannot be reached. A store that answers after all is found again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from application.paper import Watcher
from application.ports.clock import Clock
from domain.decision.messages import Heard, PolicyStoreFound, PolicyStoreLost

EVERY_S: Final = 1.0
DEADLINE_S: Final = 5.0

Aside = Callable[[Callable[[], tuple[Heard, ...]]], Awaitable[tuple[Heard, ...]]]
"""Does the work where it does not hold up the loop."""


class Watching:
    """Asks one watcher of a policy store for as long as the session lasts."""

    def __init__(
        self,
        watcher: Watcher,
        clock: Clock,
        aside: Aside,
        *,
        every_s: float = EVERY_S,
        deadline_s: float = DEADLINE_S,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Ask *watcher* every *every_s*; an answer may take *deadline_s*."""
        self._watcher = watcher
        self._clock = clock
        self._aside = aside
        self._every_s = every_s
        self._deadline_s = deadline_s
        self._pause = pause

    async def run(self, hear: Callable[[Heard], None]) -> None:
        """Tell *hear* what there is to hear, until cancelled. Satisfies `Source`."""
        while True:
            asked_ms = self._clock.now_ms()
            answer = asyncio.ensure_future(self._aside(partial(self._watcher, asked_ms)))
            await asyncio.wait({answer}, timeout=self._deadline_s)
            late = not answer.done()
            if late:
                problem = f"no answer for {self._deadline_s:g} s"
                hear(PolicyStoreLost(self._clock.now_ms(), asked_ms, problem))
            told = await answer
            if late and not any(
                isinstance(one, PolicyStoreLost | PolicyStoreFound) for one in told
            ):
                hear(PolicyStoreFound(self._clock.now_ms()))
            for heard in told:
                hear(heard)
            await self._pause(self._every_s)
