"""An event loop on virtual time: nothing waits; when nothing is ready, time jumps to what is next.

Rule 1: no thread, no socket, no wall clock: the same calls give the same order of events.
Rule 2: the world goes on when a loop ends. What the world does at its times stands in an `Agenda`,
which outlives the loops of the processes that live in it; a loop only moves it on.
Rule 3: whatever a callback raises that is not an `Exception` leaves `run_forever` at once, and
nothing of the loop runs after it: so a process dies between any two steps.
"""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import ceil
from typing import Final

US_PER_MS: Final = 1_000
_US_PER_S: Final = 1_000_000
# So many turns of a loop at one instant are a loop without end.
TURNS_MAX: Final = 20_000


class Stuck(RuntimeError):
    """Nothing will ever happen again, or the same instant never ends."""


class Agenda:
    """What the world does, and when. Its time never goes back."""

    def __init__(self, start_ms: int) -> None:
        """Begin at *start_ms*, UTC."""
        self.elapsed_us = 0
        self._start_ms = start_ms
        self._numbers = count()
        self._items: list[tuple[int, int, Callable[[], None]]] = []

    def now_ms(self) -> int:
        """Return the time in UTC ms."""
        return self._start_ms + self.elapsed_us // US_PER_MS

    def after(self, delay_ms: float, call: Callable[[], None]) -> None:
        """Do *call* so many ms from now; what is due at one instant is done as it was put here."""
        due_us = self.elapsed_us + max(0, ceil(delay_ms * US_PER_MS))
        heappush(self._items, (due_us, next(self._numbers), call))

    @property
    def due_us(self) -> int | None:
        """When something is due next, in us since the start; None: nothing ever."""
        return self._items[0][0] if self._items else None

    def play_next(self) -> None:
        """Go to what is due next, and do it."""
        due_us, _, call = heappop(self._items)
        self.elapsed_us = max(self.elapsed_us, due_us)
        call()

    def play_until(self, until_us: int) -> None:
        """Do all that is due up to *until_us*, and go there."""
        while self._items and self._items[0][0] <= until_us:
            self.play_next()
        self.elapsed_us = max(self.elapsed_us, until_us)


class VirtualClock:
    """The time of a process in the world of an agenda. Satisfies `Clock`."""

    def __init__(self, agenda: Agenda) -> None:
        """Read the time of *agenda*. `skew` may be set: what its wall clock is off by, in ms."""
        self.now_ms = agenda.now_ms
        self.skew = 0

    def skew_ms(self) -> int:
        """Return by how much the wall clock has moved against the steady one."""
        return self.skew


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs on the time of an agenda. `turn` is called before each turn, and may raise.

    `frozen_until_us`: until then the process stands still, as one that was stopped does.
    """

    def __init__(self, agenda: Agenda, turn: Callable[[], None]) -> None:
        """Live in the world of *agenda*."""
        super().__init__()
        self.frozen_until_us = 0
        self._agenda = agenda
        self._turn = turn
        self._turned_us = 0
        self._turns = 0
        # What the base class asks to wait; here it is the loop itself that moves time.
        self._selector = self

    def leave(self) -> None:
        """Part from the world: time here stands still, and nothing of it can move the agenda."""
        left = Agenda(0)
        left.elapsed_us = self._agenda.elapsed_us
        self._agenda = left
        self._turn = lambda: None

    def time(self) -> float:
        """Return the seconds since the agenda began."""
        return self._agenda.elapsed_us / _US_PER_S

    def select(self, timeout_s: float | None) -> list[object]:
        """Move time on to what is next, unless something is ready. Raises `Stuck`."""
        agenda = self._agenda
        self._count(agenda.elapsed_us)
        self._turn()
        while self.frozen_until_us > agenda.elapsed_us:  # it may be let go earlier
            due_us = agenda.due_us
            if due_us is None or due_us > self.frozen_until_us:
                agenda.elapsed_us = self.frozen_until_us
            else:
                agenda.play_next()
        if timeout_s is not None and timeout_s <= 0:
            return []
        due_us = agenda.due_us
        if timeout_s is None:
            if due_us is None:
                raise Stuck("nothing is ready, and nothing is due")
            agenda.play_next()
            return []
        wake_us = agenda.elapsed_us + max(1, ceil(timeout_s * _US_PER_S))
        if due_us is not None and due_us <= wake_us:
            agenda.play_next()
        else:
            agenda.elapsed_us = wake_us
        return []

    def _count(self, now_us: int) -> None:
        if now_us != self._turned_us:
            self._turned_us, self._turns = now_us, 0
        self._turns += 1
        if self._turns > TURNS_MAX:
            raise Stuck(f"more than {TURNS_MAX} turns at one instant")

    def _process_events(self, event_list: list[object]) -> None:
        """Do nothing: there is no I/O."""

    def _write_to_self(self) -> None:
        """Do nothing: nobody calls from another thread."""
