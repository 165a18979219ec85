"""Every state of a stop has its answer, and beyond the bound there is only one."""

from decimal import Decimal
from itertools import product
from typing import Final

import pytest

from domain.execution.dynamic_tpsl import ExitPlan
from domain.execution.messages import OrderKind
from domain.execution.order import TERMINAL, Order, OrderState
from domain.execution.protection import WITHIN_BOUND, Cover, Guard, cover, orphans
from domain.execution.trade import Trade, TradePlan, begun
from domain.market.messages import Regime
from domain.shared.amounts import ZERO
from domain.shared.enums import Side
from domain.shared.identity import Leg
from tests.builders import BTC, D

pytestmark = pytest.mark.unit

STOP: Final = D(98)
BOUND_MS: Final = 5_000
BEGAN: Final = 1_000
STATES: Final = [None, *OrderState]
MOMENTS: Final = [BEGAN - 1, BEGAN, BEGAN + BOUND_MS, BEGAN + BOUND_MS + 1, BEGAN + 10**9]
ETH: Final = "ETHUSDT"


def at(guard: Guard, at_ms: int) -> Cover:
    return cover(guard, at_ms, BOUND_MS)


@pytest.mark.parametrize(
    ("state", "at_ms", "covered"), [*product(STATES, MOMENTS, [None, D(1), D(2)])]
)
def test_what_is_covered_is_fine_whatever_else_is_under_way(
    state: OrderState | None, at_ms: int, covered: Decimal | None
) -> None:
    assert at(Guard(D(1), covered, state, BEGAN), at_ms) is Cover.FINE


@pytest.mark.parametrize(("state", "at_ms", "held"), [*product(STATES, MOMENTS, [ZERO, D(-1)])])
def test_what_is_not_held_needs_no_stop(
    state: OrderState | None, at_ms: int, held: Decimal
) -> None:
    assert at(Guard(held, ZERO, state, BEGAN), at_ms) is Cover.FINE


@pytest.mark.parametrize(("state", "at_ms"), [*product(STATES, MOMENTS)])
def test_what_is_leaving_needs_no_stop(state: OrderState | None, at_ms: int) -> None:
    assert at(Guard(D(1), ZERO, state, BEGAN, is_leaving=True), at_ms) is Cover.FINE


@pytest.mark.parametrize(("state", "covered"), [*product(STATES, [ZERO, D("0.999")])])
def test_beyond_the_bound_there_is_one_answer(state: OrderState | None, covered: Decimal) -> None:
    guard = Guard(D(1), covered, state, BEGAN)
    assert at(guard, BEGAN + BOUND_MS) is WITHIN_BOUND[state]
    assert at(guard, BEGAN + BOUND_MS + 1) is Cover.LEAVE


def test_within_the_bound_every_state_has_its_answer() -> None:
    assert set(WITHIN_BOUND) == set(STATES)
    waits = {state for state, answer in WITHIN_BOUND.items() if answer is Cover.WAIT}
    assert waits == {
        OrderState.INTENT,
        OrderState.SUBMITTED,
        OrderState.UNKNOWN,
        OrderState.PARTIALLY_FILLED,
    }
    leaves = {state for state, answer in WITHIN_BOUND.items() if answer is Cover.LEAVE}
    assert leaves == {OrderState.REJECTED, OrderState.FILLED}


def test_nothing_waits_for_a_stop_that_has_ended() -> None:
    assert all(WITHIN_BOUND[state] is not Cover.WAIT for state in TERMINAL)
    assert Cover.FINE not in WITHIN_BOUND.values()


@pytest.mark.parametrize("state", STATES)
def test_time_never_turns_an_answer_back(state: OrderState | None) -> None:
    guard = Guard(D(1), ZERO, state, BEGAN)
    answers = [at(guard, at_ms) is Cover.LEAVE for at_ms in MOMENTS]
    assert answers == sorted(answers)


PLAN: Final = TradePlan(
    "BTCUSDT-1",
    BTC,
    Side.BUY,
    1,
    D(100),
    D(1),
    1,
    ExitPlan(D("0.02"), ((D(1), D("0.03")),), D("0.001")),
    D(1),
    0.9,
    Regime.RANGE,
)
OPEN: Final = begun(PLAN)._replace(bought=D(1), cost=D(100), stop_wanted=D(98))
PROTECTED: Final = OPEN._replace(stop=D(98), stop_id="stop")


def an_order(name: str, leg: Leg, trade_id: str = PLAN.trade_id, price: Decimal = STOP) -> Order:
    kind, state = OrderKind.STOP_MARKET, OrderState.ACCEPTED
    return Order(name, trade_id, BTC, Side.SELL, kind, leg, None, price, ZERO, state, 1)


@pytest.mark.parametrize("leg", sorted({Leg.ENTRY, Leg.STOP, Leg.TARGET}))
def test_an_order_whose_trade_is_over_is_an_orphan(leg: Leg) -> None:
    left = [an_order("left", leg, "BTCUSDT-0")]
    assert orphans(left, {}) == ("left",)
    assert orphans(left, {BTC: PROTECTED}) == ("left",)
    assert orphans([an_order("mine", leg)], {ETH: PROTECTED}) == ("mine",)


def test_a_close_is_no_orphan_for_it_can_only_reduce() -> None:
    assert orphans([an_order("close", Leg.EXIT, "BTCUSDT-0")], {}) == ()


@pytest.mark.parametrize(
    ("trade", "name", "price", "needed"),
    [
        (OPEN, "first", D(98), True),
        (OPEN, "first", D(1), True),
        (PROTECTED, "stop", D(98), True),
        (PROTECTED, "old", D(97), False),
        (PROTECTED._replace(stop_wanted=D(99)), "better", D(99), True),
        (PROTECTED._replace(stop_wanted=D(99)), "stop", D(98), True),
        (PROTECTED._replace(stop_wanted=D(99)), "old", D(97), False),
    ],
)
def test_a_stop_that_a_better_one_has_replaced_is_an_orphan(
    trade: Trade, name: str, price: Decimal, *, needed: bool
) -> None:
    found = orphans([an_order(name, Leg.STOP, price=price)], {BTC: trade})
    assert found == (() if needed else (name,))


def test_entries_and_targets_of_a_living_trade_are_needed() -> None:
    legs = sorted({Leg.ENTRY, Leg.TARGET})
    assert orphans([an_order(leg, leg, price=D(1)) for leg in legs], {BTC: PROTECTED}) == ()
