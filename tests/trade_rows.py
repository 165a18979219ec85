"""Small builders of rows of the trade state store."""

from typing import Any

from application.ports.trade_store import Change, OrderRow, PositionRow, TradeRow, TradeStore
from domain.execution.messages import Liquidity, OrderFilled
from domain.execution.order import OrderState
from domain.execution.trade import TradeState
from domain.shared.amounts import ZERO
from domain.shared.enums import Side
from tests.builders import BTC, START_MS, D


def a_trade(name: str = "T1", state: TradeState = TradeState.OPEN, **changes: Any) -> TradeRow:  # noqa: ANN401 - any field
    """Return an open trade of 1.5 BTC with *changes*."""
    row = TradeRow(
        trade_id=name,
        symbol=BTC,
        side=Side.BUY,
        state=state,
        decided_ms=START_MS,
        opened_ms=START_MS + 10,
        closed_ms=0,
        ordered=D("1.500"),
        bought=D("1.500"),
        quantity=D("1.500"),
        entry_price=D("100.10"),
        stop=None,
        realised=D("0E-8"),
        fees=D("0.06000000"),
        funding=D("-0.01"),
        exit_reason=None,
    )
    return row._replace(**changes)


def an_order(name: str = "c1", state: OrderState = OrderState.ACCEPTED, **changes: Any) -> OrderRow:  # noqa: ANN401 - any field
    """Return its entry, accepted, with *changes*."""
    row = OrderRow(
        client_id=name,
        trade_id="T1",
        symbol=BTC,
        side=Side.BUY,
        leg="e",
        kind="MARKET",
        quantity=D("1.500"),
        filled=ZERO,
        state=state,
        sent_ms=START_MS,
        ended_ms=0,
    )
    return row._replace(**changes)


def a_fill(name: str = "v1", client_id: str = "c1", **changes: Any) -> OrderFilled:  # noqa: ANN401 - any field
    """Return a fill of that entry with *changes*."""
    row = OrderFilled(
        START_MS + 10, client_id, BTC, Side.BUY, D("1.5"), D("100.10"), D("0.06"),
        Liquidity.TAKER, name, ZERO,
    )  # fmt: skip
    return row._replace(**changes)


def a_position(quantity: str = "1.5", symbol: str = BTC) -> PositionRow:
    """Return what is held of *symbol* at 100.10 USD."""
    return PositionRow(symbol, D(quantity), D(quantity) * D("100.10"))


def everything(sequence: int = 1) -> Change:
    """Return a change of one row of each kind."""
    return Change(sequence, (a_trade(),), (an_order(),), (a_fill(),), (a_position(),))


def seen(store: TradeStore) -> tuple[object, ...]:
    """Return all that the store tells of the trades T1 and T2."""
    ids = ("T1", "T2")
    return (
        store.sequence(),
        store.open_trades(),
        store.trades(),
        [store.trade(name) for name in ids],
        [store.orders_of(name) for name in ids],
        [store.fills_of(name) for name in ids],
        store.positions(),
    )
