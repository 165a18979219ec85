import asyncio
from collections.abc import Callable, Mapping, Sequence

import pytest

from adapters.persistence.codec import MsgpackCodec
from application.desk import Desk
from application.digest import NOTHING_DECIDED
from application.dispatch import Dispatcher
from application.engine import Engine
from application.errors import IntegrityFailure
from application.inbox import Inbox
from application.paper import PaperSession, Watcher
from application.resume import ResumedJournal
from domain.decision.messages import (
    ClockTicked,
    HealthChanged,
    Heard,
    MarketAdvanced,
    OperatorHalted,
    PolicyAdopted,
    SessionOpened,
)
from domain.decision.state import initial
from domain.execution.messages import (
    AccountRead,
    Deposited,
    OrderKind,
    PlaceEntry,
    Report,
    VenueCommand,
)
from domain.governance.directive import Health
from domain.shared.enums import RunMode
from tests.builders import BTC, START_MS, D, a_candidate, a_policy, an_instrument, free_funding
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.journal import MemoryJournal
from tests.fakes.latch import MemoryLatch
from tests.fakes.notifier import FakeNotifier
from tests.fakes.tape import ROW_MS, FakeTape
from tests.fakes.venue import FakeVenue

pytestmark = pytest.mark.unit

MARKET = OrderKind.MARKET


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

    async def account(self) -> AccountRead:
        return self._venue.account(self._now_ms())


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


async def test_every_row_is_played_and_heard_in_its_order() -> None:
    session = Session({BTC: [100.0] * 70})
    await session.runs()
    assert [at_ms for at_ms, _ in session.venue.played] == list(
        map(session.tape.time_ms, range(70))
    )
    closes = [one.at_ms for one in session.heard if isinstance(one, MarketAdvanced)]
    assert closes == list(map(session.tape.time_ms, range(70)))
    assert session.paper.played == session.reached[-1] == 70
    assert len(session.journal.durable) == 72


async def test_an_entry_is_sent_before_the_next_bar_and_filled_in_it() -> None:
    session = Session({BTC: [100.0] * 5})
    candidate = a_candidate(source=RunMode.PAPER)
    session.tape.candidates_at[1] = (candidate,)
    await session.runs()
    at_ms, entry = session.venue.sent[0]
    assert isinstance(entry, PlaceEntry)
    assert at_ms == session.tape.time_ms(1)
    assert session.engine.state.trades[BTC].held > 0
    assert len(session.venue.sent) > 1  # its stop and targets, at once


async def test_a_session_that_is_stopped_has_written_down_what_it_heard() -> None:
    session = Session({BTC: [100.0] * 1_000})
    await session.runs(stopped=lambda: len(session.venue.played) == 7)
    assert session.paper.played == session.reached[-1] == 7
    assert len(session.journal.durable) == session.engine.sequence == 9


async def test_a_pace_lets_bars_close_one_after_the_other() -> None:
    session = Session({BTC: [100.0] * 3})
    await session.runs(pace_s=0.01)
    assert session.pauses == [0.01] * 3
    at_once = Session({BTC: [100.0] * 3})
    await at_once.runs()
    assert at_once.pauses == []


async def test_what_stops_the_desk_stops_the_session_and_is_told_as_it_is() -> None:
    another = MsgpackCodec().encode(Deposited(START_MS, D(1)))
    session = Session({BTC: [100.0] * 50}, written=[another])
    with pytest.raises(IntegrityFailure, match="event 1 is not the one in the journal"):
        await session.runs()
    assert session.paper.played == 0


async def test_watchers_are_asked_before_each_close_is_heard() -> None:
    asked: list[int] = []

    def watch(at_ms: int) -> tuple[Heard, ...]:
        asked.append(at_ms)
        return (HealthChanged(at_ms, Health(len(asked) % 2), ()),) if len(asked) == 2 else ()

    session = Session({BTC: [100.0] * 3}, watchers=(watch,))
    await session.runs()
    times = list(map(session.tape.time_ms, range(3)))
    assert asked == times
    told = [(type(one), one.at_ms) for one in session.heard[2:]]
    assert told == [
        (MarketAdvanced, times[0]),
        (HealthChanged, times[1]),
        (MarketAdvanced, times[1]),
        (MarketAdvanced, times[2]),
    ]


async def test_venue_and_book_are_held_against_each_other_while_anything_is_held() -> None:
    session = Session({BTC: [100.0] * 8}, reconcile_ms=2 * ROW_MS)
    session.tape.candidates_at[1] = (a_candidate(source=RunMode.PAPER),)
    await session.runs()
    reads = [one.at_ms for one in session.heard if isinstance(one, AccountRead)]
    assert reads == [session.tape.time_ms(row) for row in (2, 4, 6)]


def halts_at(row: int) -> Watcher:
    """Return a watcher that says what came from outside, once: a policy, a halt."""
    at_ms = START_MS + (row + 1) * ROW_MS
    policy = a_policy(version=2, losses_in_row_max=2)
    news = (
        PolicyAdopted(at_ms, policy, "ann", "calmer"),
        OperatorHalted(at_ms, "ann", "drill"),
    )
    return lambda now: news if now == at_ms else ()


def with_a_signal(session: Session) -> Session:
    session.tape.candidates_at[1] = (a_candidate(source=RunMode.PAPER),)
    return session


async def test_what_a_refused_close_leads_to_has_its_place_between_the_bars() -> None:
    session = with_a_signal(Session({BTC: [100.0] * 8}, watchers=(halts_at(3),)))
    session.venue.refuses = 2
    await session.runs()
    ticks = [one.at_ms for one in session.heard if isinstance(one, ClockTicked)]
    halted_ms = session.tape.time_ms(3)
    assert ticks[:2] == [halted_ms + 200, halted_ms + 600]
    closes = [at for at, one in session.venue.sent if getattr(one, "kind", None) is MARKET][1:]
    assert closes == [halted_ms, halted_ms + 200, halted_ms + 600]
    assert not session.engine.state.book.positions
    (latch,) = session.latch.written
    assert latch.latched


@pytest.mark.parametrize("rows", range(1, 9))
async def test_what_came_from_outside_is_taken_from_the_journal_at_its_place(rows: int) -> None:
    whole = with_a_signal(Session({BTC: [100.0] * 9}, watchers=(halts_at(3), halts_at(6))))
    await whole.runs()
    begun = with_a_signal(Session({BTC: [100.0] * 9}, watchers=(halts_at(3), halts_at(6))))
    await begun.runs(stopped=lambda: begun.paper.played == rows)
    asked: list[int] = []

    def late(at_ms: int) -> tuple[Heard, ...]:
        asked.append(at_ms)
        return (*halts_at(3)(at_ms), *halts_at(6)(at_ms))

    again = with_a_signal(Session({BTC: [100.0] * 9}, journal=begun.journal, watchers=(late,)))
    await again.runs()
    assert again.journal.durable == whole.journal.durable
    assert again.engine.digest == whole.engine.digest
    assert asked == list(map(whole.tape.time_ms, range(rows, 9)))
