"""Fills that come twice, late, or from elsewhere: each is booked once, and never lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decision.facts import TradeClosed, TradeExecuted, UnexpectedFill
from domain.decision.messages import Page, Severity
from domain.execution.messages import CancelOrder, OrderCanceled
from domain.execution.trade import ExitReason, TradeState
from domain.shared.amounts import ZERO
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg
from tests.builders import BTC, D, a_candidate
from tests.rig import Rig

pytestmark = pytest.mark.unit


def test_a_fill_told_twice_is_booked_once() -> None:
    rig = Rig().wants(a_candidate())
    fill = rig.fill_of(rig.live(Leg.ENTRY), "100")
    rig.hears(fill)
    after_once = rig.state
    rig.forget().hears(fill)
    assert (rig.state, rig.said, rig.asked) == (after_once, [], [])


def test_the_fill_that_closed_a_trade_is_booked_once_even_when_told_again_later() -> None:
    rig = Rig().opens()
    fill = rig.fill_of(rig.live(Leg.STOP), "98")
    rig.hears(fill)
    wallet = rig.state.book.wallet
    rig.forget().advances(5).hears(fill)
    assert (rig.state.book.wallet, rig.state.book.positions) == (wallet, {})
    assert rig.said == []


def test_a_stray_fill_told_twice_is_booked_once() -> None:
    rig = Rig()
    fill = rig.stray_fill(Side.BUY, "1", "100")
    rig.hears(fill, fill)
    assert rig.state.book.positions[BTC].quantity == D(1)


def test_fills_that_no_trade_holds_are_remembered_for_a_while_and_not_for_ever() -> None:
    rig = Rig()
    strays = [rig.stray_fill(Side.BUY, "1", "100") for _ in range(200)]
    rig.hears(*strays)
    booked = rig.state.book
    rig.hears(*strays[-32:])
    assert rig.state.book == booked
    assert len(rig.state.settled[BTC]) < 100


def test_a_fill_of_no_order_is_booked_said_and_paged() -> None:
    rig = Rig().hears(Rig().stray_fill(Side.SELL, "1", "100"))
    (said,) = rig.told(UnexpectedFill)
    assert (said.side, said.quantity) == (Side.SELL, D(1))
    assert rig.state.book.positions[BTC].quantity == D(-1)
    assert [page.severity for page in rig.orders(Page)] == [Severity.CRITICAL, Severity.WARNING]


@pytest.mark.parametrize("client_id", ["autoclose-1", "adl_autoclose"])
def test_a_liquidation_closes_the_trade_and_calls_a_person(client_id: str) -> None:
    rig = Rig().opens()
    rig.hears(rig.stray_fill(Side.SELL, "5", "80", client_id=client_id))
    (fact,) = rig.told(TradeClosed)
    assert (fact.reason, fact.realised) == (ExitReason.LIQUIDATION, D(-100))
    assert rig.state.book.positions == {}
    assert len(rig.told(UnexpectedFill)) == len(rig.orders(Page)) == 1


def test_a_position_reduced_by_another_hand_is_said_and_the_trade_shrinks_with_it() -> None:
    rig = Rig().opens()
    rig.hears(rig.stray_fill(Side.SELL, "2", "101"))
    assert len(rig.told(UnexpectedFill)) == 1
    assert rig.trade().held == rig.state.book.positions[BTC].quantity == D(3)
    rig.hears(rig.stray_fill(Side.SELL, "3", "101"))
    assert rig.told(TradeClosed)[0].reason == ExitReason.EXTERNAL


def test_a_position_enlarged_by_another_hand_is_said_and_gets_no_second_targets() -> None:
    rig = Rig().opens()
    rig.hears(rig.stray_fill(Side.BUY, "2", "101"))
    assert len(rig.told(UnexpectedFill)) == 1
    assert rig.trade().held == rig.state.book.positions[BTC].quantity == D(7)
    assert (rig.exits(), rig.told(TradeExecuted)) == ([], [])


@pytest.mark.parametrize("side", Side)
def test_a_stray_fill_while_an_entry_is_on_its_way_belongs_to_no_trade(side: Side) -> None:
    rig = Rig().wants(a_candidate()).forget()
    rig.hears(rig.stray_fill(side, "1", "100"))
    assert rig.trade().state is TradeState.ENTERING
    assert rig.trade().held == ZERO
    assert len(rig.told(UnexpectedFill)) == 1


def test_a_leftover_of_the_last_trade_that_fills_in_the_next_is_unexpected_but_not_lost() -> None:
    rig = Rig().opens().fills(Leg.STOP, "98")
    leftover = rig.fill_of(rig.live(Leg.TARGET), "106", "1")
    rig.advances(30).wants(a_candidate()).fills(Leg.ENTRY, "100")
    rig.forget().hears(leftover)
    assert len(rig.told(UnexpectedFill)) == 1
    assert rig.trade().held == rig.state.book.positions[BTC].quantity == D(4)


def test_an_entry_that_fills_on_after_its_first_part_was_stopped_is_never_left_alone() -> None:
    rig = Rig().wants(a_candidate()).fills(Leg.ENTRY, "100", "2", leaves="3")
    rig.accepts(Leg.STOP).forget().fills(Leg.STOP, "98", "2")
    assert [c.of_entry for c in rig.orders(CancelOrder)] == [True]
    assert rig.told(TradeClosed) == []  # the entry may still fill

    rig.forget().fills(Leg.ENTRY, "97", "1", leaves="2")  # faster than the cancel
    assert [e.quantity for e in rig.exits(Leg.EXIT)] == [D(1)]
    assert rig.told(UnexpectedFill) == []

    rig.fills(Leg.EXIT, "97").cancels(Leg.ENTRY)
    (fact,) = rig.told(TradeClosed)
    assert (fact.reason, fact.quantity) == (ExitReason.STOP, D(3))
    assert (rig.state.trades, rig.state.book.positions) == ({}, {})


def test_a_trade_flat_before_its_entry_ended_closes_when_the_entry_does() -> None:
    rig = Rig().wants(a_candidate()).fills(Leg.ENTRY, "100", "2", leaves="3")
    rig.accepts(Leg.STOP).fills(Leg.STOP, "98", "2").forget()
    rig.cancels(Leg.ENTRY)
    (fact,) = rig.told(TradeClosed)
    assert (fact.reason, fact.exit_price) == (ExitReason.STOP, D(98))
    assert (rig.exits(), rig.state.trades, rig.state.stop_outs) == ([], {}, (rig.now,))


def test_a_part_that_fills_while_its_trade_is_closing_is_closed_too() -> None:
    rig = Rig().wants(a_candidate()).fills(Leg.ENTRY, "100", "2", leaves="3")
    rig.accepts(Leg.STOP).wants(a_candidate(Action.FLAT), minutes=0.1).forget()

    rig.fills(Leg.ENTRY, "100", "3").fills(Leg.EXIT, "100", "2")
    assert rig.exits(Leg.TARGET) == []
    rig.advances(1)

    assert [e.quantity for e in rig.exits(Leg.EXIT)] == [D(3)]
    rig.fills(Leg.EXIT, "100")
    assert rig.told(TradeClosed)[0].reason == ExitReason.FLAT_SIGNAL


def test_the_end_of_an_order_the_desk_does_not_know_changes_nothing() -> None:
    rig = Rig().opens()
    before = rig.state
    rig.hears(OrderCanceled(rig.now, "someone", BTC, "requested"))
    assert (rig.state, rig.said) == (before, [])


@given(
    parts=st.lists(st.tuples(st.integers(1, 50), st.integers(9000, 11000)), min_size=1, max_size=6),
    exits=st.lists(st.tuples(st.integers(1, 60), st.integers(9000, 11000)), min_size=0, max_size=8),
    side=st.sampled_from(list(Side)),
)
def test_what_a_trade_holds_is_always_what_the_book_holds(
    parts: list[tuple[int, int]], exits: list[tuple[int, int]], side: Side
) -> None:
    rig = Rig().wants(a_candidate(Action(side.value)))
    left = sum(quantity for quantity, _ in parts)
    for quantity, price in parts:
        left -= quantity
        amounts = (str(D(price) / 100), str(D(quantity) / 10), str(D(left) / 10))
        rig.fills(Leg.ENTRY, *amounts)
        _agree(rig)
    for quantity, price in exits:
        if BTC not in rig.state.trades:
            break
        amount = min(D(quantity) / 10, rig.trade().held)
        rig.fills(Leg.STOP, str(D(price) / 100), str(amount), str(rig.trade().held - amount))
        _agree(rig)
    closed = sum((c.net_pnl for c in rig.told(TradeClosed)), ZERO)
    running = sum((t.net_pnl for t in rig.state.trades.values()), ZERO)
    assert rig.state.book.wallet == D(10000) + closed + running


def _agree(rig: Rig) -> None:
    held = {s: t.held * t.plan.side.sign for s, t in rig.state.trades.items()}
    booked = {s: p.quantity for s, p in rig.state.book.positions.items()}
    assert {s: q for s, q in held.items() if q} == booked
