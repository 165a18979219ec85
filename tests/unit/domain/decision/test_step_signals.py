"""What signals do to a trade that is open: leave it, close it, turn it round."""

import pytest

from domain.decision.facts import (
    EntryApproved,
    EntryRefused,
    SignalSkipped,
)
from domain.decision.messages import OperatorFlattened
from domain.execution.messages import OrderKind
from domain.execution.trade import ExitReason
from domain.risk.verdict import Objection
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, D, a_candidate, a_policy
from tests.rig import Rig
from tests.unit.domain.decision.scenes import closed

pytestmark = pytest.mark.unit

FLIP_AT_ONCE = a_policy(cooldown_minutes=0)


def test_a_flat_signal_closes_at_market_and_leaves_the_stop_until_flat() -> None:
    rig = Rig().opens()

    rig.wants(a_candidate(Action.FLAT, price="101"))

    (exit_order,) = rig.asked
    assert exit_order == rig.exits(Leg.EXIT)[0]
    assert (exit_order.kind, exit_order.quantity) == (OrderKind.MARKET, D(5))
    assert rig.has_live(Leg.STOP)
    rig.fills(Leg.EXIT, "101")
    assert closed(rig).reason == ExitReason.FLAT_SIGNAL
    rig.obeys()
    assert rig.state.orders == {}


def test_an_opposite_signal_closes_and_enters_once_flat() -> None:
    rig = Rig(FLIP_AT_ONCE).opens()

    rig.wants(a_candidate(Action.SELL, price="99"))
    assert (len(rig.exits(Leg.EXIT)), rig.entries()) == (1, [])
    born = rig.now
    rig.advances(0.5).fills(Leg.EXIT, "99")

    assert closed(rig).reason == ExitReason.OPPOSITE_SIGNAL
    (entry,) = rig.entries()
    assert (entry.side, entry.symbol) == (Side.SELL, BTC)
    (approved,) = rig.told(EntryApproved)
    assert (approved.at_ms, approved.side) == (rig.now, Side.SELL)
    assert rig.trade().plan.decided_ms == rig.now > born


def test_a_flip_is_refused_while_the_cooldown_lasts() -> None:
    rig = Rig().opens()
    rig.wants(a_candidate(Action.SELL)).fills(Leg.EXIT, "100")
    (refused,) = rig.told(EntryRefused)
    assert refused.objections == (Objection.COOLDOWN,)


def test_without_leave_to_flip_an_opposite_signal_only_closes() -> None:
    rig = Rig(a_policy(cooldown_minutes=0, allow_flip=False)).opens()
    rig.wants(a_candidate(Action.SELL)).fills(Leg.EXIT, "100")
    assert (rig.entries(), rig.told(EntryRefused)) == ([], [])
    assert rig.state.trades == {}


def test_a_weak_opposite_signal_leaves_the_trade_alone() -> None:
    rig = Rig().opens()
    rig.wants(a_candidate(Action.SELL, confidence=0.4))
    (skipped,) = rig.told(SignalSkipped)
    assert (skipped.reason, rig.asked) == (Objection.CONFIDENCE_TOO_LOW, [])


def test_a_signal_to_enter_again_what_is_being_closed_is_refused() -> None:
    rig = Rig().opens().wants(a_candidate(Action.FLAT)).forget()
    rig.wants(a_candidate(Action.BUY))
    (refused,) = rig.told(EntryRefused)
    assert Objection.POSITION_OPEN in refused.objections


def test_a_signal_that_waited_too_long_for_flat_is_dead() -> None:
    rig = Rig(FLIP_AT_ONCE).opens()
    rig.wants(a_candidate(Action.SELL)).advances(1.1).fills(Leg.EXIT, "100")
    assert rig.entries() == []
    assert rig.state.waiting == {}


def test_a_flat_signal_unsays_the_flip_that_was_waiting() -> None:
    rig = Rig(FLIP_AT_ONCE).opens()
    rig.wants(a_candidate(Action.SELL)).wants(a_candidate(Action.FLAT), minutes=0.5)
    rig.fills(Leg.EXIT, "100")
    assert rig.entries() == []


def test_an_operator_who_flattens_unsays_the_flip_that_was_waiting() -> None:
    rig = Rig(FLIP_AT_ONCE).opens()
    rig.wants(a_candidate(Action.SELL))
    rig.hears(OperatorFlattened(rig.now, None, "ann", "enough")).fills(Leg.EXIT, "100")
    assert rig.entries() == []


def test_a_flip_is_judged_on_the_drawdown_that_the_close_has_left() -> None:
    rig = Rig(
        a_policy(
            cooldown_minutes=0,
            drawdown_cautious=0.0001,
            drawdown_protective=0.0002,
            drawdown_emergency=0.0003,
            drawdown_hysteresis=0.00001,
        )
    ).opens()
    rig.wants(a_candidate(Action.SELL))
    assert rig.state.stop.epoch == 0

    rig.fills(Leg.EXIT, "98")

    assert rig.entries() == []


def test_a_signal_on_a_symbol_without_an_instrument_is_skipped() -> None:
    rig = Rig()

    rig.wants(a_candidate(Action.BUY, symbol="NOSUCHUSDT"))

    (skipped,) = rig.told(SignalSkipped)
    assert skipped.reason == "unknown_symbol"
    assert rig.asked == []
