"""The emergency stop at work: it closes everything, keeps trying, and comes back slowly."""

import pytest

from domain.decision.facts import (
    EntryRefused,
    RiskModeChanged,
    TradeAborted,
    TradeClosed,
)
from domain.decision.messages import SetLatch
from domain.execution.messages import CancelOrder, Deposited
from domain.execution.trade import ExitReason
from domain.risk.emergency_stop import Cause
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.scenes import LADDER, TIGHT, modes, two_open

pytestmark = pytest.mark.unit


def test_a_crash_through_the_last_rung_closes_everything_once() -> None:
    rig = two_open()

    rig.advances(1, {BTC: 90.0, ETH: 89.0})

    (change,) = rig.told(RiskModeChanged)
    assert (change.old, change.new, change.causes) == ("NORMAL", "EMERGENCY", (Cause.DRAWDOWN,))
    assert set(change.closing) == {BTC, ETH}
    assert [(e.symbol, e.quantity) for e in rig.exits(Leg.EXIT)] == [(BTC, D(5)), (ETH, D(5))]
    rig.forget().advances(1, {BTC: 85.0, ETH: 85.0})
    assert rig.said == []
    assert [*rig.exits(), *rig.orders(CancelOrder), *rig.orders(SetLatch)] == []


def test_an_emergency_retries_every_close_until_the_venue_says_flat() -> None:
    rig = two_open().advances(1, {BTC: 90.0, ETH: 88.0})
    for _ in range(3):
        rig.rejects(Leg.EXIT, "busy").rejects(Leg.EXIT, "busy", ETH).forget().advances(1)
        assert [e.symbol for e in rig.exits(Leg.EXIT)] == [BTC, ETH]
    rig.fills(Leg.EXIT, "89").fills(Leg.EXIT, "88", symbol=ETH)
    assert [c.reason for c in rig.told(TradeClosed)] == [ExitReason.EMERGENCY] * 2


def test_an_emergency_cancels_entries_on_their_way() -> None:
    rig = Rig(TIGHT).opens().wants(a_candidate(symbol=ETH)).forget()
    rig.advances(0.5, {BTC: 79.0})
    assert [(c.symbol, c.of_entry) for c in rig.orders(CancelOrder)] == [(ETH, True)]
    rig.obeys()
    assert [a.symbol for a in rig.told(TradeAborted)] == [ETH]


def test_an_entry_that_fills_into_an_emergency_is_closed_at_once() -> None:
    rig = Rig(TIGHT).opens().wants(a_candidate(symbol=ETH))
    rig.advances(0.5, {BTC: 79.0}).forget()
    rig.fills(Leg.ENTRY, "100", symbol=ETH)
    assert [e.symbol for e in rig.exits(Leg.EXIT)] == [ETH]


def test_a_waiting_flip_dies_with_an_emergency() -> None:
    rig = Rig(a_policy(cooldown_minutes=0, **LADDER)).opens().wants(a_candidate(Action.SELL))
    rig.advances(0.5, {BTC: 79.0}).fills(Leg.EXIT, "79")
    assert rig.entries() == []
    assert rig.told(EntryRefused) == []


def test_the_days_loss_stops_the_day_and_midnight_begins_the_recovery() -> None:
    rig = Rig(a_policy(daily_loss_max=0.005, dwell_minutes=30)).opens()
    rig.advances(1, {BTC: 85.0}).fills(Leg.EXIT, "85").obeys()
    assert rig.told(RiskModeChanged)[0].causes == (Cause.DAILY_LOSS,)

    rig.forget().advances(17 * 60)
    assert rig.said == []
    for _ in range(5):
        rig.advances(31)

    assert modes(rig) == ["PROTECTIVE", "CAUTIOUS", "NORMAL"]


def test_more_stop_outs_than_the_window_bears_are_a_storm() -> None:
    rig = Rig(a_policy(stop_outs_max=2, cooldown_minutes=0, losses_in_row_max=99))
    for _ in range(3):
        rig.wants(a_candidate()).fills(Leg.ENTRY, "100").accepts(Leg.STOP)
        rig.fills(Leg.STOP, "98").obeys()
    (change,) = rig.told(RiskModeChanged)
    assert (change.new, change.causes) == ("EMERGENCY", (Cause.STOP_OUT_STORM,))
    rig.forget().advances(15).advances(30)
    assert modes(rig) == ["PROTECTIVE"]


def test_stop_outs_far_apart_are_no_storm() -> None:
    rig = Rig(a_policy(stop_outs_max=2, losses_in_row_max=99))
    for _ in range(4):
        rig.wants(a_candidate(), minutes=16).fills(Leg.ENTRY, "100").accepts(Leg.STOP)
        rig.fills(Leg.STOP, "98").obeys()
    assert modes(rig) == []
    assert rig.state.stop_outs == (rig.now,)


def test_a_deposit_is_no_gain_and_a_withdrawal_no_loss() -> None:
    rig = Rig()
    rig.hears(Deposited(rig.now, D(500)), Deposited(rig.now, D(-2500)))
    assert rig.state.book.wallet == D(8000)
    assert (rig.state.watch.drawdown, rig.state.watch.daily_loss) == (0.0, 0.0)
    rig.advances(1)
    assert modes(rig) == []


def test_a_withdrawal_that_makes_the_loss_weigh_more_is_noticed_at_once() -> None:
    rig = two_open().advances(1, {BTC: 98.5, ETH: 98.5}).forget()
    rig.hears(Deposited(rig.now, D(-6000)))
    assert modes(rig) == ["CAUTIOUS"]


def test_an_emergency_closes_what_is_held_without_a_trade_until_it_is_flat() -> None:
    rig = Rig(TIGHT).opens()
    rig.hears(rig.stray_fill(Side.BUY, "3", "50", symbol=ETH)).forget()

    rig.advances(1, {BTC: 60.0, ETH: 50.0})

    assert [(e.symbol, e.side, e.quantity) for e in rig.exits(Leg.EXIT)] == [
        (BTC, Side.SELL, D(5)),
        (ETH, Side.SELL, D(3)),
    ]
    rig.rejects(Leg.EXIT, "busy", ETH).forget().advances(1)
    assert [e.symbol for e in rig.exits(Leg.EXIT)] == [ETH]
    rig.fills(Leg.EXIT, "50", symbol=ETH).forget().advances(1)
    assert ETH not in rig.state.book.positions
    assert rig.exits() == []
