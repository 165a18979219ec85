"""The latch, the policy store and the account, as the dispatcher serves them."""

import asyncio

import pytest

from application.dispatch import NOT_LATCHED
from domain.decision.messages import (
    IntegrityLost,
    NoteEmergency,
    SetLatch,
    Severity,
)
from domain.execution.messages import (
    OrderRejected,
    ReadAccount,
)
from domain.risk.emergency_stop import EMERGENCY, Cause, Latch
from domain.shared.errors import InvariantBroken
from tests.builders import BTC, START_MS
from tests.unit.application.lanes import Lanes, an_exit

pytestmark = pytest.mark.unit


A_LATCH = Latch(1, EMERGENCY, (Cause.DRAWDOWN,), (), START_MS, 10_000.0, 0.0)


def a_set_latch(epoch: int = 1) -> SetLatch:
    return SetLatch(START_MS, A_LATCH._replace(epoch=epoch))


async def test_the_latch_is_written_at_once() -> None:
    lanes = Lanes()
    lanes.dispatcher.latch(a_set_latch())
    assert lanes.latch.written == [A_LATCH]
    lanes.dispatcher.reduce(a_set_latch(2))
    assert lanes.latch.written[-1].epoch == 2
    assert lanes.notifier.pages == []


async def test_without_a_latch_exits_go_out_and_entries_do_not() -> None:
    lanes = Lanes()
    entry = lanes.entry()
    lanes.latch.down = True
    lanes.dispatcher.latch(a_set_latch())
    lanes.dispatcher.reduce(an_exit())
    lanes.dispatcher.enter(entry)
    async with lanes.running():
        pass
    assert lanes.exchange.tried == [an_exit()]
    at_ms = lanes.rig.state.at_ms
    assert lanes.reports == [OrderRejected(at_ms, entry.client_id, BTC, NOT_LATCHED)]
    (page,) = lanes.notifier.pages
    assert page.severity is Severity.CRITICAL
    assert "no entries" in page.text


async def test_once_the_latch_can_be_written_entries_go_out_again() -> None:
    lanes = Lanes()
    lanes.latch.down = True
    for epoch in (1, 2):
        lanes.dispatcher.latch(a_set_latch(epoch))
    assert len(lanes.notifier.pages) == 1
    lanes.latch.down = False
    entry = lanes.entry()
    lanes.dispatcher.enter(entry)
    async with lanes.running():
        pass
    assert lanes.exchange.sent == [entry]
    assert [latch.epoch for latch in lanes.latch.written] == [2]


async def test_a_latch_that_would_go_back_is_an_integrity_lost_told_once() -> None:
    lanes = Lanes()
    lanes.latch.write(A_LATCH._replace(epoch=9))
    lanes.dispatcher.latch(a_set_latch(1))
    lanes.dispatcher.latch(a_set_latch(2))
    (lost,) = lanes.reports
    assert isinstance(lost, IntegrityLost)
    assert "cannot go back to 1" in lost.what
    lanes.dispatcher.enter(lanes.entry())
    async with lanes.running():
        pass
    assert lanes.exchange.tried == []


async def test_the_policy_store_is_told_of_an_emergency() -> None:
    lanes = Lanes()
    note = NoteEmergency(START_MS, 3, active=True, reason="drawdown")
    lanes.dispatcher.reduce(note)
    assert lanes.notes == [note]


async def test_an_entry_is_no_way_to_remove_risk() -> None:
    lanes = Lanes()
    with pytest.raises(InvariantBroken, match="removes no risk"):
        lanes.dispatcher.reduce(lanes.entry())


async def test_an_entry_waits_for_exits_but_not_for_the_account_to_be_read() -> None:
    lanes = Lanes()
    lanes.exchange.stuck.add("")
    entry = lanes.entry()
    lanes.dispatcher.enter(entry)
    lanes.dispatcher.reduce(ReadAccount(START_MS))
    task = asyncio.create_task(lanes.dispatcher.run())
    for _ in range(20):
        await asyncio.sleep(0)
    assert lanes.exchange.sent == [entry]
    assert lanes.reports == []
    lanes.exchange.stuck.clear()
    await asyncio.wait_for(lanes.dispatcher.idle(), timeout=5)
    assert lanes.reports == [lanes.exchange.held]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
