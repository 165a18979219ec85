"""Positions that no trade of the desk explains."""

import pytest

from domain.decision.facts import TradeClosed, UnexpectedFill
from domain.decision.safety_facts import PositionAdopted
from domain.execution.messages import OrderKind, PlaceExit
from domain.execution.trade import ExitReason, TradeState
from domain.risk.emergency_stop import RiskMode
from domain.shared.enums import Side
from domain.shared.identity import Leg, client_id, trace_id
from tests.builders import BTC, D
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("side", Side)
def test_what_another_hand_opened_is_a_trade_with_a_stop_on_the_right_side(side: Side) -> None:
    rig = Rig()
    rig.hears(rig.stray_fill(side, "2", "100"))
    (said,) = rig.told(PositionAdopted)
    assert (said.side, said.quantity, said.price) == (side, D(2), D(100))
    (stop,) = rig.orders(PlaceExit)
    assert (stop.kind, stop.quantity, stop.side) == (OrderKind.STOP_MARKET, None, side.opposite)
    assert stop.trigger is not None
    assert (stop.trigger - 100) * side.sign < 0
    rig.accepts(Leg.STOP)
    assert rig.trade().state is TradeState.PROTECTED
    assert rig.trade().held == D(2)


def test_an_adopted_trade_ends_like_any_other() -> None:
    rig = Rig()
    rig.hears(rig.stray_fill(Side.BUY, "2", "100")).accepts(Leg.STOP)
    rig.fills(Leg.STOP, "95", "2")
    (closed,) = rig.told(TradeClosed)
    assert (closed.reason, closed.realised) == (ExitReason.STOP, D(-10))
    assert rig.state.book.positions == {}


def test_what_is_added_to_it_by_hand_is_part_of_the_trade() -> None:
    rig = Rig()
    rig.hears(rig.stray_fill(Side.BUY, "2", "100"), rig.stray_fill(Side.BUY, "1", "103"))
    assert rig.trade().held == D(3)
    assert len(rig.told(PositionAdopted)) == 1


def test_what_a_late_order_of_ours_bought_is_closed_at_once() -> None:
    rig = Rig()
    late = client_id(1, trace_id(BTC, rig.now), Leg.ENTRY, 0)
    rig.hears(rig.stray_fill(Side.BUY, "2", "100", client_id=late))
    (close,) = rig.exits(Leg.EXIT)
    assert (close.side, close.quantity, close.kind) == (Side.SELL, D(2), OrderKind.MARKET)
    assert rig.told(PositionAdopted) == []


def test_our_own_close_of_a_stray_is_not_unexpected() -> None:
    rig = Rig()
    late = client_id(1, trace_id(BTC, rig.now), Leg.ENTRY, 0)
    rig.hears(rig.stray_fill(Side.BUY, "2", "100", client_id=late)).forget()
    rig.fills(Leg.EXIT, "101")
    assert rig.told(UnexpectedFill) == []
    assert rig.state.book.positions == {}


def test_nothing_is_adopted_in_an_emergency() -> None:
    rig = halted(Rig(answers=False))
    assert rig.state.stop.mode is RiskMode.EMERGENCY
    rig.forget().hears(rig.stray_fill(Side.BUY, "2", "100"))
    assert [e.quantity for e in rig.exits(Leg.EXIT)] == [D(2)]
    assert rig.told(PositionAdopted) == []


def test_a_close_under_way_does_not_stand_for_that_of_a_position_turned_round_since() -> None:
    rig = Rig(answers=False)
    late = [client_id(1, trace_id(BTC, rig.now + at), Leg.ENTRY, 0) for at in (0, 1)]
    rig.hears(rig.stray_fill(Side.BUY, "2", "100", client_id=late[0])).forget()
    rig.hears(rig.stray_fill(Side.SELL, "5", "100", client_id=late[1]))
    (close,) = rig.exits(Leg.EXIT)
    assert (close.side, close.quantity) == (Side.BUY, D(3))
