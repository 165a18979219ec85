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
from application.paper import PaperSession
from application.resume import ResumedJournal
from domain.decision.messages import MarketAdvanced, SessionOpened
from domain.decision.state import initial
from domain.execution.messages import Deposited, PlaceEntry, Report, VenueCommand
from domain.shared.enums import RunMode
from tests.builders import BTC, START_MS, D, a_candidate, a_policy, an_instrument
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.journal import MemoryJournal
from tests.fakes.notifier import FakeNotifier
from tests.fakes.tape import FakeTape
from tests.fakes.venue import FakeVenue

pytestmark = pytest.mark.unit


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


class Session:
    """A paper session on fakes."""

    def __init__(
        self, closes: Mapping[str, Sequence[float]], written: Sequence[bytes] | None = None
    ) -> None:
        """Prepare to play *closes*, and to resume where *written* says what was heard before."""
        self.tape, self.venue, self.inbox = FakeTape(closes), FakeVenue(), Inbox()
        codec = MsgpackCodec()
        self.journal = MemoryJournal(codec)
        for sequence, heard in enumerate(written or (), start=1):
            self.journal.append(sequence, heard, NOTHING_DECIDED)
        journal = self.journal if written is None else ResumedJournal(self.journal, codec)
        state = initial(RunMode.PAPER, a_policy())
        self.engine = Engine(state, journal, MemoryAuditLog(), codec, [])
        line = VenueLine(self.venue, lambda: self.engine.state.at_ms)
        line.listen(self.inbox.put)
        dispatcher = Dispatcher(line, FakeNotifier(), lambda: self.engine.state, self.inbox.put)
        desk = Desk(self.engine, self.inbox, dispatcher)
        self.paper = PaperSession(desk, self.inbox, self.venue, self.tape, self._pause)
        self.reached: list[int] = []
        self.pauses: list[float] = []

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
    heard = [entry.heard for entry in session.journal.entries()]
    closes = [one.at_ms for one in heard if isinstance(one, MarketAdvanced)]
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
