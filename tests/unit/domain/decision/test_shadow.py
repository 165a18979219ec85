"""The shadow desk: what paper trades earn or lose is what a desk that is flat comes back by."""

from typing import Any, Final

import pytest

from domain.decision.attention import attention
from domain.decision.facts import EntryApproved, EntryRefused, RiskModeChanged
from domain.decision.messages import OperatorReleased
from domain.decision.safety_facts import ShadowClosed, ShadowOpened
from domain.execution.messages import PlaceEntry
from domain.market.messages import DataFault
from domain.risk.emergency_stop import EMERGENCY, NORMAL
from domain.risk.verdict import Objection
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.acts import halted
from tests.unit.domain.decision.scenes import LADDER, modes

pytestmark = pytest.mark.unit

POLICY: Final = a_policy(cooldown_minutes=0, losses_in_row_max=99, **LADDER)
COSTS: Final = 500 * 0.0012


def stopped(**policy: Any) -> Rig:  # noqa: ANN401 - fields of a policy
    """Return a desk in EMERGENCY after a loss of 105.358 USD, flat, and proved to be."""
    rig = Rig(a_policy(**({"cooldown_minutes": 0, "losses_in_row_max": 99} | LADDER | policy)))
    rig.opens().advances(1, {BTC: 79.0}).fills(Leg.EXIT, "79").obeys().forget()
    assert rig.state.stop.mode is EMERGENCY
    return rig


def paper(rig: Rig, action: Action = Action.BUY) -> Rig:
    """Let voters want ETH at 100."""
    return rig.wants(a_candidate(action, ETH))


def test_an_entry_the_stop_refuses_is_taken_on_paper_with_the_caps_of_normal() -> None:
    rig = paper(stopped())
    assert Objection.EMERGENCY_STOP in rig.told(EntryRefused)[0].objections
    (opened,) = rig.told(ShadowOpened)
    assert (opened.symbol, opened.side, opened.price) == (ETH, Side.BUY, D(100))
    assert (opened.notional, opened.stop) == (500.0, 98.0)
    assert rig.orders(PlaceEntry) == []
    assert rig.state.trades == {}


@pytest.mark.parametrize(
    ("action", "mark", "gain"),
    [
        (Action.BUY, 101.0, 5.0),
        (Action.BUY, 99.0, -5.0),
        (Action.SELL, 99.0, 5.0),
        (Action.SELL, 101.0, -5.0),
        (Action.BUY, 100.0, 0.0),
    ],
)
def test_gains_and_losses_on_paper_move_the_ladder_net_of_all_costs(
    action: Action, mark: float, gain: float
) -> None:
    rig = paper(stopped(), action)
    before = rig.state.watch
    rig.advances(1, {ETH: mark})
    after = rig.state.watch
    assert after.credit == pytest.approx(gain - COSTS)
    assert after.ladder_drawdown == pytest.approx(before.drawdown - after.credit / 10_000.0)
    assert (after.equity, after.drawdown) == (before.equity, before.drawdown)  # real money


@pytest.mark.parametrize(
    ("marks", "price", "pnl", "reason"),
    [
        ([97.0], 97.0, -15.0 - COSTS, "stop"),  # at the mark that broke it
        ([110.0], 104.24, 21.2 - COSTS, "target"),  # at its own price
    ],
)
def test_a_paper_trade_ends_as_a_real_one_would(
    marks: list[float], price: float, pnl: float, reason: str
) -> None:
    rig = paper(stopped())
    for mark in marks:
        rig.advances(1, {ETH: mark})
    (closed,) = rig.told(ShadowClosed)
    assert closed.reason == reason
    assert closed.price == pytest.approx(price)
    assert closed.pnl == pytest.approx(pnl)
    assert closed.credit == pytest.approx(pnl)
    rig.forget().advances(1, {ETH: 50.0})
    assert rig.state.watch.credit == pytest.approx(pnl)  # it has ended


def test_a_paper_trade_is_not_held_longer_than_a_real_one() -> None:
    rig = paper(stopped(holding_minutes_max=60)).advances(59, {ETH: 101.0})
    assert rig.told(ShadowClosed) == []
    rig.advances(1, {ETH: 101.0})
    assert [c.reason for c in rig.told(ShadowClosed)] == ["due"]


@pytest.mark.parametrize(("action", "ends"), [(Action.SELL, 1), (Action.FLAT, 1), (Action.BUY, 0)])
def test_a_signal_ends_a_paper_trade_as_it_would_a_real_one(action: Action, ends: int) -> None:
    rig = paper(stopped()).forget()
    rig.wants(a_candidate(action, ETH, "101"))
    assert [c.reason for c in rig.told(ShadowClosed)] == ["opposite_signal"] * ends
    assert len(rig.told(ShadowOpened)) == (action is Action.SELL)


def test_one_symbol_is_taken_on_paper_once() -> None:
    rig = paper(paper(stopped()))
    assert len(rig.told(ShadowOpened)) == 1


def test_what_another_gate_refuses_is_not_taken_on_paper_either() -> None:
    rig = stopped()
    rig.wants(a_candidate(symbol=ETH, fault=DataFault.GAP))
    rig.wants(a_candidate(symbol=ETH, confidence=0.46))
    assert len(rig.told(EntryRefused)) == 2
    assert rig.told(ShadowOpened) == []


