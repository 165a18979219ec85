import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from application.dispatch import NOT_LATCHED, Dispatcher
from application.permits import NOT_SENT, PERMIT_DEAD, WITHDRAWN
from domain.decision.messages import (
    Heard,
    IntegrityLost,
    NoteEmergency,
    Page,
    SetLatch,
    Severity,
)
from domain.execution.messages import (
    CancelOrder,
    OrderCanceled,
    OrderKind,
    OrderRejected,
    PlaceEntry,
    PlaceExit,
    ReadAccount,
)
from domain.risk.emergency_stop import EMERGENCY, Cause, Latch
from domain.shared.enums import Side
from domain.shared.errors import InvariantBroken
from tests.builders import BTC, ETH, START_MS, a_candidate, a_policy
from tests.fakes.exchange import FakeExchange
from tests.fakes.latch import MemoryLatch
from tests.fakes.notifier import FakeNotifier
from tests.rig import Rig

pytestmark = pytest.mark.unit


class Lanes:
    """A dispatcher with everything around it. `pauses` are those it made, in seconds."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.exchange, self.notifier = FakeExchange(), FakeNotifier()
        self.latch = MemoryLatch()
        self.notes: list[NoteEmergency] = []
        self.reports: list[Heard] = []
        self.pauses: list[float] = []
        self.dispatcher = Dispatcher(
            self.exchange,
            self.latch,
            self.notifier,
            self.notes.append,
            lambda: self.rig.state,
            self.reports.append,
            self._pause,
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)  # others have their turn meanwhile

    def entry(self, symbol: str = BTC) -> PlaceEntry:
        """Return an entry that the desk approves now."""
        self.rig.forget().wants(a_candidate(symbol=symbol))
        (entry,) = self.rig.entries()
        return entry

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve the lanes, and leave once all that was asked is handed over."""
        task = asyncio.create_task(self.dispatcher.run())
        try:
            yield
            await asyncio.wait_for(self.dispatcher.idle(), timeout=5)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def an_exit(name: str = "exit", symbol: str = ETH) -> PlaceExit:
    return PlaceExit(name, symbol, Side.SELL, OrderKind.MARKET, None, None, None)


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
