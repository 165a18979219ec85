"""A world in which the desk may die at any touch of the outside, and its venue lives on.

Everything is real but time: venue, journal, latch, engine, dispatcher, desk. A life is one set of
the desk's objects; after a death the next one recovers from what is on the disk and what the venue
says. Touches are counted over all lives.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from adapters.exchange.simulated.exchange import SimulatedExchange
from adapters.exchange.simulated.faults import Faults, FaultyVenue
from adapters.exchange.simulated.rules import VenueRules
from adapters.exchange.simulated.venue import SimulatedVenue
from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.journal import SqliteJournal
from adapters.persistence.latch import FileLatch
from application.desk import Desk
from application.dispatch import Dispatcher
from application.engine import Engine
from application.inbox import Inbox
from application.startup import Recovered, account_of, first_heard, recovered
from application.ticks import RowTicks
from domain.decision.facts import Said
from domain.decision.messages import Heard, MarketAdvanced, SessionOpened
from domain.decision.state import State
from domain.governance.policy import Policy
from domain.market.bars import Bar
from domain.risk.emergency_stop import Latch
from domain.shared.enums import Action, RunMode
from tests.builders import (
    MINUTE_MS,
    START_MS,
    D,
    a_candidate,
    an_instrument,
    free_funding,
)
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.notifier import FakeNotifier
from tests.mortal_ports import Fate, Killed, MortalExchange, MortalJournal, MortalLatch

ROW_MS: Final = MINUTE_MS
_CODEC: Final = MsgpackCodec()


class Life:
    """One set of the desk's objects, running."""

    def __init__(self, world: "World", begun: Recovered) -> None:
        self.inbox, fate = Inbox(), world.fate
        self.journal_file = SqliteJournal(world.folder / "journal.db", _CODEC)
        journal = MortalJournal(self.journal_file, fate, eager=world.eager)
        self.engine = Engine(
            begun.state,
            journal,
            MemoryAuditLog(),
            _CODEC,
            [world.shown],
            sequence=begun.sequence,
            digest=begun.digest,
        )
        inner = SimulatedExchange(world.reached, lambda: max(world.now_ms, self.engine.state.at_ms))
        inner.listen(self.inbox.put)
        self.exchange = MortalExchange(inner, fate)
        self.latch = MortalLatch(FileLatch(world.folder / "latch"), fate)
        dispatcher = Dispatcher(
            self.exchange,
            self.latch,
            FakeNotifier(),
            list[object]().append,
            lambda: self.engine.state,
            self.inbox.put,
        )
        self.desk = Desk(self.engine, self.inbox, dispatcher)
        self.running = asyncio.create_task(self.desk.run())

    async def settled(self) -> None:
        """Wait until all is done. Raises `Killed`."""
        settled = asyncio.create_task(self.desk.settled())
        await asyncio.wait({settled, self.running}, return_when=asyncio.FIRST_COMPLETED)
        if self.running.done():
            settled.cancel()
            cause: BaseException | None = self.running.exception()
            while isinstance(cause, BaseExceptionGroup):
                cause = cause.exceptions[0]
            assert cause is not None
            raise cause

    async def end(self) -> None:
        """Let go of everything; what was not committed is lost."""
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        self.journal_file._broken = "the process is gone"
        self.journal_file.close()


class World:
    """The venue, the disk and the market. `deaths` are the touches at which the desk dies."""

    def __init__(
        self,
        folder: Path,
        policy: Policy,
        symbols: Sequence[str],
        deaths: Sequence[int] = (),
        *,
        faults: Faults,
        eager: bool,
    ) -> None:
        folder.mkdir()
        self.folder, self.policy, self.symbols = folder, policy, tuple(symbols)
        self.fate = Fate(deaths)
        self.said: list[Said] = []
        self.lives = 0
        self.eager = eager
        self.now_ms = START_MS
        self._row = 0
        self.instruments = {symbol: an_instrument(symbol) for symbol in symbols}
        rules = VenueRules(0.0, 0.0, 0.0, 0.0)
        self.venue = SimulatedVenue(self.instruments, rules)
        self.reached = FaultyVenue(self.venue, faults)

    @property
    def state(self) -> State:
        return self.life.engine.state

    @property
    def latch(self) -> Latch | None:
        return FileLatch(self.folder / "latch").read()

    def shown(self, _heard: Heard, said: tuple[Said, ...]) -> None:
        """Remember what is *said*, as a projection."""
        self.said += said

    async def begins(self) -> None:
        """Open the desk with 10,000 USD, and make that durable."""
        FileLatch(self.folder / "latch").create()
        self.life = self._born()
        opening = SessionOpened(START_MS, RunMode.PAPER, 1, self.policy, self.instruments)
        news = free_funding(*self.symbols)
        await self.hears(
            opening,
            self.venue.deposit(START_MS, D(10_000)),
            MarketAdvanced(START_MS, (), 0.0, (), (), news),
        )
        self.life.engine.commit()

    def _born(self) -> Life:
        journal = SqliteJournal(self.folder / "journal.db", _CODEC)
        begun = recovered(journal, _CODEC, [self.shown])
        journal.close()
        self.lives += 1
        return Life(self, begun)

    async def hears(self, *events: Heard) -> None:
        """Let the desk hear *events*; should it die over them, the next one recovers."""
        try:
            for event in events:
                self.life.inbox.put(event)
            await self.life.settled()
        except Killed:
            await self._again()

    async def dies(self) -> None:
        """Let the desk die at rest, and the next one recover."""
        await self._again()

    async def _again(self) -> None:
        while True:
            await self.life.end()
            self.life = self._born()
            engine = self.life.engine
            try:
                account = await account_of(self.life.exchange)
                for heard in first_heard(engine.state, self.life.latch, account, engine.sequence):
                    self.life.inbox.put(heard)
                await self.life.settled()
            except Killed:
                continue
            return

    async def plays(self, price: float, *wanted: str) -> None:
        """Let a minute pass that ends at *price*, and the voters want to buy *wanted*."""
        start, end = START_MS + self._row * ROW_MS, START_MS + (self._row + 1) * ROW_MS
        self._row += 1
        bars = [Bar(one, start, end, price, price, price, price, 1e9) for one in self.symbols]
        self.venue.begin(bars)
        ticks = RowTicks(end)
        while True:
            due = ticks.due(self.state)
            if reports := self.venue.advance(due):
                self.now_ms = reports[-1].at_ms
                await self.hears(*reports)
            elif due is not None:
                self.now_ms = max(self.now_ms, due)
                await self.hears(ticks.tick(due))
            else:
                break
        self.now_ms = end
        candidates = [
            a_candidate(Action.BUY, one, f"{price}", source=RunMode.PAPER) for one in wanted
        ]
        marks = tuple((one, price) for one in self.symbols)
        await self.hears(MarketAdvanced(end, marks, 0.0, (), tuple(candidates)))
