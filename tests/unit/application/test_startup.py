"""What a recovered desk begins from, and what it hears first."""

from decimal import Decimal

import pytest

from adapters.persistence.codec import MsgpackCodec
from application.errors import IntegrityFailure
from application.startup import LOST, account_of, first_heard, recovered
from application.urgent_lane import PAUSE_S_FIRST, PAUSE_S_LAST
from domain.decision.facts import Said
from domain.decision.messages import Heard, LatchRead
from domain.execution.messages import AccountRead, OrderCanceled, OrderFilled
from domain.risk.emergency_stop import EMERGENCY, Cause, Latch
from domain.shared.enums import Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, START_MS, D, a_candidate
from tests.fakes.exchange import FakeExchange
from tests.fakes.journal import MemoryJournal
from tests.fakes.latch import MemoryLatch
from tests.recording import an_eventful_day, write
from tests.rig import Rig

pytestmark = pytest.mark.unit

CODEC = MsgpackCodec()
AT_MS = START_MS + 10**7
A_LATCH = Latch(7, EMERGENCY, (Cause.DRAWDOWN,), (), START_MS, 10_000.0, 0.0)


def a_journal() -> MemoryJournal:
    journal = MemoryJournal(CODEC)
    write(journal, an_eventful_day().journal)
    return journal


def test_the_journal_leads_back_to_the_state_and_everyone_sees_it_again() -> None:
    day = an_eventful_day()
    projected: list[Heard] = []
    watched: list[tuple[Heard, tuple[Said, ...]]] = []
    found = recovered(
        a_journal(),
        CODEC,
        [lambda heard, _said: projected.append(heard)],
        [lambda heard, said: watched.append((heard, said))],
    )
    assert found.state == day.state
    assert (found.sequence, found.digest) == (len(day.journal), day.journal[-1].digest)
    assert [heard for heard, _ in watched] == [entry.heard for entry in day.journal]
    assert 0 < len(projected) < len(watched)


def test_an_empty_journal_is_a_beginning() -> None:
    assert recovered(MemoryJournal(CODEC), CODEC).sequence == 0


def test_a_journal_with_a_hole_is_not_gone_on_from() -> None:
    journal = a_journal()
    del journal.durable[3]
    with pytest.raises(IntegrityFailure, match="entry 4 of the journal is missing"):
        recovered(journal, CODEC)


def test_another_decision_is_not_gone_on_from() -> None:
    journal = a_journal()
    sequence, heard, _ = journal.durable[5]
    journal.durable[5] = (sequence, heard, bytes(32))
    with pytest.raises(IntegrityFailure, match="entry 6 of the journal is not what was decided"):
        recovered(journal, CODEC)


def test_an_entry_that_cannot_be_heard_is_not_gone_on_from() -> None:
    journal = a_journal()
    del journal.durable[1:]
    fill = Rig().opens().stray_fill(Side.BUY, "1", "100", symbol="NOBODY")
    broken = fill._replace(quantity=D("NaN"))
    journal.append(2, CODEC.encode(broken), bytes(32))
    with pytest.raises(IntegrityFailure, match="entry 2 of the journal cannot be heard"):
        recovered(journal, CODEC)


async def test_the_account_is_asked_for_until_the_venue_answers() -> None:
    exchange, pauses = FakeExchange(), list[float]()
    exchange.failures_left = 7

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    assert await account_of(exchange, pause) == exchange.held
    assert exchange.reads == 8
    assert pauses[0] == PAUSE_S_FIRST
    assert pauses[-1] == PAUSE_S_LAST


def first_of(rig: Rig, account: AccountRead, latch: MemoryLatch | None = None) -> list[Heard]:
    return list(first_heard(rig.state, latch or MemoryLatch(), account, 12))


def orders_of(rig: Rig) -> tuple[tuple[str, str], ...]:
    return tuple((order.client_id, order.symbol) for order in rig.state.orders.values())


def held_by(rig: Rig) -> tuple[tuple[str, Decimal], ...]:
    return tuple((s, position.quantity) for s, position in rig.state.book.positions.items())


def test_where_nothing_is_missing_the_latch_is_heard_and_then_the_account() -> None:
    rig = Rig().opens()
    account = AccountRead(AT_MS, held_by(rig), orders_of(rig))
    latch = MemoryLatch()
    latch.write(A_LATCH)
    assert first_of(rig, account, latch) == [LatchRead(AT_MS, A_LATCH), account]
    assert first_of(rig, account)[0] == LatchRead(AT_MS, None)


def test_what_was_closed_unheard_is_booked_at_the_last_mark() -> None:
    rig = Rig().opens().advances(1, {BTC: 103.0})
    held = rig.trade().held
    account = AccountRead(AT_MS, (), orders_of(rig))
    _, fill, last = first_of(rig, account)
    assert isinstance(fill, OrderFilled)
    assert (fill.symbol, fill.side, fill.quantity, fill.price) == (BTC, Side.SELL, held, D(103))
    assert last is account
    rig.hears(fill, account)
    assert not rig.state.book.positions
    assert BTC not in rig.state.trades
    assert rig.state.oversight.differs_ms is None


def test_a_part_that_is_gone_is_booked_as_a_part() -> None:
    rig = Rig().opens(a_candidate(symbol=ETH))
    held = rig.trade(ETH).held
    _, fill, _ = first_of(rig, AccountRead(AT_MS, ((ETH, held / 4),), orders_of(rig)))
    assert isinstance(fill, OrderFilled)
    assert fill.quantity == held * 3 / 4


@pytest.mark.parametrize("factor", [2, -1])
def test_what_is_held_beyond_the_book_is_left_to_the_emergency_stop(factor: int) -> None:
    rig = Rig().opens()
    held = rig.trade().held
    account = AccountRead(AT_MS, ((BTC, held * factor), (ETH, D(1))), orders_of(rig))
    told = first_of(rig, account)
    booked = sum(one.quantity for one in told if isinstance(one, OrderFilled))
    assert booked == (held if factor < 0 else 0)
    rig.hears(*told[1:])
    assert rig.state.oversight.differs_ms == AT_MS


def test_an_order_that_the_venue_does_not_have_is_over() -> None:
    rig = Rig().opens()
    stop = rig.live(Leg.STOP)
    left = tuple(one for one in orders_of(rig) if one[0] != stop.client_id)
    _, over, _ = first_of(rig, AccountRead(AT_MS, held_by(rig), left))
    assert over == OrderCanceled(AT_MS, stop.client_id, BTC, LOST)
    rig.forget().hears(over)
    assert rig.exits(Leg.EXIT)  # nothing stays unprotected
