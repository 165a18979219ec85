"""Orders in doubt: what is sent again under the same name, by the urgent lane, and for how long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from application.errors import VenueUnavailable
from application.gateway import EXISTS, SENT_AGAIN
from application.ports.venue import Reply
from application.urgent_lane import UrgentLane
from application.venue_writes import REMEMBERED_MAX
from domain.decision.messages import Heard
from domain.execution.messages import (
    CancelOrder,
    OrderAccepted,
    OrderKind,
    OrderRejected,
    OrderUnknown,
    PlaceExit,
    Report,
)
from domain.shared.enums import Side
from domain.shared.identity import Leg
from tests.builders import BTC, START_MS, D
from tests.fakes.notifier import FakeNotifier
from tests.fakes.venue_client import Answer, refusals
from tests.rig import Rig
from tests.unit.application.gate import NAME, Gate, an_entry, an_exit

pytestmark = pytest.mark.unit

T = START_MS
LOST = VenueUnavailable("no answer")
TAKEN = Reply(T, "", "", "")


async def tells(gate: Gate, order: PlaceExit, *answers: Answer) -> list[Report]:
    """Let the venue give *answers* to one sending of *order* each; return what is told."""
    gate.writer.script = list(answers)
    for _ in answers:
        try:
            await gate.gateway.send(order)
        except VenueUnavailable:
            continue
    return gate.heard


async def test_a_second_sending_that_is_taken_ends_the_doubt() -> None:
    heard = await tells(Gate(), an_exit(), LOST, TAKEN)
    assert heard == [OrderUnknown(T, NAME, BTC, "no answer"), OrderAccepted(T, NAME, BTC)]


@pytest.mark.parametrize("code", ["-2022", "-2021", "-2019", "-4118"])
async def test_a_refusal_of_the_second_sending_says_nothing_of_the_first(code: str) -> None:
    heard = await tells(Gate(), an_exit(), LOST, *refusals(code))
    assert heard[1:] == [OrderUnknown(T, NAME, BTC, code)]


async def test_a_refusal_says_nothing_of_what_an_earlier_life_may_have_sent() -> None:
    gate = Gate()
    gate.doubts.add(NAME)
    again, refused = await tells(gate, an_exit(), *refusals("-2022"))
    assert again == OrderUnknown(T, NAME, BTC, SENT_AGAIN)
    assert refused == OrderUnknown(T, NAME, BTC, "-2022")


async def test_that_the_venue_says_it_did_not_act_proves_nothing_once_it_refuses() -> None:
    busy = Reply(T, "http 503", "", "", 0, "Service Unavailable.")
    heard = await tells(Gate(), an_exit(), busy, *refusals("-2022"))
    assert heard == [OrderUnknown(T, NAME, BTC, "-2022")]


async def test_barred_for_its_rate_it_was_certainly_not_taken() -> None:
    heard = await tells(Gate(), an_exit(), *refusals("-1015", "-2022"))
    assert heard == [OrderRejected(T, NAME, BTC, "-2022")]


async def test_a_second_sending_that_finds_the_first_has_it_asked_for() -> None:
    heard = await tells(Gate(), an_exit(), LOST, *refusals("-4116"))
    assert heard[1:] == [OrderUnknown(T, NAME, BTC, EXISTS)]


async def test_doubt_is_about_one_order_only() -> None:
    gate = Gate()
    await tells(gate, an_exit(), LOST)
    heard = await tells(gate, an_exit(name="other"), *refusals("-2022"))
    assert heard[-1] == OrderRejected(T, "other", BTC, "-2022")


async def test_what_was_in_doubt_long_ago_is_forgotten_at_last() -> None:
    gate = Gate()
    await tells(gate, an_exit(), LOST)
    limit = an_exit(OrderKind.LIMIT)
    for number in range(REMEMBERED_MAX):
        gate.clock.at_ms += 1_000
        await tells(gate, limit._replace(client_id=f"x{number}"), LOST)
    assert len(gate.gateway._doubted) == len(gate.gateway._writes._sent_ms) == REMEMBERED_MAX
    assert NAME not in gate.gateway._doubted


async def test_what_the_stream_told_before_the_request_failed_does_not_hide_the_failure() -> None:
    gate = Gate()
    gate.writer.gate.clear()
    gate.writer.script = [LOST]
    task = asyncio.create_task(gate.gateway.send(an_entry()))
    await asyncio.sleep(0)
    gate.heard.append(OrderAccepted(T, NAME, BTC))  # by the stream
    gate.writer.gate.set()
    await task
    assert gate.heard[1:] == [OrderUnknown(T, NAME, BTC, "no answer")]


class Lane:
    """The urgent lane over a gateway; a pause ends when all others have had their turn."""

    def __init__(self) -> None:
        self.gate, self.rig, self.notifier = Gate(), Rig(), FakeNotifier()
        self.reported: list[Heard] = []
        self.lane = UrgentLane(
            self.gate.gateway,
            self.notifier,
            lambda: self.rig.state,
            self.reported.append,
            self.gate.clock.pause,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.lane.run())
        try:
            yield
            await asyncio.wait_for(self.lane.idle.wait(), timeout=5)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("kind", [OrderKind.MARKET, OrderKind.STOP_MARKET])
async def test_the_lane_sends_the_same_name_until_the_venue_answers(kind: OrderKind) -> None:
    lane = Lane()
    lane.gate.writer.script = [LOST, *refusals("http 502", "-1015", "-1007"), TAKEN]
    async with lane.running():
        lane.lane.put(an_exit(kind))
    assert lane.gate.sent_names() == [NAME] * 5
    assert lane.lane.cleared.is_set()
    assert isinstance(lane.gate.heard[-1], OrderAccepted)


@pytest.mark.parametrize("kind", [OrderKind.TAKE_PROFIT_MARKET, OrderKind.LIMIT])
async def test_what_does_not_protect_is_not_sent_again_in_doubt(kind: OrderKind) -> None:
    lane = Lane()
    lane.gate.writer.script = [LOST]
    async with lane.running():
        lane.lane.put(an_exit(kind))
    assert lane.gate.sent_names() == [NAME]


async def test_a_cancel_is_sent_until_it_is_answered() -> None:
    lane = Lane()
    lane.gate.writer.script = [LOST, *refusals("http 429", "-1007", "-2011")]
    async with lane.running():
        lane.lane.put(CancelOrder(NAME, BTC, of_entry=False))
    assert lane.gate.sent_names() == [NAME] * 4


@pytest.mark.parametrize("end", ["accepts", "fills"])
async def test_an_exit_that_the_stream_proves_is_not_sent_again(end: str) -> None:
    lane = Lane()
    lane.rig.opens()
    stop = lane.rig.live(Leg.STOP)
    lane.gate.writer.script = [LOST] * 9

    async def told() -> None:
        if end == "fills":
            lane.rig.fills(Leg.STOP, "98")
        else:
            lane.rig.hears(OrderAccepted(T, stop.client_id, BTC))

    lane.gate.clock.while_paused = told
    command = PlaceExit(stop.client_id, BTC, Side.SELL, OrderKind.STOP_MARKET, D(1), None, D(98))
    async with lane.running():
        lane.lane.put(command)
    assert lane.gate.sent_names() == [stop.client_id]
