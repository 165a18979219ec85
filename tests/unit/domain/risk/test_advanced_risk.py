"""Portfolio measures, against figures worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market.messages import Measures
from domain.risk.advanced_risk import (
    NO_MEASURES,
    Held,
    MeasureBook,
    Tail,
    beta_of,
    cluster_of,
    correlation_of,
    effective_exposure,
    indexed,
    lost_at_stops,
    tail_of,
)
from domain.shared.enums import Side
from tests.builders import BTC, ETH
from tests.unit.domain.risk.scenes import a_book, held

pytestmark = pytest.mark.unit

SOL = "SOLUSDT"
DAY = math.sqrt(24)


def book_of(**paths: tuple[float, ...]) -> MeasureBook:
    return indexed(Measures(0, tuple(paths.items()), (), ()))


def test_value_at_risk_is_the_loss_that_one_hour_in_a_hundred_exceeds() -> None:
    path = tuple(n / 1000 for n in range(-100, 100))
    tail = tail_of((held(BTC, notional=1000.0),), book_of(BTCUSDT=path))
    assert tail.value_at_risk == pytest.approx(98 * DAY)
    assert tail.expected_shortfall == pytest.approx(99 * DAY)


def test_a_short_fears_the_rise() -> None:
    path = (0.05, -0.01, -0.01)
    long, short = (
        tail_of((Held(BTC, side, 100.0),), book_of(BTCUSDT=path)) for side in (Side.BUY, Side.SELL)
    )
    assert long.value_at_risk == pytest.approx(1.0 * DAY)
    assert short.value_at_risk == pytest.approx(5.0 * DAY)


def test_a_hedge_of_the_same_path_leaves_no_tail_and_no_gain_is_a_loss() -> None:
    book = a_book()
    assert tail_of((held(BTC), held(ETH, Side.SELL)), book) == Tail(0.0, 0.0)
    assert tail_of((held(BTC),), a_book(moves=(0.01, 0.02))) == Tail(0.0, 0.0)


@given(st.lists(st.tuples(st.sampled_from(Side), st.floats(1, 1e4)), min_size=1, max_size=11))
def test_any_number_of_positions_adds_up_scenario_by_scenario(
    positions: list[tuple[Side, float]],
) -> None:
    names = [f"S{n}USDT" for n in range(len(positions))]
    paths = {
        name: tuple(0.01 * ((n * k) % 7 - 3) for k in range(50)) for n, name in enumerate(names)
    }
    holding = [Held(name, *p) for name, p in zip(names, positions, strict=True)]
    losses = sorted(
        -sum(h.side.sign * h.notional * paths[h.symbol][k] for h in holding) for k in range(50)
    )
    tail = tail_of(holding, book_of(**paths))
    assert tail.value_at_risk == pytest.approx(max(losses[-1], 0.0) * DAY)
    assert tail.expected_shortfall >= tail.value_at_risk - 1e-9


@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=300))
def test_the_shortfall_is_never_less_than_the_value_at_risk(path: list[float]) -> None:
    tail = tail_of((held(BTC),), book_of(BTCUSDT=tuple(path)))
    assert tail.expected_shortfall >= tail.value_at_risk * (1 - 1e-12)


@pytest.mark.parametrize("notional", [math.nan, math.inf])
def test_a_tail_of_what_is_not_known_is_not_known(notional: float) -> None:
    assert math.isnan(tail_of((held(BTC, notional=notional),), a_book(moves=(0.0, 0.1)))[0])


def test_what_has_no_scenarios_is_lost_at_its_stop() -> None:
    holding = (held(BTC, notional=100.0), held(SOL, Side.SELL, 200.0))
    assert lost_at_stops(holding, a_book(), 0.05) == 10.0
    assert tail_of(holding, a_book()) == tail_of(holding[:1], a_book())
    assert tail_of(holding, NO_MEASURES) == Tail(0.0, 0.0)


@pytest.mark.parametrize("path", [(), (0.01,), (0.01, math.nan), (0.01, math.inf)])
def test_scenarios_too_few_or_not_finite_are_unknown(path: tuple[float, ...]) -> None:
    assert SOL not in book_of(BTCUSDT=(0.1, 0.2), SOLUSDT=path).scenarios


def test_a_pair_is_found_in_either_order_and_a_nan_is_unknown() -> None:
    book = indexed(Measures(7, (), ((BTC, ETH, 0.4), (BTC, SOL, math.nan)), ((BTC, math.nan),)))
    assert (correlation_of(BTC, ETH, book), correlation_of(ETH, BTC, book)) == (0.4, 0.4)
    assert correlation_of(SOL, BTC, book) == 1.0
    assert beta_of(BTC, book) == 1.0
    assert book.at_ms == 7


def test_effective_exposure_weighs_with_beta_and_nets_sides() -> None:
    book = a_book(BTCUSDT=0.5, ETHUSDT=2.0)
    holding = (held(BTC, notional=100.0), held(ETH, Side.SELL, 100.0), held(SOL, notional=10.0))
    assert effective_exposure(holding, book) == 50.0 - 200.0 + 10.0


@pytest.mark.parametrize(
    ("rho", "ours", "theirs", "together"),
    [
        (0.9, Side.BUY, Side.BUY, True),
        (0.9, Side.BUY, Side.SELL, False),
        (0.9, Side.SELL, Side.SELL, True),
        (0.8, Side.BUY, Side.BUY, False),
        (-0.9, Side.BUY, Side.SELL, True),
        (-0.9, Side.BUY, Side.BUY, False),
        (0.1, Side.BUY, Side.BUY, False),
    ],
)
def test_positions_that_win_and_lose_together_are_a_cluster(
    rho: float,
    ours: Side,
    theirs: Side,
    together: bool,  # noqa: FBT001 - a case
) -> None:
    found = cluster_of(BTC, ours, (held(ETH, theirs),), a_book(rho), 0.8)
    assert bool(found) is together


@pytest.mark.parametrize(("theirs", "together"), [(Side.BUY, True), (Side.SELL, False)])
def test_an_unknown_pair_counts_as_high(theirs: Side, together: bool) -> None:  # noqa: FBT001 - a case
    assert bool(cluster_of(BTC, Side.BUY, (held(SOL, theirs),), a_book(), 0.8)) is together
