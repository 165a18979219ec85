"""Rows of the trade store: what a fill leaves of its order, also when nobody told that."""

from decimal import Decimal

import pytest

from application.projections.trade_rows import whole
from domain.execution.messages import Liquidity, OrderFilled, OrderKind
from domain.execution.order import Order, OrderState
from domain.shared.amounts import ZERO
from domain.shared.enums import Side
from domain.shared.identity import Leg
from tests.builders import BTC, START_MS, D

pytestmark = pytest.mark.unit


def a_fill(leaves: Decimal | None) -> OrderFilled:
    return OrderFilled(
        START_MS, "qt1-a-e0", BTC, Side.BUY, D(2), D(100), ZERO, Liquidity.TAKER, "v1", leaves
    )


def an_order(quantity: Decimal | None, filled: str) -> Order:
    return Order(
        "qt1-a-e0", "a", BTC, Side.BUY, OrderKind.MARKET, Leg.ENTRY, quantity, None, D(filled),
        OrderState.PARTIALLY_FILLED, START_MS,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("leaves", "order", "left"),
    [
        (D(7), an_order(D(5), "2"), D(7)),  # what the venue says is what it says
        (None, an_order(D(5), "2"), D(3)),
        (None, an_order(D(5), "6"), ZERO),
        (None, an_order(None, "2"), ZERO),  # it closes whatever there is
        (None, None, ZERO),  # it is over
    ],
)
def test_what_is_left_of_an_order_is_known_with_each_of_its_fills(
    leaves: Decimal | None, order: Order | None, left: Decimal
) -> None:
    assert whole(a_fill(leaves), order).leaves == left
