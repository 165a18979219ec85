"""Desk and venue held against each other: at the start, after a gap, and all the time."""

import pytest

from domain.decision.messages import OperatorFlattened, Page
from domain.decision.safety_facts import AlertCode, RiskAlert, Synced
from domain.execution.messages import (
    CancelOrder,
    OrderCanceled,
    PlaceEntry,
    PlaceExit,
    QueryOrder,
    ReadAccount,
    StreamTurned,
)
from domain.execution.order import OrderState
from domain.execution.trade import TradeState
from domain.governance.policy import ForeignOrders
from domain.shared.identity import Leg, client_id, trace_id
from tests.builders import BTC, ETH, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.remote import Remote

pytestmark = pytest.mark.unit


def alerts(rig: Rig, code: AlertCode) -> list[RiskAlert]:
    return [alert for alert in rig.told(RiskAlert) if alert.code is code]


def test_without_a_wire_nothing_is_asked_and_nothing_is_blocked() -> None:
    rig = Rig(answers=False).opens().advances(10, {BTC: 100.0})
    assert rig.orders(ReadAccount) == []
    assert rig.state.oversight.reconciliation.is_synced


def test_no_entry_before_the_stream_is_up_and_the_account_agrees() -> None:
    rig = Remote()
    rig.reopens(fencing=2).forget()
    rig.wants(a_candidate())
    rig.reads()
    rig.wants(a_candidate())
    assert rig.orders(PlaceEntry) == []
    rig.hears(StreamTurned(rig.now, up=True, reason="connected"))
    rig.wants(a_candidate())
    assert rig.orders(PlaceEntry) == []
    rig.reads().wants(a_candidate())
    assert len(rig.orders(PlaceEntry)) == 1


def test_agreement_is_said_once_each_time_the_stream_comes_up() -> None:
    rig = Remote()
    for _ in range(3):
        rig.reads()
    assert rig.told(Synced) == []
    rig.hears(StreamTurned(rig.now, up=False, reason="reset"))
    rig.hears(StreamTurned(rig.now, up=True, reason="connected"))
    rig.reads().reads()
    assert len(rig.told(Synced)) == 1
    assert len(alerts(rig, AlertCode.STREAM_LOST)) == len(alerts(rig, AlertCode.STREAM_BACK)) == 1


def test_a_lost_stream_ends_entries_and_never_exits() -> None:
    rig = Remote()
    rig.opens()
    rig.hears(StreamTurned(rig.now, up=False, reason="silent")).forget()
    rig.wants(a_candidate(symbol=ETH))
    assert rig.orders(PlaceEntry) == []
    rig.hears(OperatorFlattened(rig.now, None, "ann", "test"))
    assert [e.quantity for e in rig.exits(Leg.EXIT)] == [D(5)]


def test_the_account_is_read_as_often_as_the_policy_says_and_soon_after_a_fill() -> None:
    rig = Remote(a_policy(reconcile_seconds=30))
    for _ in range(60):
        rig.passes(1)
        if rig.orders(ReadAccount):
            break
    assert rig.now - (rig.known.synced_ms or 0) == 30_000
    rig.reads().forget()
    rig.wants(a_candidate()).fills(Leg.ENTRY, "100").forget()
    rig.passes(2)
    assert len(rig.orders(ReadAccount)) == 1


def test_fills_are_swept_from_before_the_last_agreement() -> None:
    rig = Remote()
    agreed = rig.known.synced_ms or 0
    rig.passes(31)
    (wish,) = rig.orders(ReadAccount)
    assert 0 < wish.since_ms <= agreed - 60_000


def test_after_a_restart_what_only_reduces_is_asked_again_and_an_entry_is_only_asked_after() -> (
    None
):
    rig = Remote()
    rig.wants(a_candidate()).fills(Leg.ENTRY, "100", "2", leaves="3")
    rig.wants(a_candidate(symbol=ETH), minutes=0.01)
    entry, stop = rig.live(Leg.ENTRY, ETH), rig.live(Leg.STOP)
    rig.forget()
    rig.reopens(fencing=2)
    assert [(e.client_id, e.trigger) for e in rig.orders(PlaceExit)] == [
        (stop.client_id, stop.price)
    ]
    assert rig.orders(PlaceEntry) == []
    assert rig.state.orders[entry.client_id].state is OrderState.UNKNOWN
    rig.passes(1)
    assert {q.client_id for q in rig.orders(QueryOrder)} == {entry.client_id, stop.client_id}


