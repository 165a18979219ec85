"""What happens between the wish to send and the sending: budget, permit, tripwire, cancels."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from application.errors import NotSent
from application.permits import FENCED, PERMIT_DEAD, TRIPPED, WITHDRAWN
from application.ports.venue import Reply
from application.rate_budget import Call, Limits
from application.venue_turns import PATIENCE_MS
from domain.execution.messages import (
    OrderAccepted,
    OrderCanceled,
    OrderKind,
    OrderRejected,
    OrderUnknown,
    ReadAccount,
)
from tests.builders import BTC, START_MS
from tests.unit.application.gate import LIFE_MS, NAME, Gate, a_cancel, an_entry, an_exit

pytestmark = pytest.mark.unit

TEN = Limits(orders_10s=10, orders_minute=60, weight_minute=200)


def turns_off(gate: Gate) -> None:
    gate.alive = False


def trips(gate: Gate) -> None:
    gate.tripwire.why = "a person"


def fences(gate: Gate) -> None:
    gate.is_fenced = True


WAYS = [(turns_off, PERMIT_DEAD), (trips, TRIPPED), (fences, FENCED)]


def spent(gate: Gate, call: Call = Call.ENTRY) -> Gate:
    """Use the budget up as far as *call* may."""
    while not gate.budget.wait_ms(call, gate.clock.at_ms):
        gate.budget.take(call, gate.clock.at_ms)
    return gate


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(("forbid", "code"), WAYS)
async def test_an_entry_that_is_forbidden_is_not_sent(
    forbid: Callable[[Gate], None], code: str
) -> None:
    gate = Gate()
    forbid(gate)
    await gate.gateway.send(an_entry())
    assert gate.writer.sent == []
    assert gate.heard == [OrderRejected(START_MS, NAME, BTC, code)]


@pytest.mark.parametrize("forbid", [forbid for forbid, _ in WAYS])
async def test_what_forbids_entries_forbids_neither_exits_nor_cancels(
    forbid: Callable[[Gate], None],
) -> None:
    gate = Gate()
    forbid(gate)
    await gate.gateway.send(an_exit())
    await gate.gateway.send(a_cancel("other"))
    assert gate.sent_names() == [NAME, "other"]


async def test_an_entry_waits_for_the_budget_and_is_then_sent_once() -> None:
    gate = spent(Gate(TEN))
    await gate.gateway.send(an_entry())
    assert gate.clock.pauses == [10.0]
    assert gate.sent_names() == [NAME]
    assert gate.heard == [OrderAccepted(START_MS + 10_000, NAME, BTC)]


@pytest.mark.parametrize(("forbid", "code"), WAYS)
async def test_what_comes_to_forbid_an_entry_while_it_waits_is_noticed(
    forbid: Callable[[Gate], None], code: str
) -> None:
    gate = spent(Gate(TEN))

    async def forbids() -> None:
        forbid(gate)

    gate.clock.while_paused = forbids
    await gate.gateway.send(an_entry())
    assert gate.writer.sent == []
    assert gate.heard == [OrderRejected(START_MS + 10_000, NAME, BTC, code)]


async def test_an_entry_that_would_outlive_its_permit_by_waiting_does_not_wait() -> None:
    gate = spent(Gate(TEN))
    await gate.gateway.send(an_entry(life_ms=9_999))
    assert gate.clock.pauses == []
    assert gate.heard == [OrderRejected(START_MS, NAME, BTC, PERMIT_DEAD)]
    later = Gate()
    later.clock.at_ms += LIFE_MS + 1
    await later.gateway.send(an_entry())
    assert later.writer.sent == []


async def test_a_cancel_of_an_entry_that_waits_is_not_sent_nor_is_the_entry() -> None:
    gate = spent(Gate(TEN))

    async def cancels() -> None:
        await gate.gateway.send(a_cancel())

    gate.clock.while_paused = cancels
    await gate.gateway.send(an_entry())
    assert gate.writer.sent == []
    assert gate.heard == [OrderCanceled(START_MS + 10_000, NAME, BTC, WITHDRAWN)]


async def test_a_cancel_waits_for_the_answer_to_what_it_cancels() -> None:
    gate = Gate()
    gate.writer.gate.clear()
    entry = asyncio.create_task(gate.gateway.send(an_entry()))
    await turns()
    cancels = [asyncio.create_task(gate.gateway.send(a_cancel(n))) for n in (NAME, "other")]
    await turns()
    assert gate.writer.sent == [an_entry(), a_cancel("other")]
    gate.writer.gate.set()
    await asyncio.gather(entry, *cancels)
    assert gate.writer.sent[2:] == [a_cancel()]


async def test_a_cancel_does_not_wait_for_ever() -> None:
    gate = Gate()
    gate.writer.deaf.add(NAME)
    tasks = [asyncio.create_task(gate.gateway.send(one)) for one in (an_entry(), a_cancel())]
    async with asyncio.timeout(5):
        await tasks[1]
    assert gate.writer.sent == [an_entry(), a_cancel()]
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_exits_and_cancels_have_room_when_entries_have_none() -> None:
    gate = spent(Gate(TEN))
    await gate.gateway.send(a_cancel("c"))
    await gate.gateway.send(an_exit(name="x"))
    assert gate.sent_names() == ["c", "x"]
    assert gate.clock.pauses == []


async def test_even_an_exit_is_given_back_when_the_limit_itself_is_reached() -> None:
    gate = spent(Gate(TEN), Call.EXIT)
    with pytest.raises(NotSent, match="no room for a call of kind exit"):
        await gate.gateway.send(an_exit())
    assert gate.writer.sent == []
    gate.clock.at_ms += 10_000 - PATIENCE_MS
    await gate.gateway.send(an_exit())
    assert gate.clock.pauses == [PATIENCE_MS / 1000]
    assert gate.sent_names() == [NAME]


@pytest.mark.parametrize("code", ["http 418", "http 429", "-1003", "-1015", "http 403"])
async def test_while_barred_only_exits_are_tried(code: str) -> None:
    gate = Gate()
    gate.writer.script = [Reply(START_MS, code, "", "", 120_000)]
    await gate.gateway.send(an_entry("first"))
    await gate.gateway.send(an_entry(life_ms=100_000))
    assert gate.heard[1:] == [OrderRejected(START_MS, NAME, BTC, PERMIT_DEAD)]
    with pytest.raises(NotSent):
        await gate.gateway.send(a_cancel())
    with pytest.raises(NotSent):
        await gate.gateway.read(ReadAccount(0))
    await gate.gateway.send(an_exit(OrderKind.STOP_MARKET, "stop"))
    assert gate.sent_names() == ["first", "stop"]
    assert gate.reader.asked == []
    gate.clock.at_ms += 120_000
    await gate.gateway.send(a_cancel())
    await gate.gateway.read(ReadAccount(0))


async def test_given_up_in_the_midst_of_a_write_an_order_is_in_doubt() -> None:
    gate = Gate()
    gate.writer.gate.clear()
    task = asyncio.create_task(gate.gateway.send(an_entry()))
    await turns()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (told,) = gate.heard
    assert isinstance(told, OrderUnknown)
    assert told.client_id == NAME


async def test_given_up_while_it_waits_an_entry_leaves_nothing_behind() -> None:
    gate = spent(Gate(TEN))
    stuck = asyncio.Event()

    async def waits() -> None:
        await stuck.wait()

    gate.clock.while_paused = waits
    task = asyncio.create_task(gate.gateway.send(an_entry()))
    await turns()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert gate.heard == []
    await gate.gateway.send(a_cancel())
    assert gate.writer.sent == [a_cancel()]


@pytest.mark.parametrize(("age_ms", "left_ms"), [(0, 50_000), (20_000, 30_000), (74_000, 0)])
async def test_a_wait_runs_from_when_it_was_told_and_not_from_when_it_was_read(
    age_ms: int, left_ms: int
) -> None:
    gate = Gate()
    gate.writer.script = [Reply(START_MS - age_ms, "http 418", "", "", 50_000)]
    with suppress(NotSent):
        await gate.gateway.send(an_exit())
    assert gate.budget.silence_ms(START_MS) == left_ms
