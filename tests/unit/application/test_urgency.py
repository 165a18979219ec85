import pytest

from application.urgency import urgent_first
from domain.decision.messages import NoteEmergency, Page, SetLatch, Severity
from domain.execution.messages import CancelOrder, OrderKind, PlaceExit, QueryOrder, ReadAccount
from domain.risk.emergency_stop import NORMAL, Latch
from domain.shared.enums import Side
from tests.builders import BTC, ETH

pytestmark = pytest.mark.unit


def an_exit(name: str, kind: OrderKind) -> PlaceExit:
    return PlaceExit(name, BTC, Side.SELL, kind, None, None, None)


def test_closes_are_first_the_rest_keeps_its_order_and_one_reading_is_last() -> None:
    cancel, stop = CancelOrder("c", ETH, of_entry=True), an_exit("s", OrderKind.STOP_MARKET)
    closes = [an_exit(name, OrderKind.MARKET) for name in "xy"]
    read = ReadAccount(1)
    asked = (
        SetLatch(1, Latch(1, NORMAL, (), (), 0, 0.0, 0.0)),
        read,
        cancel,
        closes[0],
        Page(1, Severity.INFO, "x"),
        stop,
        NoteEmergency(1, 1, active=True, reason="x"),
        ReadAccount(2),
        closes[1],
    )
    assert urgent_first(asked) == [*closes, cancel, stop, read]


def test_a_venue_that_is_played_is_not_asked_for_single_orders() -> None:
    assert urgent_first((QueryOrder(1, "a", BTC),)) == []


def test_nothing_is_nothing() -> None:
    assert urgent_first(()) == []
