"""A dispatcher with everything around it, on fakes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from application.dispatch import Dispatcher
from domain.decision.messages import (
    Heard,
    NoteEmergency,
)
from domain.execution.messages import (
    OrderKind,
    PlaceEntry,
    PlaceExit,
)
from domain.shared.enums import Side
from tests.builders import BTC, ETH, a_candidate
from tests.fakes.exchange import FakeExchange
from tests.fakes.latch import MemoryLatch
from tests.fakes.notifier import FakeNotifier
from tests.rig import Rig


class Lanes:
    """A dispatcher with everything around it. `pauses` are those it made, in seconds."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.exchange, self.notifier = FakeExchange(), FakeNotifier()
        self.latch = MemoryLatch()
        self.notes: list[NoteEmergency] = []
        self.reports: list[Heard] = []
        self.pauses: list[float] = []
        self.dispatcher = Dispatcher(
            self.exchange,
            self.latch,
            self.notifier,
            self.notes.append,
            lambda: self.rig.state,
            self.reports.append,
            self._pause,
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)  # others have their turn meanwhile

    def entry(self, symbol: str = BTC) -> PlaceEntry:
        """Return an entry that the desk approves now."""
        self.rig.forget().wants(a_candidate(symbol=symbol))
        (entry,) = self.rig.entries()
        return entry

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve the lanes, and leave once all that was asked is handed over."""
        task = asyncio.create_task(self.dispatcher.run())
        try:
            yield
            await asyncio.wait_for(self.dispatcher.idle(), timeout=5)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def an_exit(name: str = "exit", symbol: str = ETH) -> PlaceExit:
    return PlaceExit(name, symbol, Side.SELL, OrderKind.MARKET, None, None, None)
