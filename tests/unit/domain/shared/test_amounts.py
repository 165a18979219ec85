"""Amounts are rounded on purpose, and never up where that would be more than was approved."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.amounts import (
    MONEY_STEP,
    ceil_to,
    decimal_of,
    floor_to,
    money,
    nearest,
    round_down,
)

pytestmark = pytest.mark.unit

D = Decimal
AMOUNTS = st.decimals("-1e9", "1e9", places=8)
STEPS = st.sampled_from([D("0.00001"), D("0.001"), D("0.05"), D("0.1"), D(1), D(5), D(100)])


@given(AMOUNTS, STEPS)
def test_rounding_down_is_never_larger_than_the_amount(amount: Decimal, step: Decimal) -> None:
    rounded = round_down(amount, step)
    assert abs(rounded) <= abs(amount) < abs(rounded) + step
    assert rounded % step == 0


@given(AMOUNTS, STEPS)
def test_floor_and_ceiling_enclose_the_amount_less_than_a_step_apart(
    amount: Decimal, step: Decimal
) -> None:
    low, high = floor_to(amount, step), ceil_to(amount, step)
    assert low <= amount <= high
    assert high - low in (0, step)
    assert nearest(amount, step) in (low, high)


@given(AMOUNTS, STEPS)
def test_what_lies_on_the_grid_stays_where_it_is(amount: Decimal, step: Decimal) -> None:
    on_grid = nearest(amount, step)
    for rounding in (round_down, floor_to, ceil_to, nearest):
        assert rounding(on_grid, step) == on_grid


@given(st.lists(st.decimals("-1e6", "1e6", places=12), max_size=12))
def test_a_sum_of_money_does_not_depend_on_its_order(amounts: list[Decimal]) -> None:
    held = [money(a) for a in amounts]
    assert sum(held) == sum(reversed(held)) == sum(sorted(held))
    assert all(a % MONEY_STEP == 0 for a in held)


@pytest.mark.parametrize(
    ("amount", "held"),
    [("0.000000005", "0"), ("0.000000015", "0.00000002"), ("-0.000000015", "-0.00000002")],
)
def test_halves_of_money_go_to_the_even_neighbour(amount: str, held: str) -> None:
    assert money(D(amount)) == D(held)


@given(st.integers(-(10**9), 10**9), STEPS)
def test_a_float_stands_for_the_multiple_nearest_to_it(count: int, step: Decimal) -> None:
    exact = count * step
    assert decimal_of(float(exact), step) == exact


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_float_that_is_not_finite_stands_for_nothing(number: float) -> None:
    with pytest.raises((ValueError, OverflowError)):
        decimal_of(number, D("0.1"))
