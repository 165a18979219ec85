"""The live session: a desk at a venue that is beyond a wire and outlives it. Start is recovery.

Rule 1: the desk opens on its recovered state, hears the latch, and then listens; it asks for the
account by itself, and nothing can be added to the risk before that agreed.
Rule 2: the first start ever hears, before all else, what the account holds: peak and ladder need
an equity.
Rule 3: a stop is a wish. Nothing that adds risk leaves from then on, entries that rest are called
off, and what is in doubt or on its way is waited for, within a bound. Stops stay at the venue:
they guard what is held while nobody is here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from application.desk import Desk
from application.dispatch import Dispatcher
from application.engine import Engine
from application.errors import BadInput
from application.health import HealthBoard
from application.heartbeat import Heartbeat
from application.inbox import Inbox
from application.paper import raise_cause
from application.ports.clock import Clock
from application.ports.source import Source
from application.ticks import LiveTicks
from domain.decision.messages import (
    Heard,
    LatchRead,
    MarketAdvanced,
    SessionClosed,
    SessionOpened,
)
from domain.decision.state import State
from domain.execution.messages import AccountRead, Deposited, StreamTurned
from domain.execution.order import OrderState
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg

STOP_S_MAX: Final = 30.0
OPEN: Final = "open"
READY: Final = "ready"
_LOOK_S: Final = 0.1
_STOPPING: Final = "stopping"
_UNDER_WAY: Final = frozenset({OrderState.INTENT, OrderState.SUBMITTED, OrderState.UNKNOWN})


class LiveSession:
    """Runs one desk until it is told to stop."""

    def __init__(
        self,
        engine: Engine,
        inbox: Inbox,
        dispatcher: Dispatcher,
        health: HealthBoard,
        clock: Clock,
        heartbeat: Heartbeat,
        account: Callable[[], Awaitable[AccountRead]],
        *,
        reached: Callable[[str], None] = lambda _: None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Join the parts; the engine has recovered its state.

        *account* asks the venue until it answers. *reached* is told when the session is `OPEN` and
        `READY`. *pause* waits for seconds.
        """
        self._engine = engine
        self._inbox = inbox
        self._clock = clock
        self._heartbeat = heartbeat
        self._account = account
        self._reached = reached
        self._pause = pause
        self._ticks = LiveTicks(clock, lambda: engine.state, inbox.put)
        self._desk = Desk(
            engine,
            inbox,
            dispatcher,
            health=health,
            before=heartbeat.look,
            after=self._after,
        )
        self._opened = asyncio.Event()
        self._next_phase = OPEN
        self._over = False
        self.stopping = False

    def hear(self, heard: Heard) -> None:
        """Take in what a source says."""
        if isinstance(heard, StreamTurned):
            for turned in self._heartbeat.line.streamed(heard):
                self._inbox.put(turned)
            return
        if self.stopping and isinstance(heard, MarketAdvanced):
            heard = heard._replace(candidates=())
        self._inbox.put(heard)

    def finish(self) -> None:
        """Stop as if told to: the market is over."""
        self._over = True

    async def run(
        self,
        session: SessionOpened,
        latch: LatchRead,
        sources: Sequence[Source],
        stopped: Callable[[], bool],
    ) -> None:
        """Open the desk and listen until *stopped* says so.

        Raises `BadInput` when the account does not say what it holds, and what stopped the desk.
        """
        running = asyncio.create_task(self._run(session, latch, sources))
        try:
            while not (running.done() or stopped() or self._over):
                await self._wait(running)
            await self._wind_down(running)
        finally:
            ended = running.done()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            if not ended and self._opened.is_set():
                why = "the market is over" if self._over else "told to stop"
                self._desk.handle(SessionClosed(self._clock.now_ms(), why))
            self._desk.close()
        if running.done() and not running.cancelled():
            raise_cause(running)

    async def _wait(self, running: asyncio.Task[None]) -> None:
        """Wait a moment, or until the desk ended."""
        pausing = asyncio.ensure_future(self._pause(_LOOK_S))
        await asyncio.wait({pausing, running}, return_when=asyncio.FIRST_COMPLETED)
        pausing.cancel()

    async def _run(
        self, session: SessionOpened, latch: LatchRead, sources: Sequence[Source]
    ) -> None:
        first = await self._first_deposit()
        for heard in (session, *first, latch):
            self._inbox.put(heard)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._desk.run())
            await self._opened.wait()
            tasks.create_task(self._heartbeat.run())
            tasks.create_task(self._ticks.run())
            for source in sources:
                tasks.create_task(source.run(self.hear))

    async def _first_deposit(self) -> tuple[Heard, ...]:
        """Return what the account holds as the money the desk begins with, if it has none yet."""
        if self._engine.state.book.deposits != ZERO:
            return ()
        read = await self._account()
        if read.wallet is None or read.wallet <= ZERO:
            raise BadInput("the account at the venue holds no money: pay in before the first start")
        return (Deposited(read.at_ms, read.wallet),)

    def _after(self, heard: Heard) -> None:
        self._ticks.heard(heard)
        if self._next_phase == OPEN and isinstance(heard, LatchRead):
            self._opened.set()
            self._pass(OPEN, READY)
        elif self._next_phase == READY and is_synced(self._engine.state):
            self._pass(READY, "")

    def _pass(self, phase: str, following: str) -> None:
        self._next_phase = following
        self._reached(phase)

    async def _wind_down(self, running: asyncio.Task[None]) -> None:
        """Let what is under way end: no entry leaves, and none is left at the venue."""
        self.stopping = True
        self._heartbeat.clearance.bar(_STOPPING, "the session is about to stop")
        if running.done() or not self._opened.is_set():
            return
        self._desk.withdraw()
        until_ms = self._clock.now_ms() + int(STOP_S_MAX * 1000)
        while not running.done() and self._clock.now_ms() < until_ms:
            if not len(self._inbox) and is_settled(self._engine.state):
                return
            await self._wait(running)


def is_synced(state: State) -> bool:
    """Tell whether venue and desk agreed since the line came up."""
    known = state.oversight.reconciliation
    return known.stream_up and known.synced_ms is not None


def is_settled(state: State) -> bool:
    """Tell whether nothing is in doubt, on its way to the venue, or resting there as an entry."""
    return not state.oversight.reconciliation.doubts and not any(
        order.state in _UNDER_WAY or order.leg is Leg.ENTRY for order in state.orders.values()
    )
