"""What a client of a venue promises: `VenueWriter` and `VenueReader`, whatever the wire."""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal

import pytest

from application.ports.venue import VenueReader, VenueWriter
from domain.execution.messages import CancelOrder, OrderStatus
from tests.served_stage import staged
from tests.unit.adapters.exchange.simulated.scene import (
    AAA,
    BUY,
    LIMIT,
    SELL,
    STOP,
    D,
    entry,
    leave,
)

pytestmark = pytest.mark.integration

Client = tuple[VenueWriter, VenueReader, Callable[[], int]]


@pytest.fixture(params=["served"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """Return a client of a venue with 10,000 USD and a calm market at 100."""
    assert request.param == "served"
    async with staged() as stage:
        yield stage.writer, stage.reader, stage.now_ms


async def test_a_venue_that_was_never_written_to_holds_the_deposit_only(client: Client) -> None:
    _, reader, now_ms = client
    before = now_ms()
    account = await reader.account()
    assert (account.positions, account.orders, account.wallet) == ((), (), D(10_000))
    assert before <= account.asked_ms <= account.at_ms <= now_ms()


async def test_an_order_that_fills_is_answered_asked_for_and_traded_alike(client: Client) -> None:
    writer, reader, _ = client
    reply = await writer.place(entry(BUY, "1.5", name="qt0-a-e0"))
    assert (reply.code, reply.client_id, reply.symbol) == ("", "qt0-a-e0", AAA)
    found = await reader.order("qt0-a-e0", AAA)
    assert found is not None
    assert (found.status, found.filled) == (OrderStatus.FILLED, D("1.5"))
    (fill,) = await reader.trades(0)
    assert (fill.client_id, fill.side, fill.quantity, fill.leaves) == (
        "qt0-a-e0",
        BUY,
        D("1.5"),
        None,
    )
    account = await reader.account()
    assert account.positions == ((AAA, D("1.5")),)
    assert account.wallet == D(10_000) - fill.fee


async def test_a_short_position_is_negative(client: Client) -> None:
    writer, reader, _ = client
    await writer.place(entry(SELL, "2"))
    assert (await reader.account()).positions == ((AAA, Decimal(-2)),)


async def test_an_order_that_rests_is_live_until_it_is_canceled(client: Client) -> None:
    writer, reader, _ = client
    await writer.place(entry(BUY, "1", LIMIT, "90"))
    account = await reader.account()
    assert account.orders == (("entry", AAA),)
    reply = await writer.cancel(CancelOrder("entry", AAA, of_entry=True))
    assert (reply.code, reply.client_id) == ("", "entry")
    found = await reader.order("entry", AAA)
    assert found is not None
    assert found.status is OrderStatus.CANCELED
    assert (await reader.account()).orders == ()


async def test_an_order_that_nobody_sent_is_not_there(client: Client) -> None:
    _, reader, _ = client
    assert await reader.order("nobody", AAA) is None


async def test_a_conditional_order_is_among_the_orders(client: Client) -> None:
    writer, reader, _ = client
    await writer.place(entry(BUY, "1"))
    await writer.place(leave(SELL, STOP, trigger="80", name="stop"))
    assert ("stop", AAA) in (await reader.account()).orders


async def test_trades_before_the_time_asked_for_are_left_out(client: Client) -> None:
    writer, reader, now_ms = client
    await writer.place(entry(BUY, "1"))
    assert len(await reader.trades(now_ms() - 60_000)) == 1
    assert await reader.trades(now_ms() + 60_000) == ()


async def test_each_refusal_has_the_code_of_a_well_known_venue(client: Client) -> None:
    writer, _, _ = client
    assert (await writer.place(entry(BUY, "1", LIMIT, "90"))).code == ""
    codes = [
        (await writer.place(order)).code
        for order in (
            entry(BUY, "1", LIMIT, "90"),
            leave(SELL, name="x1"),
            entry(BUY, "900", name="x2", leverage=1),
            entry(BUY, "0.02", LIMIT, "90", name="x3"),
            entry(BUY, "0.025", name="x4"),
            entry(BUY, "1", name="x5", symbol="CCCUSDT"),
        )
    ]
    assert codes == ["-4116", "-2022", "-2019", "-4164", "-1111", "-1121"]
    gone = await writer.cancel(CancelOrder("nobody", AAA, of_entry=False))
    assert gone.code == "-2011"
