"""What is made durable when, where nothing that was heard can be derived again."""

import asyncio

import pytest

from domain.decision.messages import ClockTicked, Heard, MarketAdvanced
from domain.execution.messages import CancelOrder, OrderAccepted, OrderCanceled, PlaceEntry
from domain.shared.identity import Leg
from tests.builders import BTC
from tests.unit.application.live_session import Live
from tests.unit.application.test_live import a_signal

pytestmark = pytest.mark.unit


async def entered(live: Live) -> PlaceEntry:
    await live.synced()
    await live.hears(a_signal())
    await live.until(lambda: bool(live.exchange.sent))
    (entry,) = live.exchange.sent
    assert isinstance(entry, PlaceEntry)
    return entry


async def gone(live: Live, entry: PlaceEntry) -> None:
    await live.hears(OrderCanceled(live.clock.at_ms, entry.client_id, BTC, "requested"))


async def test_quiet_prices_are_durable_with_the_next_tick() -> None:
    live = Live()
    async with live.running():
        await live.synced()
        await live.hears(*(MarketAdvanced(live.clock.at_ms, (), 0.0, (), ()) for _ in range(20)))
        heard = live.engine.sequence
        live.clock.at_ms += 2_000
        await live.until(lambda: len(live.journal.durable) > heard)


async def test_a_report_that_changed_anything_is_durable_at_once() -> None:
    live = Live()
    async with live.running():
        entry = await entered(live)
        ended = OrderCanceled(live.clock.at_ms, entry.client_id, BTC, "collar")
        await live.hears(ended)
        assert len(live.journal.durable) == live.engine.sequence


async def test_what_must_be_heard_before_an_event_is_heard_before_it() -> None:
    live = Live()
    async with live.running():
        await live.synced()
        live.clock.at_ms += 5_000
        before = live.engine.sequence
        await live.hears(OrderAccepted(live.clock.at_ms, "id", BTC))
    after = [type(one).__name__ for one in live.heard[before:]]
    assert after.index("StreamTurned") < after.index("OrderAccepted")


async def test_every_entry_that_is_live_is_called_off_by_a_withdrawal() -> None:
    live = Live()
    async with live.running():
        entry = await entered(live)
        await live.hears(OrderAccepted(live.clock.at_ms, entry.client_id, BTC))
        live.session.finish()
        await live.until(lambda: live.exchange.sent[-1:] != [entry])
        assert live.exchange.sent[1:] == [CancelOrder(entry.client_id, BTC, of_entry=True)]
        assert entry.client_id.rpartition("-")[2].startswith(Leg.ENTRY)
        await gone(live, entry)


async def test_other_tasks_have_their_turn_between_two_events_of_a_flood() -> None:
    live = Live()
    turns: list[int] = []

    async def looks() -> None:
        while True:
            turns.append(live.engine.sequence)
            await asyncio.sleep(0)

    async with live.running():
        await live.synced()
        other = asyncio.create_task(looks())
        flood: list[Heard] = [OrderAccepted(live.clock.at_ms, f"id{n}", BTC) for n in range(50)]
        began = live.engine.sequence
        await live.hears(*flood)
        other.cancel()
    seen = {turn for turn in turns if began < turn <= began + 50}
    assert len(seen) >= 49
    assert not any(isinstance(one, ClockTicked) for one in flood)
