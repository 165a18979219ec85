import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from application.ticks import APART_MS, BEAT_MS, LiveTicks
from domain.decision.messages import ClockTicked, Heard
from domain.decision.state import State, initial
from domain.execution.messages import StreamTurned
from domain.execution.reconciliation import Reconciliation
from domain.shared.enums import RunMode
from tests.builders import START_MS, a_policy
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.unit

QUIET = initial(RunMode.PAPER, a_policy())


def wanting(at_ms: int) -> State:
    """Return a state that wants a tick at *at_ms*."""
    known = Reconciliation(remote=True, read_ms=at_ms)
    return QUIET._replace(oversight=QUIET.oversight._replace(reconciliation=known))


class Ticking:
    """Ticks of a state that the test changes."""

    def __init__(self, state: State = QUIET) -> None:
        self.clock, self.state = FakeClock(), state
        self.told: list[Heard] = []
        self.ticks = LiveTicks(self.clock, lambda: self.state, self.told.append)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.ticks.run())
        try:
            await self.turns()
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def turns(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def later(self, ms: int) -> None:
        """Let *ms* pass, and something be heard."""
        self.clock.at_ms += ms
        self.ticks.heard(StreamTurned(self.clock.at_ms, up=True, reason=""))
        await self.turns()

    async def heard(self) -> None:
        self.ticks.heard(ClockTicked(self.clock.at_ms))
        await self.turns()


async def test_no_second_tick_is_told_while_the_first_waits() -> None:
    ticking = Ticking(wanting(START_MS))
    async with ticking.running():
        await ticking.later(BEAT_MS)
        await ticking.later(BEAT_MS)
        assert ticking.told == [ClockTicked(START_MS)]
        await ticking.heard()
        assert ticking.told == [ClockTicked(START_MS), ClockTicked(START_MS + 2 * BEAT_MS)]


async def test_a_tick_that_becomes_due_sooner_is_not_slept_through() -> None:
    ticking = Ticking()
    async with ticking.running():
        await ticking.heard()
        ticking.told.clear()
        ticking.state = wanting(START_MS + APART_MS)
        await ticking.later(APART_MS)
        assert ticking.told == [ClockTicked(START_MS + APART_MS)]


async def test_a_wish_that_no_tick_satisfies_is_asked_for_with_a_distance() -> None:
    ticking = Ticking(wanting(START_MS))
    async with ticking.running():
        for _ in range(10):
            ticking.clock.at_ms += APART_MS // 2
            await ticking.heard()
    times = [one.at_ms for one in ticking.told]
    assert all(later - one >= APART_MS for one, later in pairwise(times))
    assert len(times) == 6


async def test_a_tick_comes_every_second_though_none_is_wanted() -> None:
    ticking = Ticking()
    async with ticking.running():
        for _ in range(3):
            ticking.clock.at_ms += BEAT_MS
            await ticking.heard()
    assert [one.at_ms for one in ticking.told] == [START_MS + n * BEAT_MS for n in range(4)]
