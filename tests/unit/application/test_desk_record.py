"""What cannot be written, and what goes on all the same."""

import asyncio

import pytest

from application.errors import IllegalTransition, IntegrityFailure
from application.resume import Diverged
from domain.decision.messages import (
    HealthChanged,
    IntegrityLost,
    MarketAdvanced,
    OperatorHalted,
    Severity,
)
from domain.execution.messages import (
    OrderAccepted,
    OrderKind,
    PlaceEntry,
    PlaceExit,
)
from domain.governance.directive import Health
from domain.risk.emergency_stop import EMERGENCY, Cause
from tests.builders import BTC, START_MS
from tests.unit.application.live_desk import LiveDesk, a_signal

pytestmark = pytest.mark.unit

MARKET = OrderKind.MARKET


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
