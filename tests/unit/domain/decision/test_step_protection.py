"""How a trade is protected: stops placed, bettered, lost; exits that fail or fill in parts."""

import pytest

from domain.decision.facts import (
    OrderRefusedByVenue,
    TradeClosed,
)
from domain.execution.messages import CancelOrder, OrderAccepted, OrderCanceled
from domain.execution.trade import ExitReason, TradeState
from domain.shared.enums import Action
from domain.shared.identity import Leg
from tests.builders import BTC, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.scenes import closed

pytestmark = pytest.mark.unit


def test_a_trade_whose_stop_is_rejected_is_left_at_once() -> None:
    rig = Rig().wants(a_candidate()).fills(Leg.ENTRY, "100").forget()

    rig.rejects(Leg.STOP, "would_trigger")

    assert len(rig.exits(Leg.EXIT)) == 1
    rig.fills(Leg.EXIT, "97")
    assert closed(rig).reason == ExitReason.UNPROTECTED


def test_a_trade_whose_stop_the_venue_drops_is_left_at_once() -> None:
    rig = Rig().opens().cancels(Leg.STOP, "expired")
    assert rig.trade().stop is None
    assert len(rig.exits(Leg.EXIT)) == 1
    assert [r.code for r in rig.told(OrderRefusedByVenue)] == ["expired"]


def test_a_trade_whose_stop_another_hand_cancels_is_left_at_once() -> None:
    rig = Rig().opens().cancels(Leg.STOP, "requested")
    assert rig.trade().stop is None
    assert len(rig.exits(Leg.EXIT)) == 1


def test_an_old_stop_that_the_desk_itself_called_off_is_missed_by_nobody() -> None:
    rig = Rig().opens()
    old = rig.live(Leg.STOP)
    rig.advances(1, {BTC: 103.0}).accepts(Leg.STOP).forget()
    rig.hears(OrderCanceled(rig.now, old.client_id, BTC, "requested"))
    assert rig.trade().state is TradeState.PROTECTED
    assert rig.exits(Leg.EXIT) == []


def test_a_stop_that_ends_after_its_trade_is_flat_changes_nothing() -> None:
    rig = Rig().opens().fills(Leg.STOP, "98")
    rig.forget().cancels(Leg.TARGET).cancels(Leg.TARGET)
    assert (rig.said, rig.asked, rig.state.orders) == ([], [], {})


def test_a_target_the_venue_rejects_is_said_and_the_trade_goes_on() -> None:
    rig = Rig().opens().rejects(Leg.TARGET, "would_trigger")
    assert rig.trade().state is TradeState.PROTECTED
    assert len(rig.told(OrderRefusedByVenue)) == 1
    assert rig.asked == []


@pytest.mark.parametrize("end", ["rejects", "cancels"])
def test_an_exit_that_fails_is_asked_for_again_with_the_next_bar(end: str) -> None:
    rig = Rig().opens().wants(a_candidate(Action.FLAT))
    rig.rejects(Leg.EXIT, "busy") if end == "rejects" else rig.cancels(Leg.EXIT, "expired")
    rig.forget().advances(1)
    (again,) = rig.exits(Leg.EXIT)
    assert again.quantity == D(5)
    rig.fills(Leg.EXIT, "100")
    assert closed(rig).reason == ExitReason.FLAT_SIGNAL


def test_an_exit_that_fills_in_parts_closes_with_the_last() -> None:
    rig = Rig().opens().wants(a_candidate(Action.FLAT))
    rig.fills(Leg.EXIT, "100", "2", leaves="3")
    assert rig.told(TradeClosed) == []
    rig.advances(1)
    assert len(rig.exits(Leg.EXIT)) == 1  # it lives, and is not asked for twice
    rig.fills(Leg.EXIT, "100", "3")
    assert len(rig.told(TradeClosed)) == 1


def test_gains_move_the_stop_and_the_old_one_goes_once_the_new_one_stands() -> None:
    rig = Rig().opens()
    old = rig.live(Leg.STOP).client_id

    rig.advances(1, {BTC: 102.2})  # beyond 1 R of 2.12
    (better,) = rig.exits(Leg.STOP)
    assert better.trigger == D("100.12")  # break-even with its costs
    rig.advances(1, {BTC: 102.3})
    assert len(rig.asked) == 1  # a move on its way is not asked for twice

    rig.forget().accepts(Leg.STOP)
    assert [c.client_id for c in rig.orders(CancelOrder)] == [old]
    assert rig.trade().stop == D("100.12")
    rig.obeys().forget().fills(Leg.STOP, "100.1")
    assert closed(rig).reason == ExitReason.TRAILING_STOP
    assert rig.state.stop_outs == ()


def test_a_shorts_stop_trails_downwards() -> None:
    rig = Rig().opens(a_candidate(Action.SELL)).advances(1, {BTC: 97.0})
    assert rig.exits(Leg.STOP)[0].trigger == D("99.88")


def test_a_better_stop_the_price_has_passed_already_closes_the_trade() -> None:
    rig = Rig().opens().advances(1, {BTC: 105.0}).rejects(Leg.STOP, "would_trigger")
    assert len(rig.exits(Leg.EXIT)) == 1
    assert rig.has_live(Leg.STOP)  # the first one stays until flat
    rig.fills(Leg.EXIT, "103")
    assert closed(rig).reason == ExitReason.TRAILING_STOP


def test_an_acknowledgement_told_again_moves_no_stop_back() -> None:
    rig = Rig().opens()
    first = rig.live(Leg.STOP)
    rig.advances(1, {BTC: 102.2}).accepts(Leg.STOP).forget()

    rig.hears(OrderAccepted(rig.now, first.client_id, BTC))

    assert rig.trade().stop == D("100.12")
    assert (rig.said, rig.asked) == ([], [])


def test_without_trailing_the_stop_stays() -> None:
    rig = Rig(a_policy(trailing=False)).opens().advances(1, {BTC: 130.0})
    assert rig.asked == []


def test_acknowledging_an_order_the_desk_does_not_know_changes_nothing() -> None:
    rig = Rig().opens()
    before = rig.state
    rig.hears(OrderAccepted(rig.now, "someone", BTC))
    assert (rig.state, rig.said, rig.asked) == (before, [], [])
