"""The working of an entry ends with its leave to enter; what is bought stays guarded."""

import pytest

from domain.decision.attention import attention
from domain.decision.facts import TradeAborted, TradeExecuted
from domain.decision.messages import OperatorHalted, PolicyAdopted
from domain.decision.orders import may_still_open
from domain.execution.messages import CancelOrder, OrderUnknown
from domain.execution.trade import ExitReason
from domain.governance.execution_policy import EntryStyle
from domain.shared.enums import Action
from domain.shared.identity import Leg
from tests.builders import BTC, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.remote import Remote
from tests.unit.domain.decision.works import buys, child, later, ticks, works

pytestmark = pytest.mark.unit

PASSIVE, TWAP, ICEBERG = EntryStyle.PASSIVE, EntryStyle.TWAP, EntryStyle.ICEBERG


@pytest.mark.parametrize("style", [PASSIVE, TWAP, ICEBERG])
def test_an_emergency_in_the_middle_ends_the_work(style: EntryStyle) -> None:
    rig = buys(works(style), "0.5", "0.5").forget()
    rig.hears(OperatorHalted(rig.now, "op", "test"))
    assert [c.of_entry for c in rig.orders(CancelOrder)] == [True]
    assert len(rig.exits(Leg.EXIT)) == 1
    rig.cancels(Leg.ENTRY).fills(Leg.EXIT, "99.9")
    later(rig, 120)
    assert rig.entries() == []
    assert (rig.state.trades, rig.state.book.positions) == ({}, {})


def test_an_emergency_between_two_slices_leaves_nothing_behind() -> None:
    rig = buys(works(TWAP)).forget()
    rig.hears(OperatorHalted(rig.now, "op", "test")).fills(Leg.EXIT, "100")
    assert rig.state.trades == {}
    assert len(rig.told(TradeExecuted)) == 1
    assert not rig.entries()
    assert not rig.exits(Leg.TARGET)


def test_an_emergency_before_anything_is_bought_and_no_child_lives_aborts() -> None:
    rig = works(PASSIVE).rejects(Leg.ENTRY, "would_cross").forget()
    rig.hears(OperatorHalted(rig.now, "op", "test"))
    ticks(rig)
    assert rig.state.trades == {}
    assert rig.entries() == []
    assert len(rig.told(TradeAborted)) == 1


@pytest.mark.parametrize("bought", [True, False])
def test_another_policy_ends_the_work_and_what_is_bought_stays_guarded(*, bought: bool) -> None:
    rig = works(PASSIVE)
    if bought:
        buys(rig, "2", "3")
    rig.forget().hears(PolicyAdopted(rig.now, a_policy(version=2), "op", "test"))
    later(rig, 1)
    assert len(rig.orders(CancelOrder)) == 1
    rig.cancels(Leg.ENTRY)
    assert rig.entries() == []
    assert (BTC in rig.state.trades) is bought
    assert rig.has_live(Leg.STOP) is bought


def test_a_stop_that_fires_between_two_slices_ends_the_trade() -> None:
    rig = buys(works(TWAP)).accepts_all().forget().fills(Leg.STOP, "98")
    later(rig, 30)
    assert rig.state.trades == {}
    assert rig.entries() == []


def test_what_is_left_when_the_permit_expires_is_not_bought() -> None:
    rig = works(TWAP, entry_ttl_ms=30_000, twap_seconds=30)
    buys(rig).forget()
    later(rig, 31)
    assert rig.entries() == []
    assert [fact.quantity for fact in rig.told(TradeExecuted)] == [1]


def test_work_counts_at_its_full_size_and_asks_for_every_bar() -> None:
    rig = buys(works(TWAP))
    assert not rig.has_live(Leg.ENTRY)
    assert may_still_open(rig.state, rig.trade()) == 4
    assert attention(rig.state).timer_ms == rig.state.at_ms


def test_nothing_is_sent_while_it_is_not_known_what_became_of_a_child() -> None:
    rig = Remote(a_policy(entry_style=PASSIVE))
    rig.wants(a_candidate())
    name = child(rig).client_id
    rig.forget().hears(OrderUnknown(rig.now, name, BTC, "time-out"))
    later(rig, 20, 100.4)
    assert rig.entries() == []
    assert rig.trade().work is None
    assert may_still_open(rig.state, rig.trade()) == 5


def test_an_opposite_signal_in_the_middle_closes_what_is_bought() -> None:
    rig = buys(works(ICEBERG)).forget()
    rig.wants(a_candidate(Action.FLAT), minutes=0.1)
    assert rig.trade().exit_reason is ExitReason.FLAT_SIGNAL
    rig.cancels(Leg.ENTRY).fills(Leg.EXIT, "100")
    assert rig.state.trades == {}
    assert rig.entries() == []


def test_where_no_price_above_zero_is_left_to_rest_at_the_entry_is_off() -> None:
    rig = Rig(a_policy(entry_style=PASSIVE, passive_offset_ticks=1_000))
    rig.wants(a_candidate(price="5"))
    assert not rig.entries()
    assert len(rig.told(TradeAborted)) == 1
    assert (rig.state.trades, rig.state.marks) == ({}, {})


def test_a_stop_that_fires_while_a_child_rests_calls_the_child_off_and_ends_the_trade() -> None:
    rig = buys(works(ICEBERG)).forget()
    rig.fills(Leg.STOP, "97")
    assert [order.of_entry for order in rig.orders(CancelOrder)] == [True]
    rig.cancels(Leg.ENTRY)
    later(rig, 20)
    assert rig.state.trades == {}
    assert not rig.entries()
    assert len(rig.told(TradeExecuted)) == 1
