"""The life of a trade: entered, protected, trailed, left, and what can go wrong on the way."""

import pytest

from domain.decision.facts import (
    OrderRefusedByVenue,
    StopPlaced,
    TradeAborted,
    TradeClosed,
    TradeExecuted,
)
from domain.decision.messages import OperatorFlattened
from domain.execution.messages import CancelOrder, FundingSettled, OrderKind
from domain.execution.order import OrderState
from domain.execution.trade import ExitReason, TradeState
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.scenes import closed

pytestmark = pytest.mark.unit


def test_stop_and_targets_come_from_the_fill_and_not_from_the_signal() -> None:
    rig = Rig().wants(a_candidate())  # decided at 100, with a stop 2 % away
    rig.forget().fills(Leg.ENTRY, "101")

    (stop,) = rig.exits(Leg.STOP)
    first, second = rig.exits(Leg.TARGET)
    assert (stop.trigger, stop.quantity, stop.side) == (D("98.98"), None, Side.SELL)
    assert (first.trigger, first.quantity) == (D("104.22"), D("2.5"))  # 1.5 R of 2.12 %
    assert (second.trigger, second.quantity) == (D("106.36"), D("1.5"))
    assert {first.kind, second.kind} == {OrderKind.TAKE_PROFIT_MARKET}
    (executed,) = rig.told(TradeExecuted)
    assert (executed.price, executed.slippage, executed.size_usd) == (D(101), D(1), D(505))


def test_slippage_of_a_short_is_positive_when_it_sold_for_less() -> None:
    rig = Rig().wants(a_candidate(Action.SELL)).fills(Leg.ENTRY, "99.5")
    assert rig.told(TradeExecuted)[0].slippage == D("0.5")


def test_the_first_partial_fill_is_protected_at_once_and_the_targets_wait_for_the_last() -> None:
    rig = Rig().wants(a_candidate()).forget()

    rig.fills(Leg.ENTRY, "100", "2", leaves="3")
    assert [e.quantity for e in rig.exits(Leg.STOP)] == [None]
    assert (rig.exits(Leg.TARGET), rig.told(TradeExecuted)) == ([], [])
    assert rig.live(Leg.ENTRY).state is OrderState.PARTIALLY_FILLED

    rig.fills(Leg.ENTRY, "101", "3")
    assert len(rig.exits(Leg.STOP)) == 1
    assert [e.quantity for e in rig.exits(Leg.TARGET)] == [D("2.5"), D("1.5")]
    (executed,) = rig.told(TradeExecuted)
    assert (executed.quantity, executed.price) == (D(5), D("100.6"))


def test_a_trade_is_protected_when_the_venue_says_so_and_not_before() -> None:
    rig = Rig().wants(a_candidate()).fills(Leg.ENTRY, "100")
    assert (rig.trade().state, rig.trade().stop) == (TradeState.OPEN, None)

    rig.accepts(Leg.STOP)

    assert (rig.trade().state, rig.trade().stop) == (TradeState.PROTECTED, D("98.00"))
    assert [s.stop for s in rig.told(StopPlaced)] == [D("98.00")]


def test_a_stop_that_fills_closes_the_trade_and_cancels_what_rests() -> None:
    rig = Rig().opens()
    targets = {o.client_id for o in rig.state.orders.values() if o.leg is Leg.TARGET}

    rig.advances(10).fills(Leg.STOP, "97.9")

    fact = closed(rig)
    assert (fact.reason, fact.exit_price, fact.quantity) == (ExitReason.STOP, D("97.9"), D(5))
    assert fact.net_pnl == fact.realised - fact.fees == D("-10.5") - D("0.2") - D("0.1958")
    assert fact.net_r == pytest.approx(float(fact.net_pnl) / 10.6)
    assert {c.client_id for c in rig.orders(CancelOrder)} == targets
    assert (rig.state.trades, rig.state.book.positions) == ({}, {})
    assert rig.state.stop_outs == (rig.now,)
    assert rig.state.book.wallet == D(10000) + fact.net_pnl


