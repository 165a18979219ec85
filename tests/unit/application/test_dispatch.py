import asyncio

import pytest

from application.permits import NOT_SENT, PERMIT_DEAD, WITHDRAWN
from domain.decision.messages import (
    Page,
    Severity,
)
from domain.execution.messages import (
    CancelOrder,
    OrderCanceled,
    OrderRejected,
)
from tests.builders import BTC, ETH, a_policy
from tests.unit.application.lanes import Lanes, an_exit

pytestmark = pytest.mark.unit


async def test_what_removes_risk_goes_first() -> None:
    lanes = Lanes()
    entry = lanes.entry()
    lanes.dispatcher.enter(entry)
    lanes.dispatcher.reduce(an_exit("a"))
    lanes.dispatcher.reduce(CancelOrder("b", ETH, of_entry=False))
    async with lanes.running():
        pass
    assert [command.client_id for command in lanes.exchange.sent] == ["a", "b", entry.client_id]
    assert lanes.reports == []


async def test_no_entry_is_sent_while_an_exit_is_not() -> None:
    lanes = Lanes()
    lanes.exchange.failures_left = 3
    entry = lanes.entry()
    lanes.dispatcher.enter(entry)
    lanes.dispatcher.reduce(an_exit())
    async with lanes.running():
        pass
    assert [command.client_id for command in lanes.exchange.tried] == [
        *["exit"] * 4,
        entry.client_id,
    ]


async def test_an_entry_is_tried_once_and_the_desk_hears_that_it_was_not_sent() -> None:
    lanes = Lanes()
    lanes.exchange.failures_left = 1
    entry = lanes.entry()
    lanes.dispatcher.enter(entry)
    async with lanes.running():
        pass
    assert lanes.exchange.sent == []
    assert lanes.reports == [OrderRejected(lanes.rig.state.at_ms, entry.client_id, BTC, NOT_SENT)]
    assert lanes.pauses == []


async def test_an_entry_whose_permit_has_died_is_not_sent() -> None:
    lanes = Lanes()
    entries = [lanes.entry(), lanes.entry(ETH)]
    for entry in entries:
        lanes.dispatcher.enter(entry)
    state = lanes.rig.state
    lanes.rig.state = state._replace(stop=state.stop._replace(epoch=state.stop.epoch + 1))
    async with lanes.running():
        pass
    assert lanes.exchange.tried == []
    at_ms = state.at_ms
    assert lanes.reports == [
        OrderRejected(at_ms, entry.client_id, entry.symbol, PERMIT_DEAD) for entry in entries
    ]


async def test_an_entry_of_another_policy_or_too_old_is_not_sent() -> None:
    lanes = Lanes()
    lanes.dispatcher.enter(lanes.entry())
    lanes.rig.state = lanes.rig.state._replace(policy=a_policy(version=2))
    async with lanes.running():
        pass
    lanes.dispatcher.enter(lanes.entry(ETH))
    lanes.rig.state = lanes.rig.state._replace(at_ms=lanes.rig.state.at_ms + 10**9)
    async with lanes.running():
        pass
    assert lanes.exchange.tried == []
    assert len(lanes.reports) == 2


async def test_an_entry_called_off_before_its_turn_is_never_sent_nor_is_its_cancel() -> None:
    lanes = Lanes()
    entry = lanes.entry()
    lanes.dispatcher.enter(entry)
    lanes.dispatcher.reduce(CancelOrder(entry.client_id, BTC, of_entry=True))
    async with lanes.running():
        pass
    assert lanes.exchange.tried == []
    assert lanes.reports == [OrderCanceled(lanes.rig.state.at_ms, entry.client_id, BTC, WITHDRAWN)]


async def test_the_cancel_of_an_entry_that_was_sent_goes_out() -> None:
    lanes = Lanes()
    entry = lanes.entry()
    cancel = CancelOrder(entry.client_id, BTC, of_entry=True)
    async with lanes.running():
        lanes.dispatcher.enter(entry)
        await lanes.dispatcher.idle()
        lanes.dispatcher.reduce(cancel)
    assert lanes.exchange.sent == [entry, cancel]


async def test_a_page_reaches_the_notifier_at_once() -> None:
    lanes = Lanes()
    page = Page(0, Severity.INFO, "hello")
    lanes.dispatcher.reduce(page)
    assert lanes.notifier.pages == [page]
    await asyncio.wait_for(lanes.dispatcher.idle(), timeout=1)
