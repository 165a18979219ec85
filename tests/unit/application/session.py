"""A paper session on fakes."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from adapters.persistence.codec import MsgpackCodec
from application.desk import Desk
from application.digest import NOTHING_DECIDED
from application.dispatch import Dispatcher
from application.engine import Engine
from application.inbox import Inbox
from application.paper import PaperSession, Watcher
from application.resume import ResumedJournal
from domain.decision.messages import (
    Heard,
    SessionOpened,
)
from domain.decision.state import initial
from domain.execution.messages import (
    AccountRead,
    OrderAbsent,
    QueryOrder,
    ReadAccount,
    Report,
    VenueCommand,
)
from domain.shared.enums import RunMode
from tests.builders import BTC, START_MS, D, a_policy, an_instrument, free_funding
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.journal import MemoryJournal
from tests.fakes.latch import MemoryLatch
from tests.fakes.notifier import FakeNotifier
from tests.fakes.tape import FakeTape
from tests.fakes.venue import FakeVenue


class VenueLine:
    """An exchange that is the fake venue, and answers at once."""

    def __init__(self, venue: FakeVenue, now_ms: Callable[[], int]) -> None:
        self._venue, self._now_ms = venue, now_ms
        self._listeners: list[Callable[[Report], None]] = []

    def listen(self, listener: Callable[[Report], None]) -> None:
        self._listeners.append(listener)

    async def send(self, command: VenueCommand) -> None:
        for report in self._venue.send(command, self._now_ms()):
            for listener in self._listeners:
                listener(report)

    async def read(self, _: ReadAccount) -> AccountRead:
        return self._venue.account(self._now_ms())

    async def query(self, wish: QueryOrder) -> None:
        for listener in self._listeners:
            listener(OrderAbsent(self._now_ms(), wish.client_id, wish.symbol))


class Session:
    """A paper session on fakes."""

    def __init__(
        self,
        closes: Mapping[str, Sequence[float]],
        written: Sequence[bytes] | None = None,
        *,
        journal: MemoryJournal | None = None,
        watchers: Sequence[Watcher] = (),
        reconcile_ms: int = 0,
    ) -> None:
        """Prepare to play *closes*, and to resume where *written* says what was heard before.

        Or where *journal* does, with its digests.
        """
        self.tape, self.venue, self.inbox = FakeTape(closes), FakeVenue(), Inbox()
        codec = MsgpackCodec()
        self.journal = journal or MemoryJournal(codec)
        for sequence, heard in enumerate(written or (), start=1):
            self.journal.append(sequence, heard, NOTHING_DECIDED)
        resumes = journal is not None or written is not None
        resumed = ResumedJournal(self.journal, codec) if resumes else None
        state = initial(RunMode.PAPER, a_policy())
        self.engine = Engine(state, resumed or self.journal, MemoryAuditLog(), codec, [])
        line = VenueLine(self.venue, lambda: self.engine.state.at_ms)
        line.listen(self.inbox.put)
        self.latch = MemoryLatch()
        dispatcher = Dispatcher(
            line,
            self.latch,
            FakeNotifier(),
            list[object]().append,
            lambda: self.engine.state,
            self.inbox.put,
        )
        desk = Desk(self.engine, self.inbox, dispatcher, resumed)
        self.paper = PaperSession(
            desk,
            self.inbox,
            self.venue,
            self.tape,
            watchers,
            reconcile_ms=reconcile_ms,
            pause=self._pause,
        )
        self.tape.bulletin_at[0] = free_funding(BTC)
        self.reached: list[int] = []
        self.pauses: list[float] = []

    @property
    def heard(self) -> list[Heard]:
        return [entry.heard for entry in self.journal.entries()]

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def runs(self, stopped: Callable[[], bool] = lambda: False, pace_s: float = 0.0) -> None:
        instruments = {BTC: an_instrument()}
        opening = SessionOpened(START_MS, RunMode.PAPER, 1, a_policy(), instruments)
        session = self.paper.run(opening, D(10_000), self.reached.append, stopped, pace_s)
        await asyncio.wait_for(session, timeout=10)
