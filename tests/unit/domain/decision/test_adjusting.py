"""The book made to say what the venue says, when nothing else explains the difference."""

import pytest

from domain.decision.facts import TradeClosed
from domain.decision.messages import Page
from domain.decision.safety_facts import BalanceAdjusted, PositionAdjusted
from domain.execution.trade import ExitReason
from domain.shared.enums import Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, D
from tests.unit.domain.decision.remote import Remote

pytestmark = pytest.mark.unit


def holding() -> Remote:
    rig = Remote()
    rig.opens().forget()
    return rig


def test_a_difference_is_believed_in_the_third_answer_and_after_the_venue_has_settled() -> None:
    rig = holding()
    stop = rig.not_listing(rig.live(Leg.STOP))
    for seconds in (0, 6):
        rig.passes(seconds).reads(held={}, orders=stop)
        assert rig.told(PositionAdjusted) == []
        assert not rig.known.is_synced
    rig.passes(6).reads(held={}, orders=stop)
    (said,) = rig.told(PositionAdjusted)
    assert (said.symbol, said.amount) == (BTC, D(-5))
    assert rig.state.book.positions == {}
    assert [c.reason for c in rig.told(TradeClosed)] == [ExitReason.EXTERNAL]
    assert rig.orders(Page)
    rig.reads()
    assert rig.known.is_synced


def test_three_quick_answers_are_not_yet_proof() -> None:
    rig = holding()
    for _ in range(5):
        rig.passes(1).reads(held={})
    assert rig.told(PositionAdjusted) == []


def test_a_difference_that_changes_is_under_way_and_counts_anew() -> None:
    rig = holding()
    for quantity in ("1", "2", "3", "1"):
        rig.passes(11).reads(held={BTC: D(quantity)})
    assert rig.told(PositionAdjusted) == []


def test_a_fill_that_comes_after_all_ends_the_difference() -> None:
    rig = holding()
    rig.passes(6).reads(held={BTC: D(2)})
    rig.hears(rig.stray_fill(Side.SELL, "3", "101"))
    rig.passes(6).reads(held={BTC: D(2)})
    assert rig.known.differing == {}
    assert rig.told(PositionAdjusted) == []


def test_what_only_the_venue_knows_becomes_a_position_once_a_price_is_known() -> None:
    rig = Remote()
    for _ in range(4):
        rig.passes(6).reads(held={ETH: D(3)})
    assert rig.told(PositionAdjusted) == []
    rig.advances(0.1, {ETH: 50.0})
    rig.reads(held={ETH: D(3)})
    (said,) = rig.told(PositionAdjusted)
    assert (said.amount, said.price) == (D(3), D(50))
    assert rig.state.book.positions[ETH].quantity == D(3)
    assert rig.trade(ETH).stop_wanted is not None


@pytest.mark.parametrize("amount", [D(-12), D(7)])
def test_the_balance_becomes_the_venues(amount: object) -> None:
    rig = holding()
    wallet = rig.state.book.wallet + D(str(amount))
    for _ in range(3):
        rig.passes(6).reads(wallet=wallet)
    (said,) = rig.told(BalanceAdjusted)
    assert said.amount == D(str(amount))
    assert rig.state.book.wallet == wallet
    assert rig.state.book.deposits == D(10_000) + max(D(str(amount)), D(0))


def test_what_is_missing_is_a_loss_and_what_is_more_is_no_gain() -> None:
    losing, gaining = holding(), holding()
    before = losing.state.watch.drawdown
    for rig, amount in ((losing, -100), (gaining, 100)):
        wallet = rig.state.book.wallet + amount
        for _ in range(3):
            rig.passes(6).reads(wallet=wallet)
    assert losing.state.watch.drawdown > before
    assert gaining.state.watch.drawdown == pytest.approx(before, abs=1e-4)


def test_less_than_a_cent_is_not_worth_a_word() -> None:
    rig = holding()
    for _ in range(9):
        rig.passes(6).reads(wallet=rig.state.book.wallet + D("0.009"))
    assert rig.told(BalanceAdjusted) == []


def test_an_answer_that_was_asked_for_before_the_last_one_counts_only_once() -> None:
    rig = holding()
    rig.passes(6).reads(held={})
    asked_ms = rig.now - 1
    for _ in range(9):
        rig.passes(6).reads(held={}, asked_ms=asked_ms)
    assert rig.told(PositionAdjusted) == []
