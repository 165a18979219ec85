"""Questions in the urgent lane: asked once for all who want to know, and never in anyone's way."""

import itertools

import pytest

from application.urgent_lane import SIDE_BY_SIDE_MAX
from domain.execution.messages import CancelOrder, QueryOrder, ReadAccount
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, START_MS
from tests.unit.application.test_urgent_lane import Lane, a_cancel, a_close

pytestmark = pytest.mark.unit


def a_query(name: str, at_ms: int = START_MS) -> QueryOrder:
    return QueryOrder(at_ms, name, ETH)


async def test_an_order_is_asked_for_once_for_all_who_wait() -> None:
    lane = Lane()
    for at_ms, name in itertools.product(range(3), "ab"):
        lane.lane.put(a_query(name, at_ms))
    async with lane.running():
        pass
    assert lane.exchange.queries == [a_query("a", 2), a_query("b", 2)]
    assert lane.heard == []


async def test_a_question_under_way_does_not_serve_who_asks_after_it() -> None:
    lane = Lane()
    lane.exchange.gate.clear()
    lane.lane.put(a_query("a", 1))
    async with lane.running():
        lane.lane.put(a_query("a", 2))
        lane.lane.put(a_query("a", 3))
        lane.exchange.gate.set()
    assert lane.exchange.queries == [a_query("a", 1), a_query("a", 3)]


async def test_questions_keep_nothing_from_being_cleared_and_wait_for_no_command() -> None:
    lane = Lane()
    lane.exchange.stuck.add("a")
    lane.lane.put(a_query("a"))
    async with lane.running():
        assert lane.lane.cleared.is_set()
        assert not lane.lane.idle.is_set()
        lane.lane.put(a_close("a"))
        lane.lane.put(a_query("b"))
        await lane.turns()
        assert lane.exchange.queries[-1] == a_query("b")
        assert lane.tried == ["a"]
        assert not lane.lane.cleared.is_set()
        lane.exchange.stuck.clear()
    assert lane.sent == ["a"]


async def test_a_command_does_not_wait_for_the_question_about_its_order() -> None:
    lane = Lane()
    lane.exchange.gate.clear()
    lane.lane.put(a_query("a"))
    async with lane.running():
        lane.lane.put(a_cancel("a"))
        await lane.turns()
        assert lane.tried == ["a"]
        lane.exchange.gate.set()


async def test_questions_go_out_after_all_else() -> None:
    lane = Lane()
    lane.exchange.gate.clear()
    lane.lane.put(a_query("a"))
    lane.lane.put(a_cancel("c"))
    for n in range(SIDE_BY_SIDE_MAX):
        lane.lane.put(a_close(f"x{n}"))
    async with lane.running():
        assert len(lane.tried) == SIDE_BY_SIDE_MAX
        assert "c" not in lane.tried
        assert lane.exchange.queries == []
        lane.exchange.gate.set()
    assert lane.exchange.queries == [a_query("a")]


async def test_a_question_is_asked_until_it_is_answered_and_a_person_is_called_late() -> None:
    lane = Lane()
    lane.exchange.stuck.add("a")
    lane.lane.put(a_query("a"))
    async with lane.running():
        for _ in range(4):
            await lane.passes()
        assert lane.notifier.pages == []
        lane.lane.put(a_query("a", START_MS + 1))
        for _ in range(4):
            await lane.passes()
        assert lane.exchange.queries[-1] == a_query("a", START_MS + 1)
        (page,) = lane.notifier.pages
        lane.exchange.stuck.clear()
    assert page.text.startswith("the query of a not handed over for 6 s")


async def test_an_unanswered_question_about_what_has_ended_is_dropped() -> None:
    lane = Lane()
    lane.rig.opens()
    name = lane.rig.live(Leg.STOP).client_id
    lane.exchange.stuck.add(name)
    lane.lane.put(QueryOrder(1, name, BTC))
    async with lane.running():
        lane.rig.fills(Leg.STOP, "98")
        await lane.passes()
        assert lane.lane.idle.is_set()
        lane.lane.put(QueryOrder(2, name, BTC))  # a new wish is a new question
        await lane.turns()
        assert [query.at_ms for query in lane.exchange.queries] == [1, 2]
        lane.exchange.stuck.clear()


@pytest.mark.parametrize("since", list(itertools.permutations((0, 50, 90))))
async def test_the_account_is_read_as_far_back_as_anyone_wants(since: tuple[int, ...]) -> None:
    lane = Lane()
    for since_ms in since:
        lane.lane.put(ReadAccount(1, since_ms))
    async with lane.running():
        pass
    assert [wish.since_ms for wish in lane.exchange.wishes] == [50]


async def test_a_wish_that_failed_is_not_forgotten_by_the_next_one() -> None:
    lane = Lane()
    lane.exchange.stuck.add("")
    lane.lane.put(ReadAccount(1, 40))
    async with lane.running():
        lane.lane.put(ReadAccount(2, 70))
        lane.lane.put(ReadAccount(3))
        lane.exchange.stuck.clear()
        await lane.passes()
        lane.lane.put(ReadAccount(4))
    assert [wish.since_ms for wish in lane.exchange.wishes] == [40, 40, 0]
    assert len(lane.heard) == 2


async def test_a_cancel_of_what_ended_and_a_question_leave_no_trace() -> None:
    lane = Lane()
    lane.exchange.stuck.update("ab")
    for one in (a_query("a"), CancelOrder("b", ETH, of_entry=False), ReadAccount(1)):
        lane.lane.put(one)
    async with lane.running():
        lane.exchange.stuck.clear()
    assert lane.lane._lines == {}
    assert lane.lane._wishes == {}
