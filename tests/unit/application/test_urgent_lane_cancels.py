"""The urgent lane: cancels of one order do not pile up."""

import pytest

from domain.execution.messages import CancelOrder, OrderKind, PlaceExit
from domain.shared.enums import Side
from tests.builders import ETH, D
from tests.unit.application.test_urgent_lane import Lane

pytestmark = pytest.mark.unit

CANCEL = CancelOrder("s", ETH, of_entry=False)
STOP = PlaceExit("s", ETH, Side.SELL, OrderKind.STOP_MARKET, None, None, D(90))


async def test_of_many_cancels_of_one_order_one_waits_behind_the_one_on_its_way() -> None:
    lane = Lane()
    lane.exchange.stuck.add("s")
    for _ in range(5):
        lane.lane.put(CANCEL)
    lane.lane.put(STOP)
    lane.lane.put(CANCEL)
    async with lane.running():
        lane.exchange.stuck.clear()
    assert lane.exchange.sent[-4:] == [CANCEL, CANCEL, STOP, CANCEL]
    assert lane.lane.idle.is_set()
