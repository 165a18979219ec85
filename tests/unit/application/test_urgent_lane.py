"""What removes risk, on its way to a venue that is slow, deaf or half deaf."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from application.urgent_lane import (
    JITTER,
    PAUSE_S_FIRST,
    PAUSE_S_LAST,
    SIDE_BY_SIDE_MAX,
    UrgentLane,
)
from domain.decision.messages import Heard, Severity
from domain.execution.messages import (
    AccountRead,
    CancelOrder,
    OrderKind,
    PlaceExit,
    ReadAccount,
)
from domain.shared.enums import Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, START_MS, D
from tests.fakes.exchange import FakeExchange
from tests.fakes.notifier import FakeNotifier
from tests.rig import Rig

pytestmark = pytest.mark.unit


class Lane:
    """An urgent lane with everything around it.

    A pause lasts until `passes`; those made are in `pauses`, in seconds.
    """

    def __init__(self) -> None:
        self.rig = Rig()
        self.exchange, self.notifier = FakeExchange(), FakeNotifier()
        self.heard: list[Heard] = []
        self.pauses: list[float] = []
        self._over = asyncio.Event()
        self.lane = UrgentLane(
            self.exchange, self.notifier, lambda: self.rig.state, self.heard.append, self._pause
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await self._over.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve the lane, and leave once all that was asked is handed over."""
        task = asyncio.create_task(self.lane.run())
        try:
            await self.turns()
            yield
            self._over.set()
            await asyncio.wait_for(self.lane.idle.wait(), timeout=5)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def passes(self) -> None:
        """Let every pause end that is being made."""
        self._over.set()
        self._over = asyncio.Event()
        await self.turns()

    async def turns(self) -> None:
        """Let everyone have some turns."""
        for _ in range(10):
            await asyncio.sleep(0)

    @property
    def sent(self) -> list[str]:
        return [command.client_id for command in self.exchange.sent]

    @property
    def tried(self) -> list[str]:
        return [command.client_id for command in self.exchange.tried]


def a_close(name: str, symbol: str = ETH) -> PlaceExit:
    return PlaceExit(name, symbol, Side.SELL, OrderKind.MARKET, None, None, None)


def a_stop(name: str) -> PlaceExit:
    return PlaceExit(name, ETH, Side.SELL, OrderKind.STOP_MARKET, None, None, D(90))


def a_cancel(name: str) -> CancelOrder:
    return CancelOrder(name, ETH, of_entry=False)


async def test_closes_go_out_first_and_the_account_is_read_last() -> None:
    lane = Lane()
    for command in (ReadAccount(START_MS), a_cancel("c"), a_stop("s"), a_close("x"), a_close("y")):
        lane.lane.put(command)
    assert not lane.lane.cleared.is_set()
    async with lane.running():
        pass
    assert lane.sent == ["x", "y", "c", "s"]
    assert lane.heard == [lane.exchange.held]
    assert lane.lane.cleared.is_set()


async def test_many_are_on_their_way_at_once_but_not_too_many() -> None:
    lane = Lane()
    lane.exchange.gate.clear()
    for n in range(50):
        lane.lane.put(a_close(f"x{n}"))
    async with lane.running():
        assert lane.exchange.waiting == SIDE_BY_SIDE_MAX
        lane.exchange.gate.set()
    assert sorted(lane.sent) == sorted(f"x{n}" for n in range(50))


async def test_what_cannot_be_handed_over_holds_up_nobody() -> None:
    lane = Lane()
    stuck = [f"stuck{n}" for n in range(2 * SIDE_BY_SIDE_MAX)]
    lane.exchange.stuck.update(stuck)
    for name in stuck:
        lane.lane.put(a_close(name))
    async with lane.running():
        lane.lane.put(a_close("other"))
        await lane.turns()
        assert lane.sent == ["other"]
        assert len(lane.pauses) == len(stuck)  # each has its own
        lane.exchange.stuck.clear()
    assert sorted(lane.sent[1:]) == sorted(stuck)


