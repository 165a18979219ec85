"""The emergency stop at work: it closes everything, keeps trying, and comes back slowly."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from domain.decision.facts import (
    EntryRefused,
    OperatorActed,
    PolicyChanged,
    RiskModeChanged,
    TradeAborted,
    TradeClosed,
)
from domain.decision.messages import (
    Heard,
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
    PolicyAdopted,
)
from domain.decision.steering import changes
from domain.execution.messages import CancelOrder, Deposited
from domain.execution.trade import ExitReason
from domain.market.messages import DataFault, Regime
from domain.risk.emergency_stop import Cause, RiskMode
from domain.risk.verdict import Objection
from domain.shared.enums import Action, RunMode
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_candidate, a_policy
from tests.rig import Rig

pytestmark = pytest.mark.unit

# 10 % of a position of 500 USD is half a per cent of equity: a ladder to match.
LADDER = {
    "drawdown_cautious": 0.002,
    "drawdown_protective": 0.004,
    "drawdown_emergency": 0.01,
    "drawdown_hysteresis": 0.0005,
}
TIGHT = a_policy(**LADDER)


def modes(rig: Rig) -> list[str]:
    return [change.new for change in rig.told(RiskModeChanged)]


def two_open() -> Rig:
    rig = Rig(TIGHT).opens()
    rig.wants(a_candidate(symbol=ETH)).fills(Leg.ENTRY, "100", symbol=ETH)
    return rig.accepts_all().forget()


def test_a_crash_through_the_last_rung_closes_everything_once() -> None:
    rig = two_open()

    rig.advances(1, {BTC: 90.0, ETH: 89.0})

    (change,) = rig.told(RiskModeChanged)
    assert (change.old, change.new, change.causes) == ("NORMAL", "EMERGENCY", (Cause.DRAWDOWN,))
    assert set(change.closing) == {BTC, ETH}
    assert [(e.symbol, e.quantity) for e in rig.exits(Leg.EXIT)] == [(BTC, D(5)), (ETH, D(5))]
    rig.forget().advances(1, {BTC: 85.0, ETH: 85.0})
    assert (rig.said, rig.asked) == ([], [])


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


def test_an_operators_halt_closes_everything_and_stays() -> None:
    rig = two_open().hears(OperatorHalted(0, "ann", "smells odd"))

    assert modes(rig) == ["EMERGENCY"]
    assert rig.told(RiskModeChanged)[0].causes == (Cause.OPERATOR,)
    assert len(rig.exits(Leg.EXIT)) == 2
    rig.fills(Leg.EXIT, "100").fills(Leg.EXIT, "100", symbol=ETH).obeys().forget()
    rig.advances(3 * 24 * 60).wants(a_candidate())
    assert modes(rig) == []
    assert Objection.EMERGENCY_STOP in rig.told(EntryRefused)[0].objections


def test_an_operator_who_halts_twice_closes_once() -> None:
    rig = two_open()
    rig.hears(OperatorHalted(0, "ann", "a"), OperatorHalted(0, "ann", "b"))
    assert len(rig.exits(Leg.EXIT)) == 2
    assert len(rig.told(RiskModeChanged)) == 1
    assert [a.reason for a in rig.told(OperatorActed)] == ["a", "b"]


def test_a_release_accepts_the_loss_and_recovers_rung_by_rung() -> None:
    rig = two_open().advances(1, {BTC: 80.0, ETH: 80.0})
    rig.fills(Leg.EXIT, "80").fills(Leg.EXIT, "80", symbol=ETH).obeys()
    rig.hears(OperatorHalted(0, "ann", "stay down")).forget()

    rig.hears(OperatorReleased(rig.now, "ann", "we know why"))
    assert rig.state.watch.drawdown == 0.0
    for _ in range(3):
        rig.advances(30)

    assert modes(rig) == ["PROTECTIVE", "CAUTIOUS", "NORMAL"]


@pytest.mark.parametrize(
    "event",
    [OperatorHalted(0, "ann", "x"), OperatorReleased(0, "ann", "x")],
    ids=["halt", "release"],
)
def test_an_operator_kills_every_permit_given_before(event: Heard) -> None:
    rig = Rig()
    before = rig.state.stop.epoch
    rig.hears(event)
    assert rig.state.stop.epoch > before


@pytest.mark.parametrize(("symbol", "closing"), [(BTC, [BTC]), (None, [BTC, ETH]), ("XRP", [])])
def test_an_operator_flattens_one_symbol_or_all(symbol: str | None, closing: list[str]) -> None:
    rig = two_open().hears(OperatorFlattened(0, symbol, "ann", "x"))
    assert [e.symbol for e in rig.exits(Leg.EXIT)] == closing
    assert modes(rig) == []


def test_a_policy_that_is_adopted_is_said_field_by_field_and_governs_at_once() -> None:
    rig = two_open().advances(1, {BTC: 97.0, ETH: 99.0}).forget()

    rig.hears(
        PolicyAdopted(
            rig.now,
            a_policy(
                **{
                    **LADDER,
                    "version": 2,
                    "drawdown_cautious": 0.0005,
                    "drawdown_protective": 0.001,
                    "drawdown_emergency": 0.0015,
                    "drawdown_hysteresis": 0.0001,
                }
            ),
            "ann",
            "tighter",
        )
    )

    (changed,) = rig.told(PolicyChanged)
    assert (changed.old_version, changed.new_version, changed.actor) == (1, 2, "ann")
    assert "drawdown_emergency: 0.01 -> 0.0015" in changed.changes
    assert modes(rig) == ["EMERGENCY"]
    assert len(rig.exits(Leg.EXIT)) == 2


def test_equal_policies_have_no_changes() -> None:
    assert changes(a_policy(), a_policy()) == ()


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


# Exits are never refused: every mode meets everything that could object to an entry.
CLOSED = a_policy(version=2, allow_new_trades=False, symbols=("XRP",))
HOSTILE: dict[str, tuple[Heard, ...]] = {
    "nothing": (),
    "policy closed": (PolicyAdopted(0, CLOSED, "ann", "x"),),
    "halted": (OperatorHalted(0, "ann", "x"),),
}
CLEAN: dict[str, Any] = {}
FAULTY: dict[str, Any] = {
    "fault": DataFault.STALE,
    "regime": Regime.ILLIQUID,
    "spread": 0.5,
    "source": RunMode.LIVE,
}
WAYS_OUT: dict[str, Callable[[Rig], object]] = {
    "flat signal": lambda rig: rig.wants(a_candidate(Action.FLAT, **CLEAN)),
    "flat signal on bad data": lambda rig: rig.wants(a_candidate(Action.FLAT, **FAULTY)),
    "opposite signal": lambda rig: rig.wants(a_candidate(Action.SELL, **CLEAN)),
    "opposite signal on bad data": lambda rig: rig.wants(a_candidate(Action.SELL, **FAULTY)),
    "operator": lambda rig: rig.hears(OperatorFlattened(rig.now, BTC, "ann", "x")),
    "stop lost": lambda rig: rig.cancels(Leg.STOP, "expired"),
    "halt": lambda rig: rig.hears(OperatorHalted(rig.now, "ann", "x")),
    "time": lambda rig: rig.advances(1441),
}


@pytest.mark.parametrize(("mode", "hostile", "way"), list(product(RiskMode, HOSTILE, WAYS_OUT)))
def test_no_mode_and_no_objection_ever_refuses_an_exit(
    mode: RiskMode, hostile: str, way: str
) -> None:
    rig = Rig().opens()
    rig.state = rig.state._replace(stop=rig.state.stop._replace(mode=mode, since_ms=rig.now))

    rig.hears(*HOSTILE[hostile])
    WAYS_OUT[way](rig)

    assert [(e.symbol, e.quantity) for e in rig.exits(Leg.EXIT)] == [(BTC, D(5))]
    rig.fills(Leg.EXIT, "90").obeys()
    assert rig.state.book.positions == {}
    assert rig.state.orders == {}
