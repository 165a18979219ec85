import pytest

from application.desk import NOT_DURABLE
from domain.decision.messages import (
    MarketAdvanced,
    OperatorHalted,
    Severity,
)
from domain.execution.messages import (
    PlaceEntry,
    PlaceExit,
)
from domain.shared.identity import Leg
from tests.builders import START_MS
from tests.unit.application.live_desk import LiveDesk, a_signal

pytestmark = pytest.mark.unit


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
