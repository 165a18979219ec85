import asyncio
from decimal import Decimal
from itertools import product

import pytest

from application.errors import BadInput, StoreUnavailable
from application.live import OPEN, READY, is_settled
from domain.decision.messages import ClockTicked, LatchRead, MarketAdvanced
from domain.execution.messages import (
    CancelOrder,
    Deposited,
    OrderAccepted,
    OrderCanceled,
    PlaceEntry,
    StreamTurned,
)
from domain.execution.order import OrderState
from domain.shared.enums import RunMode
from domain.shared.identity import Leg
from tests.builders import BTC, START_MS, D, a_candidate, free_funding
from tests.unit.application.live_session import CALM, OPENING, Live

pytestmark = pytest.mark.unit


def a_signal(at_ms: int = START_MS) -> MarketAdvanced:
    candidate = a_candidate(source=RunMode.PAPER)
    return MarketAdvanced(at_ms, ((BTC, 100.0),), 0.0, (), (candidate,), free_funding(BTC))


async def test_the_first_start_hears_what_the_account_holds_before_the_latch() -> None:
    live = Live()
    async with live.running():
        await live.source.up.wait()
    assert live.heard[:3] == [OPENING, Deposited(START_MS, D(10_000)), LatchRead(START_MS, CALM)]
    assert live.phases == [OPEN]


async def test_a_later_start_asks_for_no_deposit() -> None:
    before = Live()
    async with before.running():
        await before.source.up.wait()
    live = Live(before.engine.state)
    async with live.running():
        await live.source.up.wait()
    assert live.heard[:2] == [OPENING, LatchRead(START_MS, CALM)]
    assert live.engine.state.book.deposits == D(10_000)


@pytest.mark.parametrize("wallet", [None, D(0), D(-1)])
async def test_an_account_without_money_is_refused_before_anything_is_heard(
    wallet: Decimal | None,
) -> None:
    live = Live()
    live.account = live.account._replace(wallet=wallet)
    with pytest.raises(BadInput, match="holds no money"):
        async with live.running() as task:
            await task
    assert live.heard == []


async def test_the_session_is_ready_once_the_account_agreed_with_the_line_up() -> None:
    live = Live()
    async with live.running():
        await live.hears(live.account)
        assert live.phases == [OPEN]
        await live.synced()
        assert live.phases == [OPEN, READY]


async def test_a_signal_becomes_an_entry_and_none_after_the_wish_to_stop() -> None:
    live = Live()
    async with live.running():
        await live.synced()
        await live.hears(a_signal())
        await live.until(lambda: bool(live.exchange.sent))
        (entry,) = [one for one in live.exchange.sent if isinstance(one, PlaceEntry)]
        live.stops = True
        await live.until(lambda: live.session.stopping)
        await live.hears(a_signal(START_MS + 60_000))
        assert live.clearance.barred is not None
        name, now = entry.client_id, live.clock.at_ms
        await live.until(lambda: any(isinstance(one, CancelOrder) for one in live.exchange.sent))
        await live.hears(OrderCanceled(now, name, BTC, "requested"))
    assert [one for one in live.heard if isinstance(one, MarketAdvanced)][-1].candidates == ()
    assert live.engine.state.orders == {}


async def test_a_stop_waits_for_what_is_under_way_only_so_long() -> None:
    live = Live()
    async with live.running():
        await live.synced()
        await live.hears(a_signal())
        await live.until(lambda: bool(live.exchange.sent))
        began = live.clock.at_ms
        live.stops = True
    assert live.clock.at_ms - began >= 30_000
    assert len(live.engine.state.orders) == 1


async def test_all_that_was_heard_is_durable_after_a_stop() -> None:
    live = Live()
    async with live.running():
        await live.synced()
    assert len(live.journal.durable) == live.engine.sequence


async def test_what_breaks_a_source_ends_the_session_and_is_told_as_it_is() -> None:
    live = Live()
    live.source.fails = StoreUnavailable("gone")
    with pytest.raises(StoreUnavailable, match="gone"):
        async with live.running() as task:
            await asyncio.shield(task)


async def test_a_session_whose_market_is_over_stops_by_itself() -> None:
    live = Live()
    async with live.running() as task:
        await live.source.up.wait()
        live.session.finish()
        await asyncio.wait_for(task, timeout=5)
    assert not live.stops or task.done()


async def test_time_is_told_though_nothing_happens() -> None:
    live = Live()
    async with live.running():
        await live.source.up.wait()
        live.clock.at_ms += 5_000
        await live.until(lambda: any(isinstance(one, ClockTicked) for one in live.heard))


async def test_a_line_that_is_lost_is_heard_as_lost() -> None:
    live = Live()
    async with live.running():
        await live.synced()
        await live.hears(StreamTurned(live.clock.at_ms, up=False, reason="cut"))
        assert not live.engine.state.oversight.reconciliation.stream_up


@pytest.mark.parametrize(("state", "leg"), list(product(OrderState, Leg)))
async def test_settled_is_a_desk_with_no_entry_and_nothing_unanswered(
    state: OrderState, leg: Leg
) -> None:
    live = Live()
    async with live.running():
        await live.synced()
        await live.hears(a_signal())
        ((name, order),) = live.engine.state.orders.items()
        changed = {name: order._replace(state=state, leg=leg)}
        settled = is_settled(live.engine.state._replace(orders=changed))
        await live.hears(OrderAccepted(live.clock.at_ms, name, BTC))
        await live.hears(OrderCanceled(live.clock.at_ms, name, BTC, "requested"))
    open_ended = {OrderState.INTENT, OrderState.SUBMITTED, OrderState.UNKNOWN}
    assert settled is (leg is not Leg.ENTRY and state not in open_ended)
