"""Event-loop lag: by how much a short pause took longer than it was asked to."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

PAUSE_S: Final = 0.1
WINDOW: Final = 100


class LoopLag:
    """Measures ten times a second, and remembers the last ten seconds."""

    def __init__(
        self,
        steady_s: Callable[[], float],
        measured: Callable[[float], None] = lambda _: None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Read *steady_s*, in seconds; tell *measured* each lag in seconds."""
        self._steady_s = steady_s
        self._measured = measured
        self._pause = pause
        self._lags: deque[float] = deque(maxlen=WINDOW)

    def worst_s(self) -> float:
        """Return the greatest lag of the last ten seconds."""
        return max(self._lags, default=0.0)

    def typical_s(self) -> float:
        """Return the median lag of the last ten seconds: one hiccup does not move it."""
        lags = sorted(self._lags)
        return lags[len(lags) // 2] if lags else 0.0

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            asked_s = self._steady_s()
            await self._pause(PAUSE_S)
            lag_s = max(0.0, self._steady_s() - asked_s - PAUSE_S)
            self._lags.append(lag_s)
            self._measured(lag_s)
