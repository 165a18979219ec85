"""The simulated venue, asked as a real one is."""

import pytest

from adapters.exchange.simulated.exchange import SimulatedExchange
from domain.execution.messages import (
    OrderAbsent,
    OrderRead,
    OrderStatus,
    QueryOrder,
    ReadAccount,
    Report,
)
from domain.shared.amounts import ZERO
from tests.builders import BTC, ETH
from tests.fakes.venue import FakeVenue

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "symbol", "is_live"), [("a", BTC, True), ("a", ETH, False), ("b", BTC, False)]
)
async def test_an_order_is_live_when_the_account_lists_it_and_absent_else(
    name: str,
    symbol: str,
    is_live: bool,  # noqa: FBT001 - a column
) -> None:
    venue, heard = FakeVenue(), list[Report]()
    venue.orders_held = (("a", BTC),)
    exchange = SimulatedExchange(venue, lambda: 7)
    exchange.listen(heard.append)
    await exchange.query(QueryOrder(3, name, symbol))
    live = OrderRead(7, name, symbol, OrderStatus.LIVE, ZERO)
    assert heard == [live if is_live else OrderAbsent(7, name, symbol)]


async def test_the_account_is_read_at_the_time_of_the_venue() -> None:
    venue = FakeVenue()
    venue.orders_held = (("a", BTC),)
    account = await SimulatedExchange(venue, lambda: 7).read(ReadAccount(3, 1))
    assert account == (7, (), (("a", BTC),), None, 0)
