"""Trades made to hold what the book does."""

import pytest

from domain.decision.facts import TradeClosed
from domain.decision.safety_facts import PositionAdjusted, PositionAdopted
from domain.execution.trade import ExitReason
from domain.shared.enums import Side
from tests.builders import BTC, D
from tests.unit.domain.decision.remote import Remote

pytestmark = pytest.mark.unit


def apart(held: str) -> Remote:
    """Return a desk with a long trade of 5, whose book holds *held*."""
    rig = Remote()
    rig.opens().forget()
    trade = rig.trade()
    booked = D(held)
    change = trade._replace(bought=trade.bought + 5 - booked, cost=(10 - booked) * D(100))
    rig.state = rig.state._replace(trades={BTC: change})
    rig.hears(rig.stray_fill(Side.SELL if booked < 5 else Side.BUY, str(abs(5 - booked)), "100"))
    rig.forget()
    return rig


def test_a_trade_that_holds_what_the_book_does_is_left_alone() -> None:
    rig = Remote()
    rig.opens().forget()
    rig.passes(3)
    rig.reads()
    assert rig.told(PositionAdjusted) == []
    assert rig.trade().held == D(5)


@pytest.mark.parametrize("held", ["2", "4"])
def test_a_trade_that_holds_more_than_the_book_is_reduced_to_it(held: str) -> None:
    rig = apart(held)
    assert rig.trade().held == D(5)
    rig.passes(3)
    rig.reads()
    assert rig.trade().held == D(held)
    assert len(rig.told(PositionAdjusted)) == 1


def test_a_trade_of_what_is_gone_is_over() -> None:
    rig = apart("0")
    assert rig.trade().held == D(5)
    rig.passes(3)
    rig.reads()
    assert [closed.reason for closed in rig.told(TradeClosed)] == [ExitReason.EXTERNAL]
    assert rig.state.trades == {}


def test_what_another_hand_turned_round_is_adopted_as_a_trade_of_its_own() -> None:
    rig = apart("-2")
    rig.passes(3)
    rig.reads()
    (adopted,) = rig.told(PositionAdopted)
    assert (adopted.side, adopted.quantity) == (Side.SELL, D(2))
    assert len(rig.told(TradeClosed)) == 1


def test_a_trade_that_counts_less_than_nothing_is_over_and_what_is_held_is_adopted() -> None:
    rig = apart("-2")
    trade = rig.trade()
    turned = trade._replace(sold=trade.bought + 2)
    rig.state = rig.state._replace(trades={BTC: turned})
    rig.passes(3)
    rig.reads()
    (adopted,) = rig.told(PositionAdopted)
    assert (adopted.side, adopted.quantity) == (Side.SELL, D(2))
    assert len(rig.told(TradeClosed)) == 1
