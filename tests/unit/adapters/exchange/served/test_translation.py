"""Between the words of the wire and those of the house: nothing is lost on the way."""

from itertools import product

import pytest

from adapters.exchange.served import protocol
from adapters.exchange.served.translation import command_of, order_of, report_of, told_of
from domain.execution.messages import (
    FundingSettled,
    Liquidity,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderKind,
    OrderRejected,
    Permit,
    PlaceEntry,
    Report,
)
from domain.shared.enums import Side
from tests.unit.adapters.exchange.simulated.scene import AAA, D, entry, leave

pytestmark = pytest.mark.unit

NOW = 1_750_000_000_000


@pytest.mark.parametrize(("side", "kind"), list(product(Side, OrderKind)))
def test_an_exit_comes_out_of_the_wire_as_it_went_in(side: Side, kind: OrderKind) -> None:
    command = leave(side, kind, quantity="1.25", price="99.5", trigger="98", name="qt0-a-x1")
    assert command_of(order_of(command)) == command


@pytest.mark.parametrize(("side", "kind"), list(product(Side, OrderKind)))
def test_an_entry_comes_out_of_the_wire_without_its_permit_alone(
    side: Side, kind: OrderKind
) -> None:
    command = entry(side, "1.25", kind, "99.5", collar="101")
    read = command_of(order_of(command))
    assert isinstance(read, PlaceEntry)
    assert read == command._replace(permit=Permit(0, 0, 0))


@pytest.mark.parametrize(
    ("kind", "reduce_only"),
    [
        (OrderKind.MARKET, False),
        (OrderKind.LIMIT, True),
        (OrderKind.LIMIT, False),
        (OrderKind.POST_ONLY, False),
        (OrderKind.STOP_MARKET, True),
        (OrderKind.TAKE_PROFIT_MARKET, True),
    ],
)
def test_an_order_that_lacks_what_its_kind_needs_is_none(
    kind: OrderKind,
    reduce_only: bool,  # noqa: FBT001 - a case of the table
) -> None:
    assert command_of(protocol.Order("a", AAA, Side.BUY, kind, reduce_only)) is None


@pytest.mark.parametrize(
    "report",
    [
        OrderAccepted(NOW, "a", AAA),
        OrderFilled(
            NOW, "a", AAA, Side.SELL, D("1.5"), D("99.5"), D("-0.01"), Liquidity.MAKER, "t1", D(0)
        ),
        OrderCanceled(NOW, "a", AAA, "reduce_only_flat"),
        FundingSettled(NOW, AAA, D("0.0001"), D("-0.5")),
    ],
    ids=lambda report: type(report).__name__,
)
def test_a_report_comes_out_of_the_stream_stamped_with_our_time(report: Report) -> None:
    told = told_of(report)
    assert told is not None
    read = report_of(protocol.told_of(protocol.encoded(told)), NOW + 7)
    assert read == report._replace(at_ms=NOW + 7)


def test_what_is_answered_is_not_told_on_the_stream() -> None:
    assert told_of(OrderRejected(NOW, "a", AAA, "margin")) is None