def test_targets_take_their_shares_and_the_last_one_closes() -> None:
    rig = Rig().opens()

    rig.fills(Leg.TARGET, "106.3")  # the second, 1.5 of 5
    assert rig.trade().held == D("3.5")
    assert rig.told(TradeClosed) == []
    rig.fills(Leg.TARGET, "104.2").fills(Leg.STOP, "101")

    fact = closed(rig)
    assert fact.reason == ExitReason.STOP
    assert fact.realised == D("1.5") * D("6.3") + D("2.5") * D("4.2") + D(1)
    assert fact.exit_price == (D("1.5") * D("106.3") + D("2.5") * D("104.2") + D(101)) / 5


def test_a_trade_that_a_target_makes_flat_was_closed_by_the_target() -> None:
    rig = Rig().opens(a_candidate(target="110")).fills(Leg.TARGET, "110")
    assert closed(rig).reason == ExitReason.TARGET
    assert rig.state.stop_outs == ()


def test_a_trade_held_to_its_limit_is_closed() -> None:
    rig = Rig(a_policy(holding_minutes_max=60)).opens()
    rig.advances(59)
    assert rig.asked == []
    rig.advances(1).fills(Leg.EXIT, "100")
    assert closed(rig).reason == ExitReason.HOLDING_LIMIT


def test_without_a_holding_limit_a_trade_may_stay_for_years() -> None:
    rig = Rig(a_policy(holding_minutes_max=0)).opens().advances(3 * 525_600)
    assert rig.asked == []


def test_an_entry_that_does_not_fill_in_time_is_canceled_until_it_is_gone() -> None:
    rig = Rig().wants(a_candidate()).forget()

    rig.advances(0.9)
    assert rig.asked == []
    rig.advances(0.1).advances(1)
    assert [c.of_entry for c in rig.orders(CancelOrder)] == [True, True]
    rig.cancels(Leg.ENTRY)

    (aborted,) = rig.told(TradeAborted)
    assert aborted.reason == "requested"
    assert (rig.state.trades, rig.state.orders) == ({}, {})


def test_an_entry_canceled_halfway_keeps_what_it_filled() -> None:
    rig = Rig().wants(a_candidate()).fills(Leg.ENTRY, "100", "2", leaves="3")
    rig.accepts(Leg.STOP).forget()

    rig.advances(1).obeys()

    (executed,) = rig.told(TradeExecuted)
    assert executed.quantity == D(2)
    assert [e.quantity for e in rig.exits(Leg.TARGET)] == [D(1), D("0.6")]


def test_an_entry_the_venue_rejects_is_aborted_and_said() -> None:
    rig = Rig().wants(a_candidate()).rejects(Leg.ENTRY, "margin")
    assert [a.reason for a in rig.told(TradeAborted)] == ["margin"]
    assert [r.code for r in rig.told(OrderRefusedByVenue)] == ["margin"]
    assert rig.state.trades == {}


def test_a_fill_after_the_abort_is_protected_and_closed() -> None:
    rig = Rig().wants(a_candidate())
    rig.hears(OperatorFlattened(rig.now, BTC, "ann", "enough")).forget()
    assert rig.trade().state is TradeState.ABORTED

    rig.fills(Leg.ENTRY, "100")

    assert len(rig.exits(Leg.STOP)) == len(rig.exits(Leg.EXIT)) == 1
    assert rig.exits(Leg.TARGET) == []
    rig.fills(Leg.EXIT, "100")
    assert closed(rig).reason == ExitReason.OPERATOR


def test_funding_is_booked_on_the_book_and_on_the_trade_that_bore_it() -> None:
    rig = Rig().opens()
    rig.hears(FundingSettled(rig.now, BTC, D("0.0001"), D("0.05")))
    rig.hears(FundingSettled(rig.now, ETH, D("0.0001"), D("0.07")))
    assert rig.state.book.funding == D("0.12")
    rig.fills(Leg.STOP, "98")
    assert closed(rig).funding == D("0.05")
    assert closed(rig).net_pnl == closed(rig).realised - closed(rig).fees - D("0.05")
