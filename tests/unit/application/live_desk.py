"""A live desk on fakes, and a signal for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.persistence.codec import MsgpackCodec
from application.desk import Desk
from application.dispatch import Dispatcher
from application.engine import Engine
from application.inbox import Inbox
from domain.decision.facts import Said
from domain.decision.messages import (
    Heard,
    MarketAdvanced,
    NoteEmergency,
    SessionOpened,
)
from domain.decision.state import initial
from domain.execution.messages import (
    Deposited,
    Liquidity,
    OrderFilled,
    PlaceEntry,
)
from domain.governance.directive import Health
from domain.shared.amounts import ZERO
from domain.shared.enums import RunMode
from tests.builders import BTC, START_MS, D, a_candidate, a_policy, an_instrument, free_funding
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.exchange import FakeExchange
from tests.fakes.journal import MemoryJournal
from tests.fakes.latch import MemoryLatch
from tests.fakes.notifier import FakeNotifier


class LiveDesk:
    """A desk on fakes, opened with 10,000 USD."""

    def __init__(self) -> None:
        codec = MsgpackCodec()
        self.journal, self.audit_log = MemoryJournal(codec), MemoryAuditLog()
        self.exchange, self.notifier, self.inbox = FakeExchange(), FakeNotifier(), Inbox()
        state = initial(RunMode.PAPER, a_policy())
        self.said: list[Said] = []
        self.broken: Exception | None = None
        self.engine = Engine(state, self.journal, self.audit_log, codec, [self._show])
        self.exchange.listen(self.inbox.put)
        self.latch, self.notes = MemoryLatch(), list[NoteEmergency]()
        dispatcher = Dispatcher(
            self.exchange,
            self.latch,
            self.notifier,
            self.notes.append,
            lambda: self.engine.state,
            self.inbox.put,
        )
        self.desk = Desk(self.engine, self.inbox, dispatcher)
        instruments = {BTC: an_instrument()}
        self.inbox.put(SessionOpened(START_MS, RunMode.PAPER, 1, a_policy(), instruments))
        self.inbox.put(Deposited(START_MS, D(10_000)))
        self.inbox.put(MarketAdvanced(START_MS, (), 0.0, (), (), free_funding(BTC)))

    def _show(self, _heard: Heard, said: tuple[Said, ...]) -> None:
        if self.broken is not None:
            raise self.broken
        self.said += said

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the desk, and leave once it has heard and sent everything."""
        task = asyncio.create_task(self.desk.run())
        try:
            await self.settled()
            yield
            await self.settled()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @property
    def health(self) -> Health:
        return self.engine.state.oversight.health

    async def settled(self) -> None:
        await asyncio.wait_for(self.desk.settled(), timeout=5)

    async def hears(self, *events: Heard) -> None:
        """Let *events* come in by the door, and wait until all is done about them."""
        for event in events:
            self.inbox.put(event)
        await self.settled()

    def entry_filled(self) -> OrderFilled:
        """Return the fill of the one entry that was sent."""
        (entry,) = [one for one in self.exchange.sent if isinstance(one, PlaceEntry)]
        return OrderFilled(
            START_MS + 61_000,
            entry.client_id,
            BTC,
            entry.side,
            entry.quantity,
            D(100),
            ZERO,
            Liquidity.TAKER,
            "v1",
            ZERO,
        )


def a_signal(at_ms: int = START_MS + 60_000) -> MarketAdvanced:
    candidate = a_candidate(source=RunMode.PAPER)
    return MarketAdvanced(at_ms, ((BTC, 100.0),), 0.0, (), (candidate,))
