"""An entry is worked off child by child, one at a time, and never more than was approved."""

import pytest

from domain.decision.attention import next_tick
from domain.decision.facts import StopPlaced, TradeAborted, TradeExecuted
from domain.decision.orders import may_still_open
from domain.execution.messages import CancelOrder, OrderKind
from domain.execution.trade import TradeState
from domain.governance.execution_policy import EntryStyle
from domain.governance.policy import Policy
from domain.shared.enums import Action
from domain.shared.identity import Leg
from tests.builders import BTC, D, a_candidate
from tests.rig import Rig
from tests.unit.domain.decision.works import buys, child, later, ticks, works

pytestmark = pytest.mark.unit

PASSIVE, TWAP, ICEBERG = EntryStyle.PASSIVE, EntryStyle.TWAP, EntryStyle.ICEBERG


def test_by_default_one_market_order_does_it_all() -> None:
    rig = Rig(Policy()).wants(a_candidate())
    (entry,) = rig.entries()
    assert (entry.kind, entry.quantity, entry.price) == (OrderKind.MARKET, D("5.000"), None)
    assert rig.trade().work is None
    assert next_tick(rig.state) is None


@pytest.mark.parametrize(
    ("action", "price", "collar"), [(Action.BUY, "99.99", "101"), (Action.SELL, "100.01", "99")]
)
def test_a_patient_entry_rests_at_its_own_side_of_the_market(
    action: Action, price: str, collar: str
) -> None:
    entry = child(works(PASSIVE, action))
    assert (entry.kind, entry.price, entry.quantity) == (OrderKind.POST_ONLY, D(price), D(5))
    assert entry.collar == D(collar)


def test_parts_that_fill_are_guarded_at_once_and_targets_wait_for_the_whole() -> None:
    rig = works(PASSIVE).accepts(Leg.ENTRY).forget()
    rig.fills(Leg.ENTRY, "99.99", "2", leaves="3")
    assert len(rig.exits(Leg.STOP)) == 1
    assert not rig.exits(Leg.TARGET)
    assert not rig.told(TradeExecuted)
    assert may_still_open(rig.state, rig.trade()) == 3
    rig.fills(Leg.ENTRY, "99.99", "3").accepts_all()
    assert len(rig.exits(Leg.TARGET)) == 2
    assert [fact.quantity for fact in rig.told(TradeExecuted)] == [5]
    assert len(rig.told(StopPlaced)) == 1
    assert (rig.trade().state, rig.trade().work) == (TradeState.PROTECTED, None)


def test_the_price_follows_a_market_that_runs_away_and_not_one_that_comes() -> None:
    rig = works(PASSIVE).forget()
    later(rig, 6, 99.995)
    assert rig.orders(CancelOrder) == []
    later(rig, 6, 100.4)
    assert len(rig.orders(CancelOrder)) == 1
    assert rig.entries() == []  # one at a time
    rig.cancels(Leg.ENTRY)
    assert child(rig).price == D("100.39")
    assert child(rig).client_id.endswith("-e1")


def test_a_price_is_not_bettered_sooner_than_the_policy_says() -> None:
    rig = works(PASSIVE, reprice_seconds=10).forget()
    later(rig, 9, 100.4)
    assert rig.orders(CancelOrder) == []
    later(rig, 1, 100.4)
    assert len(rig.orders(CancelOrder)) == 1


def test_what_is_already_filled_is_not_ordered_again_at_a_new_price() -> None:
    rig = buys(works(PASSIVE), "2", "3")
    later(rig, 6, 100.4).cancels(Leg.ENTRY)
    assert child(rig).quantity == 3


def test_no_price_lies_beyond_the_collar() -> None:
    rig = works(PASSIVE)
    later(rig, 6, 103.0).cancels(Leg.ENTRY)
    assert child(rig).price == child(rig).collar == D(101)


def test_at_its_deadline_the_rest_is_taken_at_the_market() -> None:
    rig = buys(works(PASSIVE, passive_seconds=20), "2", "3")
    begun = rig.now
    ticks(rig)
    assert rig.now == begun + 20_000
    rig.cancels(Leg.ENTRY)
    entry = child(rig)
    assert (entry.kind, entry.quantity, entry.collar) == (OrderKind.MARKET, D(3), D(101))
    rig.fills(Leg.ENTRY, "100.1")
    assert rig.trade().bought == 5
    assert len(rig.told(TradeExecuted)) == 1


@pytest.mark.parametrize("bought", [True, False])
def test_at_its_deadline_an_entry_that_may_not_take_is_given_up(*, bought: bool) -> None:
    rig = works(PASSIVE, passive_takes=False)
    if bought:
        rig.fills(Leg.ENTRY, "99.99", "2", leaves="3")
    ticks(rig).forget().cancels(Leg.ENTRY)
    assert rig.entries() == []
    assert len(rig.told(TradeExecuted)) == bought
    assert len(rig.told(TradeAborted)) == (not bought)
    assert (BTC in rig.state.trades) is bought
    assert set(rig.state.marks) == set(rig.state.watched)


@pytest.mark.parametrize("code", ["would_cross", "-5022"])
def test_an_order_too_late_to_rest_is_no_error_and_comes_again_farther_away(code: str) -> None:
    rig = works(PASSIVE, order_errors_max=1).rejects(Leg.ENTRY, code)
    assert rig.state.oversight.errors == ()
    assert len(rig.entries()) == 1
    ticks(rig)
    assert child(rig).price == D("99.98")
    rig.cancels(Leg.ENTRY, code)
    ticks(rig)
    assert child(rig).price == D("99.97")
    assert child(rig).client_id.endswith("-e2")


@pytest.mark.parametrize("style", [PASSIVE, TWAP, ICEBERG])
def test_any_other_refusal_ends_the_work(style: EntryStyle) -> None:
    rig = works(style).forget().rejects(Leg.ENTRY, "margin")
    assert BTC not in rig.state.trades
    assert [fact.reason for fact in rig.told(TradeAborted)] == ["margin"]
    assert rig.entries() == []


def test_slices_come_by_the_clock_one_after_the_other_and_sum_to_the_whole() -> None:
    rig = works(TWAP)
    begun = rig.now
    for number in range(5):
        assert child(rig).kind is OrderKind.MARKET
        assert rig.now == begun + number * 8_000
        buys(rig)
        if number < 4:
            ticks(rig)
    assert [entry.quantity for entry in rig.entries()] == [1, 1, 1, 1, 1]
    assert len(rig.told(TradeExecuted)) == 1
    assert rig.trade().work is None


def test_a_slice_waits_for_the_rest_of_the_one_before() -> None:
    rig = buys(works(TWAP), "0.4", "0.6")
    later(rig, 20)
    assert len(rig.entries()) == 1
    rig.fills(Leg.ENTRY, "100", "0.6")
    assert len(rig.entries()) == 2  # it is late, and goes at once


def test_an_iceberg_shows_a_part_and_the_next_when_that_is_filled() -> None:
    rig = works(ICEBERG)
    for _ in range(3):
        rig.fills(Leg.ENTRY, "99.99")
    assert [entry.quantity for entry in rig.entries()] == [2, 2, 1]
    assert {entry.kind for entry in rig.entries()} == {OrderKind.POST_ONLY}
    assert rig.trade().bought == 5
    assert len(rig.told(TradeExecuted)) == 1
