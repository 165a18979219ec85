"""What a session hears that is not of the market, the first time and again."""

import pytest

from application.paper import Watcher
from domain.decision.messages import (
    ClockTicked,
    HealthChanged,
    Heard,
    MarketAdvanced,
    OperatorHalted,
    PolicyAdopted,
)
from domain.execution.messages import (
    AccountRead,
    OrderKind,
)
from domain.governance.directive import Health
from domain.shared.enums import RunMode
from tests.builders import BTC, START_MS, a_candidate, a_policy
from tests.fakes.tape import ROW_MS
from tests.unit.application.session import Session

pytestmark = pytest.mark.unit

MARKET = OrderKind.MARKET


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
