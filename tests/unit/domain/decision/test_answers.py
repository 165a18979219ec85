"""What is heard of single orders whose outcome was in doubt."""

from itertools import product

import pytest

from domain.decision.facts import TradeAborted
from domain.decision.messages import Page
from domain.decision.safety_facts import DoubtResolved, OrderInDoubt
from domain.execution.messages import (
    CancelOrder,
    CancelRefused,
    OrderAccepted,
    OrderStatus,
    PlaceEntry,
    QueryOrder,
)
from domain.execution.order import OrderState
from domain.risk.emergency_stop import Cause, RiskMode
from domain.shared.identity import Leg
from tests.builders import BTC, D, a_candidate, a_policy
from tests.unit.domain.decision.remote import Remote

pytestmark = pytest.mark.unit


def entering() -> Remote:
    rig = Remote()
    rig.wants(a_candidate()).forget()
    return rig


def test_an_order_in_doubt_is_unknown_said_once_and_asked_for_soon() -> None:
    rig = entering()
    order = rig.doubts(Leg.ENTRY)
    rig.doubts(Leg.ENTRY)
    assert rig.state.orders[order.client_id].state is OrderState.UNKNOWN
    assert len(rig.told(OrderInDoubt)) == 1
    assert rig.orders(QueryOrder) == []
    rig.passes(0.5)
    rig.passes(0.5)
    assert [q.client_id for q in rig.orders(QueryOrder)] == [order.client_id]
    rig.passes(2)
    assert len(rig.orders(QueryOrder)) == 2


def test_an_entry_in_doubt_is_never_sent_again() -> None:
    rig = entering()
    order = rig.doubts(Leg.ENTRY)
    for _ in range(20):
        rig.passes(2)
        rig.lacks(order)
    assert rig.orders(PlaceEntry) == []


def test_an_entry_in_doubt_counts_at_full_size_and_its_symbol_takes_no_other() -> None:
    rig = entering()
    rig.doubts(Leg.ENTRY)
    rig.wants(a_candidate(price="101"))
    assert rig.orders(PlaceEntry) == []
    assert BTC in rig.state.trades


@pytest.mark.parametrize(
    ("answers", "seconds", "listed"), [*product((2, 3), (1, 6), (True, False))]
)
def test_absence_is_proven_by_enough_answers_time_and_an_account_without_it(
    answers: int, seconds: int, *, listed: bool
) -> None:
    rig = entering()
    order = rig.doubts(Leg.ENTRY)
    for _ in range(answers):
        rig.passes(seconds)
        rig.lacks(order)
    rig.reads(orders=None if listed else rig.not_listing(order))
    gone = order.client_id not in rig.state.orders
    assert gone is (answers == 3 and seconds == 6 and not listed)


def test_answers_close_together_count_as_one() -> None:
    rig = entering()
    order = rig.doubts(Leg.ENTRY)
    rig.passes(30)
    for _ in range(5):
        rig.lacks(order)
    assert rig.known.doubts[order.client_id].absent == 1


def test_an_account_asked_for_before_requests_were_settled_proves_nothing() -> None:
    rig = entering()
    asked_ms = rig.now + 15_000
    order = rig.doubts(Leg.ENTRY)
    for _ in range(3):
        rig.passes(6)
        rig.lacks(order)
    rig.reads(orders=rig.not_listing(order), asked_ms=asked_ms)
    assert order.client_id in rig.state.orders


def test_an_account_that_holds_what_the_order_would_have_bought_proves_nothing() -> None:
    rig = entering()
    order = rig.doubts(Leg.ENTRY)
    for _ in range(3):
        rig.passes(6)
        rig.lacks(order)
    rig.reads(held={BTC: D(5)}, orders=rig.not_listing(order))
    assert order.client_id in rig.state.orders


def test_an_entry_proven_absent_aborts_its_trade_and_goes_on_counting() -> None:
    rig = entering()
    order = rig.doubts(Leg.ENTRY)
    rig.proves_absent(order)
    assert [a.reason for a in rig.told(TradeAborted)] == ["proven_absent"]
    assert order.client_id in rig.known.graves
    rig.forget().wants(a_candidate())
    assert rig.orders(PlaceEntry) == []
    rig.passes(601)
    rig.reads().forget().wants(a_candidate())
    assert len(rig.orders(PlaceEntry)) == 1


