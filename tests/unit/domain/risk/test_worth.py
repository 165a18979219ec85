"""What a trade is worth before it is made."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.worth import edge_r
from tests.unit.domain.risk.scenes import a_proposal

pytestmark = pytest.mark.unit


def test_a_coin_toss_at_two_to_one_earns_half_an_r_before_costs() -> None:
    even = a_proposal(stop="0.02", reward="0.04", costs="0")
    assert edge_r(0.5, even) == pytest.approx(0.5)
    assert edge_r(1 / 3, even) == pytest.approx(0.0)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_confidence_is_never_worth_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert edge_r(low, a_proposal()) <= edge_r(high, a_proposal())


def test_costs_are_paid_by_the_win_and_by_the_loss() -> None:
    assert edge_r(0.5, a_proposal(costs="0.005")) == pytest.approx(0.5 * 0.035 / 0.025 - 0.5)


def test_funding_is_paid_by_the_win_and_by_the_loss() -> None:
    free = a_proposal(stop="0.02", reward="0.04", costs="0")
    assert edge_r(0.5, free, 0.004) == pytest.approx(edge_r(0.5, free) - 0.2)


@pytest.mark.parametrize("stop", ["0", "-0.1", "NaN"])
def test_without_a_stop_no_edge_is_known(stop: str) -> None:
    assert math.isnan(edge_r(0.9, a_proposal(stop=stop, costs="0")))
