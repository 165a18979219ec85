"""Fills of children that were canceled already: booked to their trade, and made room for."""

import pytest

from domain.decision.facts import TradeClosed
from domain.execution.messages import CancelOrder, OrderKind
from domain.execution.trade import ExitReason
from domain.governance.execution_policy import EntryStyle
from domain.shared.enums import Side
from domain.shared.identity import Leg
from tests.builders import D, a_candidate, a_policy
from tests.unit.domain.decision.remote import Remote
from tests.unit.domain.decision.works import child, later, works

pytestmark = pytest.mark.unit

PASSIVE = EntryStyle.PASSIVE


def test_a_late_fill_of_a_canceled_child_calls_off_what_would_be_too_much() -> None:
    rig = works(PASSIVE)
    first = rig.live(Leg.ENTRY)
    later(rig, 6, 100.4).cancels(Leg.ENTRY).forget()
    rig.hears(rig.fill_of(first, "99.99", "2", leaves="3"))
    assert rig.trade().bought == 2
    assert len(rig.exits(Leg.STOP)) == 1
    assert len(rig.orders(CancelOrder)) == 1
    rig.cancels(Leg.ENTRY)
    assert child(rig).quantity == 3


def test_beyond_a_wire_the_next_child_waits_for_fills_under_way() -> None:
    rig = Remote(a_policy(entry_style=PASSIVE))
    rig.wants(a_candidate())
    first = rig.live(Leg.ENTRY)
    rig.accepts(Leg.ENTRY)
    later(rig, 6, 100.4).cancels(Leg.ENTRY).forget()
    assert rig.entries() == []
    rig.hears(rig.fill_of(first, "99.99", "2", leaves="3"))
    assert rig.trade().bought == 2
    assert rig.entries() == []


def test_what_fills_on_while_the_stop_fires_is_left_too() -> None:
    rig = works(PASSIVE)
    rig.fills(Leg.ENTRY, "99.99", "2", leaves="3").accepts(Leg.STOP)
    stop = rig.live(Leg.STOP)
    rig.fills(Leg.ENTRY, "99.99", "1", leaves="2").forget()
    rig.hears(rig.fill_of(stop, "98", "2"))
    trade, (close,) = rig.trade(), rig.exits(Leg.EXIT)
    assert (close.kind, close.quantity) == (OrderKind.MARKET, D(1))
    assert (trade.stop, trade.stop_id, trade.exit_reason) == (None, None, ExitReason.STOP)
    assert len(rig.orders(CancelOrder)) == 1


def test_a_liquidation_told_before_the_last_fill_ends_the_trade_with_that_fill() -> None:
    rig = works(PASSIVE)
    rig.fills(Leg.ENTRY, "99.99", "2", leaves="3").accepts(Leg.STOP)
    entry = rig.live(Leg.ENTRY)
    rig.hears(rig.stray_fill(Side.SELL, "5", "97", client_id="autoclose-1"))
    assert rig.told(TradeClosed) == []
    rig.forget().hears(rig.fill_of(entry, "99.99", "3", leaves="0"))
    (closed,) = rig.told(TradeClosed)
    assert (closed.reason, closed.quantity) == (ExitReason.LIQUIDATION, D(5))
    assert rig.state.trades == {}
    assert rig.state.book.positions == {}
    assert [one.client_id for one in rig.orders(CancelOrder)] == [rig.live(Leg.STOP).client_id]
