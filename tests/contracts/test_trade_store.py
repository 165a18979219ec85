"""What every trade state store does, the fake included."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from application.errors import IllegalTransition
from application.ports.trade_store import Change, PositionRow, TradeStore
from domain.execution.messages import Liquidity
from domain.execution.order import OrderState
from domain.execution.trade import TradeState
from domain.shared.amounts import ZERO
from domain.shared.enums import Side
from tests.builders import BTC, ETH, START_MS, D
from tests.trade_rows import a_fill, a_position, a_trade, an_order, everything, seen

pytestmark = pytest.mark.integration

LONG = D("12345678901234567890.12345678901234567890")


def test_an_empty_store_holds_nothing(trade_store: TradeStore) -> None:
    assert seen(trade_store) == (0, (), (), [None, None], [(), ()], [(), ()], ())


def test_what_was_stored_comes_back_even_after_a_restart(
    opened_trades: Callable[[], TradeStore],
) -> None:
    opened_trades().apply((everything(7),))
    store = opened_trades()
    assert store.sequence() == 7
    assert store.open_trades() == (a_trade(),)
    assert store.trade("T1") == a_trade()
    assert store.trade("T2") is None
    assert store.orders_of("T1") == (an_order(),)
    assert store.fills_of("T1") == (a_fill(),)
    assert store.positions() == (a_position(),)


@pytest.mark.parametrize(
    "number", ["0", "0E-8", "-0.00000001", "1.10", str(LONG), str(-LONG), "0.1" + "0" * 18 + "1"]
)
def test_a_decimal_keeps_every_digit(trade_store: TradeStore, number: str) -> None:
    amount = Decimal(number)
    rows = a_trade(realised=amount, stop=amount), an_order(quantity=amount), a_fill(price=amount)
    position = PositionRow(BTC, LONG, amount)
    trade_store.apply((Change(1, (rows[0],), (rows[1],), (rows[2],), (position,)),))
    (found,) = trade_store.open_trades()
    numbers = (
        found.realised,
        found.stop,
        trade_store.orders_of("T1")[0].quantity,
        trade_store.fills_of("T1")[0].price,
        trade_store.positions()[0].cost,
    )
    assert {str(back) for back in numbers} == {str(amount)}
    assert trade_store.positions()[0].quantity == LONG


def test_words_and_whole_numbers_come_back_as_what_they_were(trade_store: TradeStore) -> None:
    trade_store.apply((everything(2**40),))
    trade, order, fill = (
        trade_store.open_trades()[0],
        trade_store.orders_of("T1")[0],
        trade_store.fills_of("T1")[0],
    )
    assert isinstance(trade.state, TradeState)
    assert isinstance(order.state, OrderState)
    assert isinstance(trade.side, Side)
    assert isinstance(order.side, Side)
    assert isinstance(fill.liquidity, Liquidity)
    assert trade_store.sequence() == 2**40


def test_a_change_told_twice_is_stored_once(trade_store: TradeStore) -> None:
    trade_store.apply((everything(5),))
    before = seen(trade_store)
    trade_store.apply((everything(5), everything(4)))
    late = Change(3, (a_trade(state=TradeState.CLOSED),), (), (a_fill("v9"),), (a_position("9"),))
    trade_store.apply((late,))
    assert seen(trade_store) == before


def test_nothing_to_store_is_stored_without_a_word(trade_store: TradeStore) -> None:
    trade_store.apply(())
    assert trade_store.sequence() == 0
    trade_store.apply((Change(9),))
    assert trade_store.sequence() == 9


def test_a_fill_is_known_by_its_symbol_and_the_name_the_venue_gave_it(
    trade_store: TradeStore,
) -> None:
    trade_store.apply((everything(1),))
    again = a_fill(quantity=D(99), price=D(1))
    elsewhere = a_fill(symbol=ETH, client_id="c2")
    orders_too = (an_order("c2", trade_id="T2", symbol=ETH),)
    trade_store.apply((Change(2, (a_trade("T2", symbol=ETH),), orders_too, (again, elsewhere)),))
    assert trade_store.fills_of("T1") == (a_fill(),)
    assert trade_store.fills_of("T2") == (elsewhere,)


def test_a_close_is_stored_whole_or_not_at_all(trade_store: TradeStore) -> None:
    trade_store.apply((everything(1),))
    before = seen(trade_store)
    closed = a_trade(state=TradeState.CLOSED, quantity=ZERO, closed_ms=START_MS + 99)
    ended = an_order(state=OrderState.FILLED, filled=D("1.5"), ended_ms=START_MS + 99)
    fill = a_fill("v2", side=Side.SELL, at_ms=START_MS + 99)
    close = Change(2, (closed,), (ended,), (fill,), (a_position("0"),))
    wrong = Change(3, (a_trade(),))
    with pytest.raises(IllegalTransition):
        trade_store.apply((close, wrong))
    assert seen(trade_store) == before

    trade_store.apply((close,))
    assert trade_store.open_trades() == ()
    assert trade_store.trade("T1") == closed
    assert trade_store.orders_of("T1") == (ended,)
    assert trade_store.fills_of("T1") == (a_fill(), fill)
    assert trade_store.positions() == ()


def test_changes_of_one_call_follow_each_other(trade_store: TradeStore) -> None:
    opened = Change(1, (a_trade(),), (), (), (a_position(),))
    closed = Change(2, (a_trade(state=TradeState.CLOSED),), (), (), (a_position("0"),))
    trade_store.apply((opened, closed))
    assert trade_store.open_trades() == ()
    assert trade_store.positions() == ()
    with pytest.raises(IllegalTransition):
        trade_store.apply(
            (Change(3, (a_trade("T2", TradeState.CLOSED),)), Change(4, (a_trade("T2"),)))
        )
    assert trade_store.trade("T2") is None


def test_a_fill_of_nobodys_order_belongs_to_the_trade_that_was_open(
    trade_store: TradeStore,
) -> None:
    second = a_trade("T2", decided_ms=START_MS + 90, opened_ms=START_MS + 100)
    first = a_trade(state=TradeState.CLOSED, closed_ms=START_MS + 50)
    liquidation = a_fill("v2", "autoclose-1", at_ms=START_MS + 50, side=Side.SELL)
    between = a_fill("v3", "foreign", at_ms=START_MS + 70)
    by_hand = a_fill("v4", "foreign", at_ms=START_MS + 110)
    fills = (a_fill(), liquidation, between, by_hand)
    trade_store.apply((Change(1, (first, second), (an_order(),), fills),))
    assert trade_store.fills_of("T1") == (a_fill(), liquidation)
    assert trade_store.fills_of("T2") == (by_hand,)
    assert trade_store.fills_of("T3") == ()


def test_trades_are_told_newest_first_and_open_ones_by_symbol(trade_store: TradeStore) -> None:
    rows = [
        a_trade(f"T{n}", TradeState.OPEN if n % 2 else TradeState.ABORTED, symbol=symbol)._replace(
            decided_ms=START_MS + n
        )
        for n, symbol in enumerate((ETH, ETH, BTC, BTC))
    ]
    trade_store.apply((Change(1, tuple(rows)),))
    assert trade_store.trades() == tuple(rows[::-1])
    assert trade_store.trades(limit=2) == (rows[3], rows[2])
    assert trade_store.trades(since_ms=START_MS + 3) == (rows[3],)
    assert trade_store.open_trades() == (rows[3], rows[1])


def test_orders_are_told_in_the_order_they_came_even_when_they_change(
    trade_store: TradeStore,
) -> None:
    names = ("c9", "c1", "c5")
    trade_store.apply((Change(1, (), tuple(an_order(name) for name in names)),))
    trade_store.apply((Change(2, (), (an_order("c1", OrderState.FILLED), an_order("c0"))),))
    assert [order.client_id for order in trade_store.orders_of("T1")] == [*names, "c0"]


def test_more_rows_than_fit_a_query_are_stored_at_once(trade_store: TradeStore) -> None:
    rows = tuple(an_order(f"c{n}") for n in range(1201))
    trade_store.apply((Change(1, (), rows),))
    trade_store.apply(
        (Change(2, (), tuple(row._replace(state=OrderState.FILLED) for row in rows)),)
    )
    assert len(trade_store.orders_of("T1")) == 1201
    with pytest.raises(IllegalTransition):
        trade_store.apply((Change(3, (), (*rows[:0], an_order("x"), rows[1200])),))


def test_two_writers_cannot_both_be_right(opened_trades: Callable[[], TradeStore]) -> None:
    one, other = opened_trades(), opened_trades()
    one.apply((everything(1),))
    closed = Change(2, (a_trade(state=TradeState.CLOSED),), (), (), (a_position("0"),))
    other.apply((closed,))
    one.apply((Change(2, (a_trade(stop=D(1)),), (), (), (a_position("2"),)),))
    with pytest.raises(IllegalTransition):
        one.apply((Change(3, (a_trade(stop=D(1)),)),))
    assert one.open_trades() == other.open_trades() == ()
    assert one.positions() == other.positions() == ()
