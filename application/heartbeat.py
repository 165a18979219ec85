"""The heartbeat: did the process sleep, does its clock go right, does the line to the venue hold.

Rule 1: nothing seen for two seconds is a sleep (a suspended machine, a stopped process, a loop that
stood still). Whatever waits then is older than it looks: before the next event the desk hears that
the line was lost, and acts on nothing until venue and book were held against each other again.
Rule 2: a wall clock that jumps does not move the session's clock, but is a fault: no entry until
the venue's own time agrees with ours.
Rule 3: the line is up when nobody says that it is down: neither the stream, nor a clock in doubt.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from application.clearance import ASLEEP_MS, Clearance
from application.errors import PortError
from application.health import HealthBoard
from application.ports.clock import Clock
from domain.decision.messages import Heard
from domain.execution.messages import StreamTurned

BEAT_S: Final = 0.25
STEP_MS_MAX: Final = 500
# The venue's time is asked for so often, and while the clock is in doubt.
_ASK_S: Final = 60.0
_ASK_AGAIN_S: Final = 1.0
_CLOCK: Final = "clock"
_STREAM: Final = "stream"
_SLEEP: Final = "sleep"


class Beat(NamedTuple):
    """What a look at the clock found: for how long nobody looked, by how much the wall moved."""

    gap_ms: int
    stepped_ms: int

    @property
    def asleep(self) -> bool:
        """Tell whether the gap was a sleep."""
        return self.gap_ms > ASLEEP_MS

    @property
    def stepped(self) -> bool:
        """Tell whether the wall clock was moved."""
        return abs(self.stepped_ms) > STEP_MS_MAX


class Pulse:
    """Judges looks at the clock, one against the one before."""

    def __init__(self, at_ms: int, skew_ms: int) -> None:
        """Begin at *at_ms*, with the wall clock moved by *skew_ms* so far."""
        self._at_ms = at_ms
        self._skew_ms = skew_ms

    def beat(self, at_ms: int, skew_ms: int) -> Beat:
        """Return what this look found. A slow drift is no step until it adds up to one."""
        found = Beat(at_ms - self._at_ms, skew_ms - self._skew_ms)
        self._at_ms = at_ms
        if found.stepped:
            self._skew_ms = skew_ms
        return found


class Line:
    """The line to the venue as the desk hears of it."""

    def __init__(self) -> None:
        """Begin down: the stream has not come up yet."""
        self._down = {_STREAM: "not up yet"}

    def turned(self, at_ms: int, part: str, problem: str | None) -> tuple[Heard, ...]:
        """Return what is heard when *part* says its *problem* with the line, None for none."""
        if problem is not None:
            self._down[part] = problem
            return (StreamTurned(at_ms, up=False, reason=problem),)
        self._down.pop(part, None)
        if self._down:
            return ()
        return (StreamTurned(at_ms, up=True, reason=f"{part}: well again"),)

    def streamed(self, heard: StreamTurned) -> tuple[Heard, ...]:
        """Return what is heard when the stream itself turned."""
        return self.turned(heard.at_ms, _STREAM, None if heard.up else heard.reason)


class Heartbeat:
    """Looks at the clock before every event, and by itself four times a second."""

    def __init__(
        self,
        clock: Clock,
        clearance: Clearance,
        line: Line,
        health: HealthBoard,
        hear: Callable[[Heard], None],
        *,
        resync: Callable[[], None] | None = None,
        offset_ms: Callable[[], Awaitable[int]] | None = None,
        alive: Callable[[], None] = lambda: None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Tell *hear* of what is found.

        *resync* makes the stream begin anew, and say when it is up; without it the stream is
        believed. *offset_ms* asks the venue by how many ms its time is ahead of ours; without it
        a clock that jumped is only told of. *alive* is called at every beat, *pause* waits for
        seconds.
        """
        self._clock = clock
        self.clearance = clearance
        self.line = line
        self._health = health
        self._hear = hear
        self._resync = resync
        self._offset_ms = offset_ms
        self._alive = alive
        self._pause = pause
        self._pulse = Pulse(clock.now_ms(), clock.skew_ms())
        self._doubted = False
        self.gap_ms_max = 0

    def look(self) -> tuple[Heard, ...]:
        """Return what must be heard before anything else, now."""
        at_ms = self._clock.now_ms()
        beat = self._pulse.beat(at_ms, self._clock.skew_ms())
        self.clearance.seen_ms = at_ms
        self.gap_ms_max = max(self.gap_ms_max, beat.gap_ms)
        found: tuple[Heard, ...] = ()
        if beat.asleep:
            found = self._slept(at_ms, beat.gap_ms)
        if beat.stepped:
            moved = f"the wall clock moved by {beat.stepped_ms / 1000:+.1f} s"
            found = (*found, *self._doubt(at_ms, moved))
        return found

    def _slept(self, at_ms: int, gap_ms: int) -> tuple[Heard, ...]:
        problem = f"asleep for {gap_ms / 1000:.0f} s"
        if self._resync is None:
            down = self.line.turned(at_ms, _SLEEP, problem)
            return (*down, *self.line.turned(at_ms, _SLEEP, None))
        self._resync()
        return self.line.turned(at_ms, _STREAM, problem)

    def _doubt(self, at_ms: int, problem: str) -> tuple[Heard, ...]:
        """Let the clock be in doubt, until the venue's time agrees."""
        told = self._health.told(at_ms, _CLOCK, problem)
        down = self.line.turned(at_ms, _CLOCK, problem)
        if self._offset_ms is None:
            return (told, *down, *self._agreed(at_ms))
        self._doubted = True
        self.clearance.bar(_CLOCK, problem)
        return (told, *down)

    def _agreed(self, at_ms: int) -> tuple[Heard, ...]:
        self._doubted = False
        self.clearance.clear(_CLOCK)
        up = self.line.turned(at_ms, _CLOCK, None)
        return (self._health.told(at_ms, _CLOCK, None), *up)

    async def run(self) -> None:
        """Beat until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            if self._offset_ms is not None:
                tasks.create_task(self._compare(self._offset_ms))
            while True:
                await self._pause(BEAT_S)
                self._alive()
                for heard in self.look():
                    self._hear(heard)

    async def _compare(self, offset_ms: Callable[[], Awaitable[int]]) -> None:
        """Hold our time against the venue's: rarely, and often while ours is in doubt."""
        asked_s = _ASK_S
        while True:
            if self._doubted or asked_s >= _ASK_S:
                asked_s = 0.0
                await self._compared(offset_ms)
            await self._pause(_ASK_AGAIN_S)
            asked_s += _ASK_AGAIN_S

    async def _compared(self, offset_ms: Callable[[], Awaitable[int]]) -> None:
        try:
            off_ms = await offset_ms()
        except PortError:
            return  # nobody knows better than before
        at_ms = self._clock.now_ms()
        agrees = abs(off_ms) <= STEP_MS_MAX
        found: tuple[Heard, ...] = ()
        if not agrees and not self._doubted:
            found = self._doubt(at_ms, f"the venue's time is {off_ms / 1000:+.1f} s off ours")
        elif agrees and self._doubted:
            found = self._agreed(at_ms)
        for heard in found:
            self._hear(heard)