def test_a_desk_that_is_flat_climbs_back_by_what_paper_earns() -> None:
    rig = stopped(position_usd_protective=D(0), position_usd_cautious=D(0))
    for earned in range(1, 6):
        assert rig.state.stop.mode is not NORMAL
        paper(rig).advances(1, {ETH: 105.0}).advances(31)
        assert len(rig.told(ShadowClosed)) == earned
    rig.advances(31)
    assert modes(rig) == ["PROTECTIVE", "CAUTIOUS", "NORMAL"]
    assert rig.orders(PlaceEntry) == []
    assert rig.state.watch.drawdown > 0.01  # the real loss is what it was
    assert rig.state.watch.ladder_drawdown < 0.0015


def test_the_way_back_is_one_rung_at_a_time_each_after_its_dwell() -> None:
    rig = stopped()
    times = []
    for _ in range(5):
        paper(rig).advances(1, {ETH: 105.0})
    assert rig.state.watch.ladder_drawdown < LADDER["drawdown_cautious"]
    for _ in range(200):
        rig.forget().advances(1)
        times += [rig.now for _ in rig.told(RiskModeChanged)]
    assert rig.state.stop.mode is NORMAL
    assert len(times) == 3
    assert times[1] - times[0] == times[2] - times[1] == 30 * 60_000


def test_paper_makes_no_peak() -> None:
    rig = stopped()
    for _ in range(8):
        paper(rig).advances(1, {ETH: 105.0})
        if rig.state.stop.mode is not EMERGENCY:
            break
    watch = rig.state.watch
    assert watch.equity + watch.credit <= watch.peak
    assert watch.ladder_drawdown >= 0.0


def test_while_an_operator_holds_the_desk_nothing_is_taken_on_paper() -> None:
    rig = paper(halted(stopped()).obeys())
    assert Objection.EMERGENCY_STOP in rig.told(EntryRefused)[0].objections
    assert rig.told(ShadowOpened) == []


def test_a_release_forgets_what_paper_earned_since_the_peak_starts_anew() -> None:
    rig = paper(stopped()).advances(1, {ETH: 110.0})
    rig.hears(OperatorReleased(rig.now, "ann", "accepted"))
    assert rig.state.watch.peak == rig.state.watch.equity
    rig.advances(1)
    assert rig.state.watch.credit == 0.0


def test_in_normal_there_is_nothing_of_it() -> None:
    rig = Rig(POLICY)
    paper(rig)
    assert len(rig.told(EntryApproved)) == 1
    rig.wants(a_candidate(confidence=0.46))
    assert len(rig.told(EntryRefused)) == 1
    assert rig.told(ShadowOpened) == []
    assert rig.state.oversight.shadow.trades == {}


def test_paper_is_wound_up_when_the_desk_trades_for_real_again() -> None:
    rig = stopped()
    for _ in range(5):
        paper(rig).advances(1, {ETH: 105.0})
    while rig.state.stop.mode is not NORMAL:
        rig.forget()
        if ETH not in rig.state.oversight.shadow.trades and rig.state.stop.mode is EMERGENCY:
            paper(rig)
        rig.advances(10, {ETH: 100.0})
    assert [c.reason for c in rig.told(ShadowClosed)] == ["resumed"]
    assert rig.state.oversight.shadow.trades == {}
    assert attention(rig.state).timer_ms > rig.now


def test_paper_cannot_hide_a_real_loss_from_the_floor() -> None:
    rig = stopped(capital_floor=0.0106)
    for _ in range(4):
        paper(rig).advances(1, {ETH: 105.0})
    rig.advances(40)
    assert rig.state.stop.mode < EMERGENCY
    rig.wants(a_candidate(symbol=ETH)).fills(Leg.ENTRY, "100", symbol=ETH).accepts_all()
    held = float(rig.state.book.positions[ETH].quantity)
    rig.advances(1, {ETH: 100.0 - 1.0 / held})
    assert rig.state.stop.mode is EMERGENCY
    assert rig.state.stop.halted


def test_a_suspended_symbol_earns_its_way_back_on_paper_and_the_ladder_sees_none_of_it() -> None:
    rig = Rig(a_policy(suspend_losses=2, cooldown_minutes=0, losses_in_row_max=9))
    for _ in range(2):
        rig.wants(a_candidate(symbol=ETH)).fills(Leg.ENTRY, "100", symbol=ETH).accepts_all()
        rig.fills(Leg.STOP, "98", symbol=ETH).obeys()
    drawdown = rig.state.watch.ladder_drawdown
    for _ in range(2):
        paper(rig.forget())
        assert rig.told(EntryRefused)[0].objections == (Objection.SYMBOL_SUSPENDED,)
        assert len(rig.told(ShadowOpened)) == 1
        rig.advances(1, {ETH: 105.0})
    assert (rig.state.watch.credit, rig.state.watch.ladder_drawdown) == (0.0, drawdown)
    paper(rig.forget())
    assert len(rig.entries()) == 1


def test_what_a_cooldown_refuses_as_well_is_not_taken_on_paper() -> None:
    rig = stopped(cooldown_minutes=15)
    rig.wants(a_candidate(symbol=BTC), minutes=0)  # just closed
    objections = rig.told(EntryRefused)[0].objections
    assert {Objection.EMERGENCY_STOP, Objection.COOLDOWN} <= set(objections)
    assert rig.told(ShadowOpened) == []
    assert paper(rig).told(ShadowOpened)
