"""What may follow what, of trades and orders: the closure of the domain's tables."""

from itertools import product

import pytest

from application.errors import IllegalTransition
from application.transitions import ORDERS, TRADES, Standing, require_legal
from domain.execution.order import TERMINAL, OrderState
from domain.execution.trade import TradeState
from tests.builders import D

pytestmark = pytest.mark.unit


def test_what_is_new_may_be_anything() -> None:
    for state in (*OrderState, *TradeState):
        require_legal("it", None, Standing(state, D(0), ()))


def test_every_pair_is_legal_or_refused_by_name() -> None:
    pairs: list[tuple[OrderState | TradeState, OrderState | TradeState, bool]] = []
    pairs += ((a, b, b in ORDERS[a]) for a, b in product(OrderState, OrderState))
    pairs += ((a, b, b in TRADES[a]) for a, b in product(TradeState, TradeState))
    refused = 0
    for before, after, is_legal in pairs:
        stands = Standing(before, D(1), ("B",)), Standing(after, D(1), ("B",))
        if is_legal:
            require_legal("it", *stands)
            continue
        refused += 1
        with pytest.raises(IllegalTransition, match=f"it: {before} .* {after}"):
            require_legal("it", *stands)
    assert refused > 50


def test_an_order_that_ended_and_a_trade_that_closed_stay_so() -> None:
    assert all(ORDERS[state] == {state} for state in TERMINAL)
    assert TRADES[TradeState.CLOSED] == {TradeState.CLOSED}


def test_a_trade_never_goes_back_to_what_was_before_it_was_sent() -> None:
    early = {TradeState.PROPOSED, TradeState.PERMITTED}
    for state in set(TradeState) - early:
        assert not TRADES[state] & early


@pytest.mark.parametrize(
    "after",
    [
        Standing(OrderState.PARTIALLY_FILLED, D("0.9"), ("T", "BTCUSDT")),
        Standing(OrderState.PARTIALLY_FILLED, D(1), ("T", "ETHUSDT")),
    ],
)
def test_an_amount_never_falls_and_an_identity_never_changes(after: Standing) -> None:
    before = Standing(OrderState.PARTIALLY_FILLED, D(1), ("T", "BTCUSDT"))
    with pytest.raises(IllegalTransition, match=r"it: .*stored"):
        require_legal("it", before, after)
