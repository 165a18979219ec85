"""What no trade state store lets in, the fake included: every pair of states is tried."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TypeVar

import pytest

from application.errors import IllegalTransition
from application.ports.trade_store import Change, TradeStore
from domain.execution import order as orders
from domain.execution import trade as trades
from domain.execution.order import OrderState
from domain.execution.trade import TradeState
from domain.shared.enums import Side
from tests.builders import ETH, START_MS, D
from tests.trade_rows import a_trade, an_order, everything, seen

pytestmark = pytest.mark.integration

State = TypeVar("State", TradeState, OrderState)


def reachable(table: Mapping[State, Sequence[State | None]], state: State) -> set[State]:
    """Return *state* and every state that a walk over *table* comes to from it."""
    found, ahead = {state}, [state]
    while ahead:
        new = {after for after in table[ahead.pop()] if after is not None} - found
        found |= new
        ahead += new
    return found


def test_trades_change_only_as_the_table_of_trades_lets_them(trade_store: TradeStore) -> None:
    for number, (before, after) in enumerate(product(TradeState, TradeState)):
        name = f"{before}-{after}"
        trade_store.apply((Change(2 * number + 1, (a_trade(name, before),)),))
        change = Change(2 * number + 2, (a_trade(name, after),))
        kept = after
        if after in reachable(trades.TRANSITIONS, before):
            trade_store.apply((change,))
        else:
            with pytest.raises(IllegalTransition, match=f"{name}.*{before}.*{after}"):
                trade_store.apply((change,))
            kept = before
        stored = trade_store.trade(name)
        assert stored is not None
        assert stored.state is kept


def test_orders_change_only_as_the_table_of_orders_lets_them(trade_store: TradeStore) -> None:
    for number, (before, after) in enumerate(product(OrderState, OrderState)):
        name = f"{before}-{after}"
        trade_store.apply((Change(2 * number + 1, (), (an_order(name, before, trade_id=name),)),))
        change = Change(2 * number + 2, (), (an_order(name, after, trade_id=name),))
        kept = after
        if after in reachable(orders.TRANSITIONS, before):
            trade_store.apply((change,))
        else:
            with pytest.raises(IllegalTransition, match=f"{name}.*{before}.*{after}"):
                trade_store.apply((change,))
            kept = before
        assert [order.state for order in trade_store.orders_of(name)] == [kept]


@pytest.mark.parametrize("state", sorted(orders.TERMINAL))
def test_an_ended_order_stays_ended(trade_store: TradeStore, state: OrderState) -> None:
    trade_store.apply((Change(1, (), (an_order(state=state, ended_ms=START_MS),)),))
    for sequence, other in enumerate((s for s in OrderState if s is not state), 2):
        with pytest.raises(IllegalTransition):
            trade_store.apply((Change(sequence, (), (an_order(state=other),)),))
    assert trade_store.orders_of("T1")[0].state is state


def test_what_was_filled_never_falls(trade_store: TradeStore) -> None:
    part = OrderState.PARTIALLY_FILLED
    trade_store.apply((Change(1, (a_trade(),), (an_order(state=part, filled=D("0.5")),)),))
    with pytest.raises(IllegalTransition, match=r"0\.5"):
        trade_store.apply((Change(2, (), (an_order(state=part, filled=D("0.4")),)),))
    with pytest.raises(IllegalTransition, match=r"1\.5"):
        trade_store.apply((Change(2, (a_trade(bought=D("1.4")),)),))
    trade_store.apply((Change(2, (), (an_order(state=part, filled=D("0.6")),)),))
    assert trade_store.orders_of("T1")[0].filled == D("0.6")


@pytest.mark.parametrize(
    "change",
    [
        Change(2, (a_trade(symbol=ETH),)),
        Change(2, (a_trade(side=Side.SELL),)),
        Change(2, (), (an_order(trade_id="T2"),)),
        Change(2, (), (an_order(symbol=ETH),)),
        Change(2, (), (an_order(side=Side.SELL),)),
    ],
)
def test_what_a_trade_or_an_order_is_of_never_changes(
    trade_store: TradeStore, change: Change
) -> None:
    trade_store.apply((everything(),))
    before = seen(trade_store)
    with pytest.raises(IllegalTransition):
        trade_store.apply((change,))
    assert seen(trade_store) == before
