"""A live session on fakes: a source that says what it is given, and a clock that moves by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from adapters.persistence.codec import MsgpackCodec
from application.clearance import Clearance
from application.dispatch import Dispatcher
from application.engine import Engine
from application.health import HealthBoard
from application.heartbeat import Heartbeat, Line
from application.inbox import Inbox
from application.live import LiveSession
from domain.decision.messages import Heard, LatchRead, SessionOpened
from domain.decision.state import State, initial
from domain.execution.messages import AccountRead, StreamTurned
from domain.risk.emergency_stop import NORMAL, Latch
from domain.shared.enums import RunMode
from tests.builders import BTC, START_MS, D, a_policy, an_instrument
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.clock import FakeClock
from tests.fakes.exchange import FakeExchange
from tests.fakes.journal import MemoryJournal
from tests.fakes.latch import MemoryLatch
from tests.fakes.notifier import FakeNotifier

CALM = Latch(0, NORMAL, (), (), 0, 0.0, 0.0)
OPENING = SessionOpened(START_MS, RunMode.PAPER, 3, a_policy(), {BTC: an_instrument()}, remote=True)


class Says:
    """A source that says what it is given."""

    def __init__(self) -> None:
        self.hear: Callable[[Heard], None] | None = None
        self.up = asyncio.Event()
        self.fails: Exception | None = None

    async def run(self, hear: Callable[[Heard], None]) -> None:
        self.hear = hear
        self.up.set()
        if self.fails is not None:
            raise self.fails
        await asyncio.Event().wait()


class Live:
    """A live session, to be stopped by `stops`."""

    def __init__(self, state: State | None = None) -> None:
        self.clock, self.source = FakeClock(), Says()
        codec = MsgpackCodec()
        self.journal = MemoryJournal(codec)
        self.exchange, self.inbox = FakeExchange(), Inbox()
        self.exchange.listen(self.inbox.put)
        self.account = AccountRead(START_MS, (), (), wallet=D(10_000))
        self.engine = Engine(
            state or initial(RunMode.PAPER, a_policy()), self.journal, MemoryAuditLog(), codec, []
        )
        self.clearance = Clearance(self.clock.now_ms)
        health = HealthBoard()
        self.stops = False
        self.phases: list[str] = []
        dispatcher = Dispatcher(
            self.exchange,
            MemoryLatch(),
            FakeNotifier(),
            list[object]().append,
            lambda: self.engine.state,
            self.inbox.put,
        )
        heartbeat = Heartbeat(
            self.clock, self.clearance, Line(), health, self.inbox.put, pause=_forever
        )
        self.session = LiveSession(
            self.engine,
            self.inbox,
            dispatcher,
            health,
            self.clock,
            heartbeat,
            self._account,
            reached=self.phases.append,
            pause=self._pause,
        )

    async def _account(self) -> AccountRead:
        return self.account

    async def _pause(self, _: float) -> None:
        self.clock.at_ms += 100
        await asyncio.sleep(0.001)

    @property
    def heard(self) -> list[Heard]:
        return [entry.heard for entry in self.journal.entries()]

    async def hears(self, *events: Heard) -> None:
        """Let the source say *events*, and wait until they were heard."""
        await self.source.up.wait()
        assert self.source.hear is not None
        for event in events:
            self.source.hear(event)
        await self.until(lambda: not len(self.inbox))

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not done():  # noqa: ASYNC110 - what is waited for sets no event
                await asyncio.sleep(0.001)

    async def synced(self) -> None:
        """Bring the line up, and let the account agree."""
        await self.hears(StreamTurned(self.clock.at_ms, up=True, reason=""))
        await self.hears(self.account._replace(at_ms=self.clock.at_ms))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Run until `stops`, then wait for the end."""
        run = self.session.run(
            OPENING, LatchRead(START_MS, CALM), [self.source], lambda: self.stops
        )
        task = asyncio.create_task(run)
        try:
            yield task
            self.stops = True
            await asyncio.wait_for(task, timeout=5)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _forever(_: float) -> None:
    await asyncio.Event().wait()