def test_an_entry_that_appears_after_all_is_canceled_and_called_for() -> None:
    rig = entering()
    order = rig.doubts(Leg.ENTRY)
    rig.proves_absent(order).forget()
    rig.hears(OrderAccepted(rig.now, order.client_id, BTC))
    assert [c.client_id for c in rig.orders(CancelOrder)] == [order.client_id]
    assert len(rig.orders(Page)) == 1


def test_an_entry_that_fills_after_all_is_booked_and_closed() -> None:
    rig = entering()
    order = rig.doubts(Leg.ENTRY)
    rig.proves_absent(order).forget()
    rig.hears(rig.fill_of(order, "100"))
    assert rig.state.book.positions[BTC].quantity == D(5)
    (close,) = rig.exits(Leg.EXIT)
    assert close.quantity == D(5)


@pytest.mark.parametrize("leg", [Leg.ENTRY, Leg.STOP])
def test_an_order_that_is_found_live_is_accepted_and_no_longer_in_doubt(leg: Leg) -> None:
    rig = entering()
    if leg is Leg.STOP:
        rig.fills(Leg.ENTRY, "100")
    order = rig.doubts(leg)
    rig.finds(order, OrderStatus.LIVE)
    assert rig.state.orders[order.client_id].state is OrderState.ACCEPTED
    assert rig.known.doubts == {}
    assert len(rig.told(DoubtResolved)) == 1


def test_a_fill_is_evidence() -> None:
    rig = entering()
    order = rig.doubts(Leg.ENTRY)
    rig.hears(rig.fill_of(order, "100", "2", leaves="3"))
    assert rig.known.doubts == {}
    assert rig.state.orders[order.client_id].state is OrderState.PARTIALLY_FILLED


def test_an_order_that_ended_is_over_once_all_of_its_fills_are_known() -> None:
    rig = entering()
    order = rig.doubts(Leg.ENTRY)
    rig.finds(order, OrderStatus.CANCELED, "2")
    assert order.client_id in rig.state.orders
    rig.hears(rig.fill_of(order, "100", "2", leaves="3"))
    rig.finds(order, OrderStatus.CANCELED, "2")
    assert order.client_id not in rig.state.orders
    assert rig.trade().bought == D(2)


def test_an_order_whose_fills_never_come_is_over_in_the_end() -> None:
    rig = entering()
    order = rig.doubts(Leg.ENTRY)
    rig.finds(order, OrderStatus.FILLED, "5")
    rig.passes(11)
    rig.finds(order, OrderStatus.FILLED, "5")
    assert order.client_id not in rig.state.orders


def test_a_cancel_that_is_refused_is_no_proof_and_has_the_order_asked_for() -> None:
    rig = Remote()
    rig.opens().forget()
    order = rig.live(Leg.TARGET)
    rig.hears(CancelRefused(rig.now, order.client_id, BTC, "-2011"))
    assert order.client_id in rig.state.orders
    assert [q.client_id for q in rig.orders(QueryOrder)] == [order.client_id]


def test_a_stop_that_has_vanished_is_a_reason_to_leave() -> None:
    rig = Remote()
    rig.opens().forget()
    stop = rig.live(Leg.STOP)
    rig.passes(3)
    rig.reads(orders=rig.not_listing(stop))
    assert stop.client_id in [q.client_id for q in rig.orders(QueryOrder)]
    rig.finds(stop, OrderStatus.EXPIRED)
    (close,) = rig.exits(Leg.EXIT)
    assert close.quantity == D(5)


def test_a_doubt_that_lasts_is_an_emergency() -> None:
    rig = Remote(a_policy(unknown_seconds=60))
    rig.wants(a_candidate())
    rig.doubts(Leg.ENTRY)
    modes = [rig.passes(seconds).state.stop.mode for seconds in (60, 1)]
    assert modes == [RiskMode.NORMAL, RiskMode.EMERGENCY]
    assert Cause.EXECUTION in rig.state.stop.causes
