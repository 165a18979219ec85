"""Sides and their signs."""

import pytest

from domain.shared.enums import Side

pytestmark = pytest.mark.unit


def test_a_buy_counts_up_and_a_sell_counts_down() -> None:
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)


@pytest.mark.parametrize("side", Side)
def test_the_opposite_of_the_opposite_is_the_side_itself(side: Side) -> None:
    assert side.opposite is not side
    assert side.opposite.opposite is side
