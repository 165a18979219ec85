import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.persistence.codec import MsgpackCodec
from application.desk import NOT_DURABLE, Desk
from application.dispatch import Dispatcher
from application.engine import Engine
from application.errors import IllegalTransition, IntegrityFailure
from application.inbox import Inbox
from application.resume import Diverged
from domain.decision.facts import Said
from domain.decision.messages import (
    HealthChanged,
    Heard,
    IntegrityLost,
    MarketAdvanced,
    NoteEmergency,
    OperatorHalted,
    SessionOpened,
    Severity,
)
from domain.decision.state import initial
from domain.execution.messages import (
    Deposited,
    Liquidity,
    OrderAccepted,
    OrderFilled,
    OrderKind,
    PlaceEntry,
    PlaceExit,
)
from domain.governance.directive import Health
from domain.risk.emergency_stop import EMERGENCY, Cause
from domain.shared.amounts import ZERO
from domain.shared.enums import RunMode
from domain.shared.identity import Leg
from tests.builders import BTC, START_MS, D, a_candidate, a_policy, an_instrument, free_funding
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.exchange import FakeExchange
from tests.fakes.journal import MemoryJournal
from tests.fakes.latch import MemoryLatch
from tests.fakes.notifier import FakeNotifier

pytestmark = pytest.mark.unit

MARKET = OrderKind.MARKET


class LiveDesk:
    """A desk on fakes, opened with 10,000 USD."""

    def __init__(self) -> None:
        codec = MsgpackCodec()
        self.journal, self.audit_log = MemoryJournal(codec), MemoryAuditLog()
        self.exchange, self.notifier, self.inbox = FakeExchange(), FakeNotifier(), Inbox()
        state = initial(RunMode.PAPER, a_policy())
        self.said: list[Said] = []
        self.broken: Exception | None = None
        self.engine = Engine(state, self.journal, self.audit_log, codec, [self._show])
        self.exchange.listen(self.inbox.put)
        self.latch, self.notes = MemoryLatch(), list[NoteEmergency]()
        dispatcher = Dispatcher(
            self.exchange,
            self.latch,
            self.notifier,
            self.notes.append,
            lambda: self.engine.state,
            self.inbox.put,
        )
        self.desk = Desk(self.engine, self.inbox, dispatcher)
        instruments = {BTC: an_instrument()}
        self.inbox.put(SessionOpened(START_MS, RunMode.PAPER, 1, a_policy(), instruments))
        self.inbox.put(Deposited(START_MS, D(10_000)))
        self.inbox.put(MarketAdvanced(START_MS, (), 0.0, (), (), free_funding(BTC)))

    def _show(self, _heard: Heard, said: tuple[Said, ...]) -> None:
        if self.broken is not None:
            raise self.broken
        self.said += said

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

    @property
    def health(self) -> Health:
        return self.engine.state.oversight.health

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
    assert len(live.journal.durable) == 4
    assert live.audit_log.durable == len(live.audit_log.records)


async def test_quiet_events_do_not_wait_for_the_disk_one_by_one() -> None:
    live = LiveDesk()
    async with live.running():
        await live.hears(*(MarketAdvanced(START_MS, (), 0.0, (), ()) for _ in range(100)))
        assert live.journal.durable == []
        await live.hears(*(MarketAdvanced(START_MS, (), 0.0, (), ()) for _ in range(200)))
        assert len(live.journal.durable) >= 256
    live.desk.close()
    assert len(live.journal.durable) == 303


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
        told = [await live.inbox.get() for _ in range(len(live.inbox))]
        assert [getattr(heard, "code", None) for heard in told] == [NOT_DURABLE, None]
        for heard in told:
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


async def test_the_latch_is_durable_before_anything_of_its_decision_goes_out() -> None:
    live = LiveDesk()
    async with live.running():
        await live.hears(a_signal())
        await live.hears(live.entry_filled())
        live.exchange.gate.clear()
        live.inbox.put(OperatorHalted(START_MS + 62_000, "ann", "drill"))
        while not live.exchange.waiting:
            assert live.latch.written == [] or live.exchange.tried
            await asyncio.sleep(0)
        (latch,) = live.latch.written
        assert latch.mode is EMERGENCY
        assert [note.active for note in live.notes] == [True]
        live.exchange.gate.set()


async def test_what_is_held_is_closed_though_nothing_at_all_can_be_written() -> None:
    live = LiveDesk()
    async with live.running():
        await live.hears(a_signal())
        await live.hears(live.entry_filled())
        live.journal.down = live.audit_log.down = live.latch.down = True
        await live.hears(OperatorHalted(START_MS + 62_000, "ann", "drill"))
        closes = [one for one in live.exchange.sent if getattr(one, "kind", None) is MARKET]
    assert [type(one) for one in closes] == [PlaceEntry, PlaceExit]
    assert {page.severity for page in live.notifier.pages} == {Severity.CRITICAL}


async def test_the_desk_hears_when_its_record_is_down_and_when_it_is_back() -> None:
    live = LiveDesk()
    async with live.running():
        live.audit_log.down = True
        await live.hears(a_signal(), a_signal(START_MS + 120_000))
        seen = [live.health]
        live.audit_log.down = False
        await live.hears(MarketAdvanced(START_MS + 180_000, (), 0.0, (), ()))
        seen.append(live.health)
    assert seen == [Health.DEGRADED, Health.HEALTHY]
    told = [one.heard for one in live.journal.entries() if isinstance(one.heard, HealthChanged)]
    assert [one.health for one in told] == [Health.DEGRADED, Health.HEALTHY]
    assert "the plug is pulled" in told[0].reasons[0]


@pytest.mark.parametrize("kind", [IntegrityFailure, IllegalTransition])
async def test_a_store_that_is_not_what_was_written_is_an_emergency(
    kind: type[Exception],
) -> None:
    live = LiveDesk()
    async with live.running():
        live.broken = kind("row 7 is another")
        await live.hears(a_signal())
        assert live.exchange.tried == []
        await live.hears(a_signal(START_MS + 120_000))
        live.broken = None
        await live.hears(MarketAdvanced(START_MS + 180_000, (), 0.0, (), ()))
        stop = live.engine.state.stop
    assert (stop.mode, stop.latched) == (EMERGENCY, (Cause.INTEGRITY,))
    lost = [one.heard for one in live.journal.entries() if isinstance(one.heard, IntegrityLost)]
    assert [one.what for one in lost] == ["row 7 is another"]


async def test_a_run_that_is_not_the_one_written_down_ends() -> None:
    live = LiveDesk()
    live.broken = Diverged("event 1 is another")
    with pytest.raises(Diverged):
        live.desk.handle(a_signal())


async def test_settled_waits_for_the_replies_to_what_was_sent() -> None:
    live = LiveDesk()
    async with live.running():
        await live.hears(a_signal())
        (entry,) = live.exchange.sent
        live.exchange.reports(OrderAccepted(START_MS + 60_000, entry.client_id, BTC))
        await live.settled()
        assert len(live.inbox) == 0
        assert live.engine.sequence == 5


async def test_an_error_of_the_desk_ends_its_task() -> None:
    live = LiveDesk()
    task = asyncio.create_task(live.desk.run())
    live.inbox.put("no event")  # type: ignore[arg-type]  # what a bug might put there
    done, _ = await asyncio.wait({task}, timeout=5)
    assert done
    assert isinstance(task.exception(), ExceptionGroup)
