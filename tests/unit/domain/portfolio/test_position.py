"""A position is a fold over fills that loses not one decimal."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.portfolio.position import Position, after_fill, flat
from domain.shared.amounts import MONEY_STEP, ZERO
from domain.shared.enums import Side
from tests.builders import BTC, D

pytestmark = pytest.mark.unit

FILLS = st.lists(
    st.tuples(
        st.sampled_from(list(Side)),
        st.decimals("0.001", "1000", places=3),
        st.decimals("0.01", "100000", places=2),
    ),
    max_size=25,
)


def held(quantity: str, cost: str) -> Position:
    return Position(BTC, D(quantity), D(cost))


@given(FILLS, st.decimals("0.01", "100000", places=2))
def test_realised_and_unrealised_are_exactly_the_cash_that_flowed(
    fills: list[tuple[Side, Decimal, Decimal]], mark: Decimal
) -> None:
    position, realised, cash = flat(BTC), ZERO, ZERO
    for side, quantity, price in fills:
        position, gained = after_fill(position, side, quantity, price)
        realised += gained
        cash -= side.sign * quantity * price
    unrealised = position.quantity * mark - position.cost
    assert realised + unrealised == cash + position.quantity * mark


@given(FILLS)
def test_cost_and_quantity_share_their_sign_and_end_together(
    fills: list[tuple[Side, Decimal, Decimal]],
) -> None:
    position = flat(BTC)
    for side, quantity, price in fills:
        position, _ = after_fill(position, side, quantity, price)
        assert (position.quantity == 0) <= (position.cost == 0)
        # What rounding a share leaves stays in the cost: at most half a step a close.
        assert position.cost * position.quantity >= -MONEY_STEP * len(fills) * abs(
            position.quantity
        )


@given(
    st.decimals("0.01", "100000", places=2),
    st.lists(st.integers(1, 50), min_size=1, max_size=8),
    st.decimals("0.01", "100000", places=2),
)
def test_closing_in_parts_earns_exactly_what_closing_at_once_earns(
    entry: Decimal, parts: list[int], leave: Decimal
) -> None:
    whole = D(sum(parts)) / 1000
    opened, _ = after_fill(flat(BTC), Side.BUY, whole, entry)
    position, total = opened, ZERO
    for part in parts:
        position, gained = after_fill(position, Side.SELL, D(part) / 1000, leave)
        total += gained
    assert position == flat(BTC)
    assert total == after_fill(opened, Side.SELL, whole, leave)[1]


@pytest.mark.parametrize(
    ("before", "side", "after", "realised"),
    [
        (held("2", "200"), Side.BUY, held("5", "530"), "0"),
        (held("-2", "-200"), Side.SELL, held("-5", "-530"), "0"),
        (held("5", "500"), Side.SELL, held("2", "200"), "30"),
        (held("-5", "-500"), Side.BUY, held("-2", "-200"), "-30"),
        (held("3", "300"), Side.SELL, held("0", "0"), "30"),
        (held("1", "100"), Side.SELL, held("-2", "-220"), "10"),
        (held("-1", "-100"), Side.BUY, held("2", "220"), "-10"),
    ],
    ids=["add long", "add short", "part long", "part short", "close", "flip long", "flip short"],
)
def test_a_fill_of_three_at_110(
    before: Position, side: Side, after: Position, realised: str
) -> None:
    assert after_fill(before, side, D(3), D(110)) == (after, D(realised))


def test_the_side_and_the_average_of_a_position() -> None:
    assert (held("2", "210").side, held("2", "210").entry_price) == (Side.BUY, D(105))
    assert (held("-2", "-210").side, held("-2", "-210").entry_price) == (Side.SELL, D(105))
