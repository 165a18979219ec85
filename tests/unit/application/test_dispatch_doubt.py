"""What the dispatcher tells of an entry whose sending went wrong, and how it serves questions."""

import pytest

from domain.execution.messages import OrderUnknown, QueryOrder
from tests.builders import BTC, START_MS
from tests.unit.application.lanes import Lanes

pytestmark = pytest.mark.unit


async def test_an_entry_that_may_have_been_sent_is_in_doubt_and_not_tried_again() -> None:
    lanes = Lanes()
    lanes.exchange.failures_left = 1
    lanes.exchange.unsure = True
    entry = lanes.entry()
    lanes.dispatcher.enter(entry)
    async with lanes.running():
        pass
    assert lanes.exchange.tried == [entry]
    at_ms = lanes.rig.state.at_ms
    assert lanes.reports == [OrderUnknown(at_ms, entry.client_id, BTC, "the line is cut")]


async def test_a_question_about_an_order_is_asked_and_holds_up_no_entry() -> None:
    lanes = Lanes()
    entry, query = lanes.entry(), QueryOrder(START_MS, "asked", BTC)
    async with lanes.running():
        lanes.exchange.stuck.add("asked")
        lanes.dispatcher.reduce(query)
        lanes.dispatcher.enter(entry)
        while not lanes.exchange.sent:
            await lanes._pause(0)
        lanes.exchange.stuck.clear()
    assert lanes.exchange.sent == [entry]
    assert lanes.exchange.queries[-1] == query
    assert lanes.reports == []
