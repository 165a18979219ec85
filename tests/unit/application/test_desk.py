import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.persistence.codec import MsgpackCodec
from application.desk import NOT_DURABLE, Desk
from application.dispatch import Dispatcher
from application.engine import Engine
from application.inbox import Inbox
from domain.decision.messages import Heard, MarketAdvanced, OperatorHalted, SessionOpened, Severity
from domain.decision.state import initial
from domain.execution.messages import (
    Deposited,
    Liquidity,
    OrderAccepted,
    OrderFilled,
    PlaceEntry,
    PlaceExit,
)
from domain.shared.amounts import ZERO
from domain.shared.enums import RunMode
from domain.shared.identity import Leg
from tests.builders import BTC, START_MS, D, a_candidate, a_policy, an_instrument
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.exchange import FakeExchange
from tests.fakes.journal import MemoryJournal
from tests.fakes.notifier import FakeNotifier

pytestmark = pytest.mark.unit


class LiveDesk:
    """A desk on fakes, opened with 10,000 USD."""

    def __init__(self) -> None:
        codec = MsgpackCodec()
        self.journal, self.audit_log = MemoryJournal(codec), MemoryAuditLog()
        self.exchange, self.notifier, self.inbox = FakeExchange(), FakeNotifier(), Inbox()
        state = initial(RunMode.PAPER, a_policy())
        self.engine = Engine(state, self.journal, self.audit_log, codec, [])
        self.exchange.listen(self.inbox.put)
        dispatcher = Dispatcher(
            self.exchange, self.notifier, lambda: self.engine.state, self.inbox.put
        )
        self.desk = Desk(self.engine, self.inbox, dispatcher)
        instruments = {BTC: an_instrument()}
        self.inbox.put(SessionOpened(START_MS, RunMode.PAPER, 1, a_policy(), instruments))
        self.inbox.put(Deposited(START_MS, D(10_000)))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the desk, and leave once it has heard and sent everything."""
        task = asyncio.create_task(self.desk.run())
        try:
            await self.settled()
            yield
            await self.settled()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def settled(self) -> None:
        await asyncio.wait_for(self.desk.settled(), timeout=5)

    async def hears(self, *events: Heard) -> None:
        """Let *events* come in by the door, and wait until all is done about them."""
        for event in events:
            self.inbox.put(event)
        await self.settled()

    def entry_filled(self) -> OrderFilled:
        """Return the fill of the one entry that was sent."""
        (entry,) = [one for one in self.exchange.sent if isinstance(one, PlaceEntry)]
        return OrderFilled(
            START_MS + 61_000,
            entry.client_id,
            BTC,
            entry.side,
            entry.quantity,
            D(100),
            ZERO,
            Liquidity.TAKER,
            "v1",
            ZERO,
        )


def a_signal(at_ms: int = START_MS + 60_000) -> MarketAdvanced:
    candidate = a_candidate(source=RunMode.PAPER)
    return MarketAdvanced(at_ms, ((BTC, 100.0),), 0.0, (), (candidate,))


async def test_an_entry_is_durable_before_it_is_sent() -> None:
    live = LiveDesk()
    async with live.running():
        await live.hears(a_signal())
    (entry,) = live.exchange.sent
    assert isinstance(entry, PlaceEntry)
    assert len(live.journal.durable) == 3
    assert live.audit_log.durable == len(live.audit_log.records)


async def test_quiet_events_do_not_wait_for_the_disk_one_by_one() -> None:
    live = LiveDesk()
    async with live.running():
        await live.hears(*(MarketAdvanced(START_MS, (), 0.0, (), ()) for _ in range(100)))
        assert live.journal.durable == []
        await live.hears(*(MarketAdvanced(START_MS, (), 0.0, (), ()) for _ in range(200)))
        assert len(live.journal.durable) >= 256
    live.desk.close()
    assert len(live.journal.durable) == 302


async def test_no_entry_is_sent_while_the_journal_is_down_and_the_desk_hears_so() -> None:
    live = LiveDesk()
    async with live.running():
        live.journal.down = True
        await live.hears(a_signal())
        assert live.exchange.tried == []
        assert live.engine.state.trades == {}
        assert live.engine.state.orders == {}
    (page,) = live.notifier.pages
    assert page.severity is Severity.CRITICAL
    assert "no entries until it can" in page.text


async def test_no_entry_is_sent_while_the_audit_is_down() -> None:
    live = LiveDesk()
    async with live.running():
        live.audit_log.down = True
        await live.hears(a_signal())
        assert live.exchange.tried == []
        assert live.engine.state.trades == {}


async def test_a_rejection_for_want_of_a_journal_names_its_reason() -> None:
    live = LiveDesk()
    async with live.running():
        live.journal.down = True
        live.desk.handle(a_signal())
        heard = await live.inbox.get()
        assert getattr(heard, "code", None) == NOT_DURABLE
        live.inbox.put(heard)


async def test_an_exit_goes_out_though_journal_and_audit_are_down() -> None:
    live = LiveDesk()
    async with live.running():
        await live.hears(a_signal())
        live.journal.down = live.audit_log.down = True
        await live.hears(live.entry_filled())
        protecting = [one for one in live.exchange.sent if isinstance(one, PlaceExit)]
        assert protecting
        await live.hears(OperatorHalted(START_MS + 62_000, "ann", "drill"))
        names = [one.client_id for one in live.exchange.sent[len(protecting) + 1 :]]
    assert any(name.rpartition("-")[2].startswith(Leg.EXIT) for name in names)
    assert len(live.notifier.pages) == 1  # once, not for every event that is not written down


async def test_entries_go_on_once_the_journal_is_back() -> None:
    live = LiveDesk()
    async with live.running():
        live.journal.down = True
        await live.hears(a_signal())
        live.journal.down = False
        await live.hears(a_signal(START_MS + 120_000))
        assert [type(one) for one in live.exchange.sent] == [PlaceEntry]
        live.journal.down = True
        await live.hears(MarketAdvanced(START_MS + 180_000, (), 0.0, (), ()))
    assert len(live.notifier.pages) == 2  # a second outage is told again


async def test_settled_waits_for_the_replies_to_what_was_sent() -> None:
    live = LiveDesk()
    async with live.running():
        await live.hears(a_signal())
        (entry,) = live.exchange.sent
        live.exchange.reports(OrderAccepted(START_MS + 60_000, entry.client_id, BTC))
        await live.settled()
        assert len(live.inbox) == 0
        assert live.engine.sequence == 4


async def test_an_error_of_the_desk_ends_its_task() -> None:
    live = LiveDesk()
    task = asyncio.create_task(live.desk.run())
    live.inbox.put("no event")  # type: ignore[arg-type]  # what a bug might put there
    done, _ = await asyncio.wait({task}, timeout=5)
    assert done
    assert isinstance(task.exception(), ExceptionGroup)
