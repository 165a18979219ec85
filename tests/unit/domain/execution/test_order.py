"""The life of an order, cell by cell."""

from itertools import product

import pytest

from domain.execution.messages import OrderKind
from domain.execution.order import TERMINAL, TRANSITIONS, Order, OrderEvent, OrderState, after
from domain.shared.amounts import ZERO
from domain.shared.enums import Side
from domain.shared.identity import Leg
from tests.builders import BTC, D

pytestmark = pytest.mark.unit

CELLS = list(product(OrderState, OrderEvent))
# What each event leads to, wherever it is expected.
LEADS_TO = {
    OrderEvent.SENT: OrderState.SUBMITTED,
    OrderEvent.ACCEPT: OrderState.ACCEPTED,
    OrderEvent.PART: OrderState.PARTIALLY_FILLED,
    OrderEvent.FILL: OrderState.FILLED,
    OrderEvent.CANCEL: OrderState.CANCELED,
    OrderEvent.REJECT: OrderState.REJECTED,
    OrderEvent.EXPIRE: OrderState.EXPIRED,
    OrderEvent.LOSE: OrderState.UNKNOWN,
}
# Where it is not: once acknowledged an order cannot be rejected, once lost not be lost again.
UNEXPECTED = {
    OrderState.SUBMITTED: {OrderEvent.SENT},
    OrderState.ACCEPTED: {OrderEvent.SENT, OrderEvent.ACCEPT, OrderEvent.REJECT},
    OrderState.PARTIALLY_FILLED: {OrderEvent.SENT, OrderEvent.ACCEPT, OrderEvent.REJECT},
    OrderState.UNKNOWN: {OrderEvent.SENT, OrderEvent.LOSE},
    **{state: set(OrderEvent) for state in TERMINAL},
}


def an_order(state: OrderState) -> Order:
    kind = OrderKind.MARKET
    return Order("id", "trade", BTC, Side.BUY, kind, Leg.ENTRY, D(1), None, ZERO, state, 0)


@pytest.mark.parametrize(("state", "event"), CELLS)
def test_every_cell_leads_where_its_event_leads_or_nowhere(
    state: OrderState, event: OrderEvent
) -> None:
    moved = after(an_order(state), event)
    if event in UNEXPECTED.get(state, set()):
        assert moved is None
    else:
        assert moved == an_order(LEADS_TO[event])


def test_the_table_is_total() -> None:
    assert set(TRANSITIONS) == set(OrderState)
    assert {len(row) for row in TRANSITIONS.values()} == {len(OrderEvent)}


@pytest.mark.parametrize("event", OrderEvent)
@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_a_terminal_state_is_never_left(state: OrderState, event: OrderEvent) -> None:
    assert after(an_order(state), event) is None
