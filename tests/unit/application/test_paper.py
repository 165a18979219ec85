import pytest

from adapters.persistence.codec import MsgpackCodec
from application.errors import IntegrityFailure
from domain.decision.messages import (
    MarketAdvanced,
)
from domain.execution.messages import (
    Deposited,
    PlaceEntry,
)
from domain.shared.enums import RunMode
from tests.builders import BTC, START_MS, D, a_candidate
from tests.unit.application.session import Session

pytestmark = pytest.mark.unit


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