def test_an_order_of_ours_that_the_desk_does_not_know_is_canceled() -> None:
    rig = Remote()
    for leg in Leg:
        name = client_id(1, trace_id(ETH, 7), leg, 0)
        rig.forget()
        rig.reads(orders=((name, ETH),))
        (cancel,) = rig.orders(CancelOrder)
        assert (cancel.client_id, cancel.of_entry) == (name, leg is Leg.ENTRY)


def test_leftovers_of_a_trade_that_is_over_are_canceled_until_they_are_gone() -> None:
    rig = Remote()
    rig.opens()
    targets = [o for o in rig.state.orders.values() if o.leg is Leg.TARGET]
    rig.fills(Leg.STOP, "98").forget()
    for _ in range(3):
        rig.passes(2).reads()
        again = {c.client_id for c in rig.orders(CancelOrder)}
        assert again == {t.client_id for t in targets}
        rig.forget()


def test_an_order_that_the_account_does_not_list_is_asked_for() -> None:
    rig = Remote()
    rig.opens().forget()
    target = rig.live(Leg.TARGET)
    rig.passes(3).reads(orders=rig.not_listing(target))
    assert [q.client_id for q in rig.orders(QueryOrder)] == [target.client_id]


@pytest.mark.parametrize("wish", ForeignOrders)
def test_an_order_of_another_hand_is_told_once_and_kept_or_canceled(wish: ForeignOrders) -> None:
    rig = Remote(a_policy(foreign_orders=wish))
    rig.reads(orders=(("web_1", ETH),)).reads(orders=(("web_1", ETH),))
    assert len(alerts(rig, AlertCode.FOREIGN_ORDER)) == len(rig.orders(Page)) == 1
    assert len(rig.orders(CancelOrder)) == (wish is ForeignOrders.CANCEL)


def test_a_symbol_with_an_order_of_another_hand_takes_no_entry_until_it_is_gone() -> None:
    rig = Remote()
    rig.reads(orders=(("web_1", ETH),)).wants(a_candidate(symbol=ETH))
    assert rig.orders(PlaceEntry) == []
    rig.reads(orders=()).wants(a_candidate(symbol=ETH))
    assert len(rig.orders(PlaceEntry)) == 1


def test_a_younger_desk_on_the_account_ends_entries_and_its_orders_are_left_alone() -> None:
    rig = Remote()
    name = client_id(2, trace_id(ETH, 7), Leg.ENTRY, 0)
    rig.reads(orders=((name, ETH),)).reads(orders=((name, ETH),))
    assert rig.orders(CancelOrder) == []
    assert len(alerts(rig, AlertCode.FENCED)) == len(rig.orders(Page)) == 1
    rig.reads(orders=()).wants(a_candidate())
    assert rig.orders(PlaceEntry) == []


def test_the_old_stop_of_a_moved_one_is_canceled_again_when_it_is_still_listed() -> None:
    rig = Remote()
    rig.opens()
    old = rig.live(Leg.STOP)
    rig.advances(1, {BTC: 104.0}).accepts(Leg.STOP).forget()
    rig.reads()
    assert [c.client_id for c in rig.orders(CancelOrder)] == [old.client_id]
    rig.hears(OrderCanceled(rig.now, old.client_id, BTC, "requested")).forget()
    rig.reads()
    assert rig.orders(CancelOrder) == []


def test_a_position_without_a_stop_at_the_venue_is_closed_in_time_and_paged() -> None:
    rig = Remote(a_policy(protect_seconds=5))
    rig.wants(a_candidate()).fills(Leg.ENTRY, "100").forget()
    rig.passes(4.9)
    assert rig.exits(Leg.EXIT) == []
    rig.passes(0.101)
    (close,) = rig.exits(Leg.EXIT)
    assert close.quantity == D(5)
    assert rig.trade().state is TradeState.CLOSING
    assert len(alerts(rig, AlertCode.UNPROTECTED)) == len(rig.orders(Page)) == 1
