"""Readings: repeated twice, within the budget, and fills before what they explain."""

from decimal import Decimal

import pytest

from application.errors import NotSent, VenueUnavailable
from application.rate_budget import Call, Limits
from application.venue_readings import (
    ACCOUNT_WEIGHT,
    BACK_MS,
    READ_PAUSE_S,
    READINGS_MAX,
    SKEW_MS,
)
from domain.execution.messages import (
    AccountRead,
    Liquidity,
    OrderAbsent,
    OrderAccepted,
    OrderFilled,
    OrderRead,
    OrderStatus,
    QueryOrder,
    ReadAccount,
)
from domain.shared.enums import Side
from tests.builders import BTC, ETH, START_MS, D
from tests.unit.application.gate import NAME, Gate, an_entry

pytestmark = pytest.mark.unit

T = START_MS
QUERY = QueryOrder(T, NAME, BTC)


def a_fill(name: str = NAME, trade: str = "1") -> OrderFilled:
    price, quantity = D(100), D(1)
    return OrderFilled(5, name, BTC, Side.BUY, quantity, price, D(0), Liquidity.TAKER, trade, None)


def stands(status: OrderStatus, filled: Decimal | int = 0, symbol: str = BTC) -> OrderRead:
    return OrderRead(5, NAME, symbol, status, D(filled))


async def test_the_account_is_read_as_it_is_and_stamped_with_when_it_was_asked_for() -> None:
    gate = Gate()
    gate.reader.held = AccountRead(3, ((BTC, D(2)),), ((NAME, BTC),), D(900))
    gate.reader.failures_left = 1
    account = await gate.gateway.read(ReadAccount(T))
    later = T + round(READ_PAUSE_S * 1000)
    assert account == AccountRead(later, ((BTC, D(2)),), ((NAME, BTC),), D(900), T)
    assert gate.reader.asked == ["account", "account"]
    assert gate.heard == []


async def test_fills_are_read_after_the_account_and_told_before_it() -> None:
    gate = Gate()
    gate.reader.fills = (a_fill(), a_fill("foreign", "2"))
    await gate.gateway.read(ReadAccount(T, since_ms=77))
    assert gate.reader.asked == ["account", "trades"]
    assert gate.reader.since == [77]
    assert gate.heard == [fill._replace(at_ms=T) for fill in gate.reader.fills]


async def test_an_account_whose_fills_cannot_be_read_is_not_told() -> None:
    gate = Gate(Limits(weight_minute=75))
    with pytest.raises(NotSent):
        await gate.gateway.read(ReadAccount(T, since_ms=1))
    assert gate.heard == []


@pytest.mark.parametrize("failures", range(READINGS_MAX + 1))
async def test_a_reading_is_repeated_twice_and_no_more(failures: int) -> None:
    gate = Gate()
    gate.reader.failures_left = failures
    if failures < READINGS_MAX:
        await gate.gateway.query(QUERY)
        assert len(gate.reader.asked) == failures + 1
    else:
        with pytest.raises(VenueUnavailable):
            await gate.gateway.query(QUERY)
        assert len(gate.reader.asked) == READINGS_MAX
        assert gate.heard == []


async def test_every_repetition_counts_in_the_budget() -> None:
    gate = Gate(Limits(weight_minute=2 * ACCOUNT_WEIGHT))
    gate.reader.failures_left = 9
    with pytest.raises(NotSent, match="no room for a call of kind read"):
        await gate.gateway.read(ReadAccount(T))
    assert len(gate.reader.asked) == 1
    assert gate.budget.wait_ms(Call.EXIT, T + 200) == 0


async def test_an_order_that_the_venue_does_not_know_is_absent() -> None:
    gate = Gate()
    await gate.gateway.query(QUERY)
    assert gate.heard == [OrderAbsent(T, NAME, BTC)]
    assert gate.reader.asked == [f"order {NAME} {BTC}"]


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_an_order_without_fills_is_told_as_it_stands(status: OrderStatus) -> None:
    gate = Gate()
    gate.reader.orders[NAME] = stands(status)
    await gate.gateway.query(QUERY)
    assert gate.heard == [stands(status)._replace(at_ms=T)]
    assert gate.reader.since == []


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_the_fills_of_an_order_and_no_others_are_told_before_it(status: OrderStatus) -> None:
    gate = Gate()
    gate.reader.orders[NAME] = stands(status, 2)
    gate.reader.fills = (a_fill(), a_fill("other", "2"), a_fill(trade="3"))
    await gate.gateway.query(QUERY)
    assert gate.heard == [
        a_fill()._replace(at_ms=T),
        a_fill(trade="3")._replace(at_ms=T),
        stands(status, 2)._replace(at_ms=T),
    ]


async def test_fills_are_looked_for_since_the_order_was_sent_or_a_day_back() -> None:
    gate = Gate()
    gate.reader.orders[NAME] = stands(OrderStatus.FILLED, 1)
    await gate.gateway.query(QUERY)
    await gate.gateway.send(an_entry())
    gate.clock.at_ms += 7_000
    await gate.gateway.query(QUERY)
    assert gate.reader.since == [T - BACK_MS - SKEW_MS, T - SKEW_MS]
    assert OrderAccepted(T, NAME, BTC) in gate.heard


@pytest.mark.parametrize(
    "answer",
    [stands(OrderStatus.LIVE, symbol=ETH), stands(OrderStatus.LIVE)._replace(client_id="")],
)
async def test_an_answer_about_another_order_is_no_answer(answer: OrderRead) -> None:
    gate = Gate()
    gate.reader.orders[NAME] = answer
    with pytest.raises(VenueUnavailable, match="another order"):
        await gate.gateway.query(QUERY)
    assert gate.heard == []
