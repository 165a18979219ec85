"""Entries paused by an operator: held back, over by themselves or ended, and nothing more."""

import pytest

from domain.decision.facts import EntryRefused, OperatorActed
from domain.decision.messages import (
    EntriesPaused,
    EntriesUnpaused,
    OperatorHalted,
    OperatorReleased,
)
from domain.execution.messages import PlaceEntry
from domain.risk.emergency_stop import EMERGENCY
from domain.risk.verdict import Objection
from domain.shared.identity import Leg
from tests.builders import ETH, MINUTE_MS, START_MS, a_candidate
from tests.rig import Rig
from tests.unit.domain.decision.scenes import two_open

pytestmark = pytest.mark.unit


def paused(minutes: int = 0) -> Rig:
    until_ms = START_MS + minutes * MINUTE_MS if minutes else 0
    return Rig().hears(EntriesPaused(START_MS, until_ms, "ann", "lunch"))


def test_while_paused_no_entry_is_taken_and_the_refusal_says_why() -> None:
    rig = paused().wants(a_candidate())
    assert rig.told(OperatorActed)[0] == OperatorActed(START_MS, "pause", "ann", "lunch")
    assert Objection.NEW_TRADES_OFF in rig.told(EntryRefused)[0].objections
    assert not rig.orders(PlaceEntry)


def test_an_unpause_lets_the_next_entry_in() -> None:
    rig = paused().hears(EntriesUnpaused(START_MS, "bob", "back"))
    assert rig.state.oversight.governance.pause is None
    assert rig.wants(a_candidate()).orders(PlaceEntry)


@pytest.mark.parametrize(("minutes", "entries"), [(9, 0), (10, 1), (11, 1)])
def test_a_pause_is_over_when_its_time_is(minutes: int, entries: int) -> None:
    rig = paused(10).wants(a_candidate(), minutes=minutes)
    assert len(rig.orders(PlaceEntry)) == entries
    ended = [one.reason for one in rig.told(OperatorActed) if one.action == "unpause"]
    assert ended == ["its time is over"] * entries


@pytest.mark.parametrize(("first", "second", "until"), [(10, 5, 10), (5, 10, 10), (0, 5, 0)])
def test_a_pause_on_a_pause_ends_no_earlier(first: int, second: int, until: int) -> None:
    rig = paused(first)
    rig.hears(EntriesPaused(START_MS, START_MS + second * MINUTE_MS, "bob", "me too"))
    pause = rig.state.oversight.governance.pause
    assert pause is not None
    assert (pause.owner, pause.until_ms) == ("bob", START_MS + until * MINUTE_MS if until else 0)


def test_a_pause_that_is_over_already_holds_nothing_back() -> None:
    rig = Rig().hears(EntriesPaused(START_MS, START_MS - 1, "ann", "late"))
    assert rig.state.oversight.governance.pause is None
    assert rig.state.policy.allow_new_trades


def test_a_pause_leaves_what_is_held_alone() -> None:
    rig = two_open().forget().hears(EntriesPaused(0, 0, "ann", "lunch"))
    assert rig.asked == []
    assert len(rig.state.trades) == 2


def test_an_unpause_never_ends_an_emergency() -> None:
    rig = paused().hears(OperatorHalted(START_MS, "ann", "odd"))
    rig.hears(EntriesUnpaused(START_MS, "ann", "go on"))
    assert rig.state.stop.mode is EMERGENCY
    assert not rig.wants(a_candidate()).orders(PlaceEntry)


def test_a_release_never_ends_a_pause() -> None:
    rig = paused().hears(OperatorHalted(START_MS, "ann", "odd"))
    rig.hears(OperatorReleased(START_MS, "ann", "fine"))
    assert rig.state.oversight.governance.pause is not None


def test_a_pause_calls_off_no_exit() -> None:
    rig = two_open().hears(EntriesPaused(0, 0, "ann", "lunch"))
    rig.hears(OperatorHalted(rig.now, "ann", "now"))
    assert {order.leg for order in rig.state.orders.values()} >= {Leg.EXIT}
    assert ETH in rig.state.trades
