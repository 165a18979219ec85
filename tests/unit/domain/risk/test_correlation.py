"""What moves together is capped together."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.correlation import correlation
from domain.risk.verdict import Check, Objection
from domain.shared.enums import Side
from tests.builders import BTC, D, a_policy
from tests.unit.domain.risk.scenes import a_book, a_proposal, a_scene, held

pytestmark = pytest.mark.unit

CALM = a_book(0.9, moves=(0.001, -0.001))


def gate(notional: str = "400", **scene: Any) -> Check:  # noqa: ANN401 - any field
    return correlation(a_proposal(notional=notional), a_scene(**scene))


@pytest.mark.parametrize(
    ("open_", "objection", "factor"),
    [
        ((), None, 1.0),
        ((held(notional=800.0),), None, 1.0),
        ((held(notional=900.0),), None, 0.75),
        ((held(notional=1200.0),), Objection.CORRELATED, 0.0),
        ((held(notional=700.0), held("SOLUSDT", notional=400.0)), None, 0.25),
        ((held(side=Side.SELL, notional=5000.0),), None, 1.0),
    ],
    ids=["alone", "room", "some room", "no room", "unknown counts as high", "a hedge"],
)
def test_a_cluster_is_reduced_to_its_room_or_blocked(
    open_: tuple[Any, ...], objection: Objection | None, factor: float
) -> None:
    check = gate(held=open_, measures=CALM)
    assert check.objection is objection
    assert float(check.factor) == pytest.approx(factor)


def test_long_bitcoin_and_ether_leave_solana_what_the_cap_leaves() -> None:
    both = (held(BTC, notional=500.0), held(notional=500.0))
    wanted = a_proposal(notional="500")
    solana = wanted._replace(quote=wanted.quote._replace(symbol="SOLUSDT"))
    check = correlation(solana, a_scene(held=both))
    assert float(check.factor * D(500)) == pytest.approx(200.0)
    assert (check.value, check.limit) == (1500.0, 1200.0)


def test_little_correlation_leaves_a_position_alone() -> None:
    assert gate(held=(held(notional=5000.0),), measures=a_book(0.5)).factor == 1


@given(st.floats(0, 2_000), st.decimals("1", "1e5", places=2))
def test_no_cluster_ever_exceeds_its_cap(open_: float, wanted: str) -> None:
    check = gate(str(wanted), held=(held(notional=open_),), measures=CALM)
    added = float(check.factor) * min(float(wanted), 500.0)
    assert added == 0.0 or open_ + added <= 1200.0 + 1e-6


def test_a_tail_beyond_the_cap_is_blocked_and_its_figures_told() -> None:
    wild = a_book(0.0, moves=(0.6, -0.6))
    check = gate(measures=wild)
    assert check.objection is Objection.VALUE_AT_RISK
    assert (check.value, check.limit) == pytest.approx((240 * math.sqrt(24), 1000.0))
    calm = gate(measures=CALM)
    assert calm.objection is None
    assert (calm.value, calm.limit) == pytest.approx((0.4 * math.sqrt(24), 1000.0))


def test_without_scenarios_a_trade_risks_its_stop() -> None:
    assert gate().value == pytest.approx(400 * 0.02)
    with_others = gate(held=(held(side=Side.SELL, notional=1000.0),))
    assert with_others.value == pytest.approx(400 * 0.02 + 1000 * 0.05)


def test_a_desk_leaning_too_far_with_the_market_is_blocked() -> None:
    leaning = (held(notional=49_700.0),)
    book = a_book(0.0, moves=(0.0001, -0.0001))
    assert gate(held=leaning, measures=book).objection is Objection.EFFECTIVE_EXPOSURE
    assert gate("300", held=leaning, measures=book).objection is None
    heavy = a_book(0.0, moves=(0.0001, -0.0001), ETHUSDT=1.1)
    assert gate("300", held=leaning, measures=heavy).objection is Objection.EFFECTIVE_EXPOSURE


@pytest.mark.parametrize("notional", [math.nan, -math.inf, -5000.0])
def test_what_is_held_but_not_known_lets_nothing_by(notional: float) -> None:
    assert gate(held=(held(notional=notional),)).objection is not None


def test_a_policy_for_which_nothing_is_correlated_caps_no_cluster() -> None:
    scene = a_scene(a_policy(correlation_max=1.0), held=(held(notional=5000.0),))
    assert correlation(a_proposal(), scene).factor == 1