async def test_pauses_double_up_to_a_bound_each_a_little_its_own_way() -> None:
    lane = Lane()
    lane.exchange.stuck.update(("a", "b"))
    lane.lane.put(a_close("a"))
    lane.lane.put(a_close("b"))
    async with lane.running():
        for _ in range(7):
            await lane.passes()
        lane.exchange.stuck.clear()
    expected = [min(PAUSE_S_FIRST * 2**n, PAUSE_S_LAST) for n in range(8)]
    ones, others = lane.pauses[:16:2], lane.pauses[1:16:2]
    assert ones == pytest.approx(expected, rel=JITTER)
    assert others == pytest.approx(expected, rel=JITTER)
    assert ones != others


async def test_a_person_is_called_at_once_after_five_seconds_and_every_thirty() -> None:
    lane = Lane()
    lane.exchange.stuck.add("x")
    lane.lane.put(a_close("x"))
    async with lane.running():
        for _ in range(20):
            await lane.passes()
        lane.exchange.stuck.clear()
    pages = lane.notifier.pages
    assert {page.severity for page in pages} == {Severity.CRITICAL}
    waits = [int(page.text.split(" for ")[1].split(" s")[0]) for page in pages]
    assert waits[0] == 0
    assert 5 <= waits[1] < 10
    assert 30 <= waits[2] < 36
    assert 60 <= waits[3] < 72
    assert pages[0].text == "x not handed over for 0 s: the line is cut"


async def test_a_cancel_does_not_overtake_what_it_cancels() -> None:
    lane = Lane()
    lane.exchange.stuck.add("s")
    lane.lane.put(a_stop("s"))
    lane.lane.put(a_cancel("s"))
    lane.lane.put(a_cancel("other"))
    async with lane.running():
        assert lane.sent == ["other"]
        assert lane.tried == ["s", "other"]
        lane.exchange.stuck.clear()
    assert lane.exchange.sent[1:] == [a_stop("s"), a_cancel("s")]


async def test_what_has_ended_meanwhile_is_not_sent_again() -> None:
    lane = Lane()
    lane.rig.opens()
    stop = lane.rig.live(Leg.STOP)
    lane.exchange.stuck.add(stop.client_id)
    lane.lane.put(CancelOrder(stop.client_id, BTC, of_entry=False))
    async with lane.running():
        assert lane.tried == [stop.client_id]
        lane.rig.fills(Leg.STOP, "98")
        assert stop.client_id not in lane.rig.state.orders
        await lane.passes()
        assert lane.tried == [stop.client_id]
        assert lane.lane.idle.is_set()


async def test_what_is_of_no_order_that_the_desk_knows_is_sent_until_it_is_taken() -> None:
    lane = Lane()
    lane.exchange.stuck.add("foreign")
    lane.lane.put(a_cancel("foreign"))
    async with lane.running():
        await lane.passes()
        assert lane.tried == ["foreign"] * 2
        lane.exchange.stuck.clear()
    assert lane.sent == ["foreign"]


async def test_the_account_is_read_once_for_all_who_wait_for_it() -> None:
    lane = Lane()
    for at_ms in range(3):
        lane.lane.put(ReadAccount(at_ms))
    async with lane.running():
        pass
    assert lane.exchange.reads == 1
    assert len(lane.heard) == 1


async def test_an_answer_under_way_does_not_serve_who_asks_after_it() -> None:
    lane = Lane()
    lane.exchange.gate.clear()
    lane.lane.put(ReadAccount(1))
    async with lane.running():
        assert lane.exchange.reads == 1
        lane.lane.put(ReadAccount(2))
        lane.lane.put(ReadAccount(3))
        lane.exchange.held = AccountRead(5, ((BTC, D(1)),), ())
        lane.exchange.gate.set()
    assert lane.exchange.reads == len(lane.heard) == 2


async def test_the_account_is_asked_for_until_the_venue_answers_once_for_all() -> None:
    lane = Lane()
    lane.exchange.stuck.add("")
    lane.exchange.gate.clear()
    lane.lane.put(ReadAccount(1))
    async with lane.running():
        lane.lane.put(ReadAccount(2))
        lane.exchange.gate.set()
        await lane.turns()
        lane.lane.put(ReadAccount(3))
        await lane.passes()
        assert lane.heard == []
        assert lane.lane.cleared.is_set()
        assert not lane.lane.idle.is_set()
        lane.exchange.stuck.clear()
    assert len(lane.heard) == 1
    assert "the wish to read the account not handed over" in lane.notifier.pages[0].text
