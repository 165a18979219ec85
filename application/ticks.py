"""Ticks: when the desk wants one, and how many it may want; between two rows, and live.

Between two rows a tick has its place among what happens at the venue: what happens up to its
instant comes first. Live it comes when it is due, or soon after, and every second in any case.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from application.ports.clock import Clock
from domain.decision.attention import next_tick
from domain.decision.messages import ClockTicked, Heard
from domain.decision.state import State
from domain.shared.errors import InvariantBroken

TICKS_MAX: Final = 1_000
BEAT_MS: Final = 1_000
# Between two ticks live, however many are wanted.
APART_MS: Final = 20


class RowTicks:
    """The ticks while one row is played. `end_ms` is its close, which is no tick: it is heard."""

    __slots__ = ("_end_ms", "_told")

    def __init__(self, end_ms: int) -> None:
        self._end_ms = end_ms
        self._told = 0

    def due(self, state: State) -> int | None:
        """Return when *state* wants a tick in this row, None when it wants none."""
        due = next_tick(state)
        return None if due is None or due >= self._end_ms else due

    def tick(self, due: int) -> ClockTicked:
        """Return the tick of *due*. Raises `InvariantBroken` when there are too many."""
        self._told += 1
        if self._told > TICKS_MAX:
            raise InvariantBroken(f"more than {TICKS_MAX} ticks before {self._end_ms}: a loop")
        return ClockTicked(due)


class LiveTicks:
    """The ticks of a live session. At most one waits to be heard."""

    def __init__(
        self, clock: Clock, state: Callable[[], State], hear: Callable[[Heard], None]
    ) -> None:
        """Tell *hear* a tick when *state* wants one."""
        self._clock = clock
        self._state = state
        self._hear = hear
        self._woken = asyncio.Event()
        self._wake_ms = self._told_ms = 0
        self._waits = False

    def heard(self, heard: Heard) -> None:
        """Look again when the next tick is due, for *heard* may have changed that."""
        if isinstance(heard, ClockTicked):
            self._waits = False
            self._woken.set()
            return
        due = next_tick(self._state())
        if due is not None and due < self._wake_ms:
            self._woken.set()

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            now, due_ms = self._clock.now_ms(), self._told_ms + BEAT_MS
            due = next_tick(self._state())
            if due is not None:
                due_ms = min(due_ms, max(due, self._told_ms + APART_MS))
            if due_ms <= now and not self._waits:
                self._waits, self._told_ms = True, now
                self._hear(ClockTicked(now))
                continue
            await self._sleep(now + BEAT_MS if self._waits else due_ms, now)

    async def _sleep(self, until_ms: int, now: int) -> None:
        self._wake_ms = until_ms
        self._woken.clear()
        try:
            async with asyncio.timeout((until_ms - now) / 1000):
                await self._woken.wait()
        except TimeoutError:
            pass
