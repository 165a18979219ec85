"""What becomes of orders, in plain words."""

from typing import get_args

import pytest

from application.projections import order_wording as wording
from domain.execution.messages import (
    CancelRefused,
    FundingSettled,
    Liquidity,
    OrderAbsent,
    OrderFilled,
    OrderKind,
    OrderRead,
    OrderStatus,
    OrderUnknown,
    Permit,
    PlaceEntry,
    PlaceExit,
)
from domain.shared.enums import Side
from tests.builders import BTC, START_MS, D

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("qt1-BTCUSDT-a-e0", "entry"),
        ("qt1-BTCUSDT-a-s11", "stop"),
        ("qt1-BTCUSDT-a-t2", "target"),
        ("qt1-BTCUSDT-a-x3", "exit"),
        ("autoclose-9", "order autoclose-9 of the venue"),
    ],
)
def test_an_order_is_called_by_what_it_is_for(name: str, text: str) -> None:
    assert wording.leg(name) == text


def test_an_order_with_a_limit_tells_it() -> None:
    permit = Permit(0, 1, START_MS)
    entry = PlaceEntry("qt1-a-e0", BTC, Side.BUY, OrderKind.LIMIT, D(1), D(99), D(101), 1, permit)
    leave = PlaceExit("qt1-a-x1", BTC, Side.SELL, OrderKind.LIMIT, D(1), D(105), None)
    assert wording.asked(entry).startswith("asked: LIMIT BUY 1 at 99, no worse than 101")
    assert wording.asked(leave).startswith("asked: exit, LIMIT SELL 1 at 105")


def test_a_partial_fill_tells_what_is_to_go() -> None:
    fill = OrderFilled(
        START_MS, "qt1-a-e0", BTC, Side.BUY, D(1), D(9), D(0), Liquidity.MAKER, "1", D(4)
    )
    assert wording.reported(fill).endswith("(maker), 4 to go")


def test_funding_is_paid_or_earned() -> None:
    assert "paid: 2 USD" in wording.funded(FundingSettled(START_MS, BTC, D("0.0001"), D(2)))
    assert "earned: 2 USD" in wording.funded(FundingSettled(START_MS, BTC, D("0.0001"), D(-2)))


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (OrderUnknown(1, "qt1-A-1-e0", BTC, "http 503"), "no answer about the entry: http 503"),
        (OrderAbsent(1, "qt1-A-1-s1", BTC), "the venue, asked for the stop, does not know it"),
        (
            OrderRead(1, "qt1-A-1-e0", BTC, OrderStatus.FILLED, D(1)),
            "the venue, asked for the entry: filled",
        ),
        (
            CancelRefused(1, "qt1-A-1-t1", BTC, "-2011"),
            "the venue would not cancel the target: -2011",
        ),
    ],
)
def test_what_is_known_of_an_order_in_doubt_is_told(
    report: OrderUnknown | OrderAbsent | OrderRead | CancelRefused, text: str
) -> None:
    assert wording.reported(report) == text
    assert type(report) in get_args(wording.OrderReport)
