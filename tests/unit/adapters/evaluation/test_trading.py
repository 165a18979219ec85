from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.evaluation.trading import (
    Lane,
    Terms,
    bar_returns,
    by_day,
    held_returns,
    random_trades,
    trades_of,
)
from tests.fakes.bars import INTERVAL_MS, START_MS, array, random_bars

pytestmark = pytest.mark.unit

TERMS = Terms(horizon=10, barrier_atr=2.0, cost_side=0.001)


def lane(closes: list[float], *, funding: float = 0.0) -> Lane:
    """Return bars that open where the one before closed, an ATR of 1, no wicks."""
    close = np.array(closes)
    opened = np.concatenate([close[:1], close[:-1]])
    times = START_MS + INTERVAL_MS * np.arange(len(close))
    high, low = np.maximum(opened, close), np.minimum(opened, close)
    rates = np.full(len(close), funding)
    return Lane("BTCUSDT", times, opened, high, low, close, np.ones(len(close)), rates, 0)


def random_lane(seed: int, rows: int) -> Lane:
    bars = random_bars(seed, rows)
    opened, high, low, close = (array(column) for column in bars[3:7])
    rates = np.random.default_rng(seed).normal(0, 1e-4, rows)
    times = array(bars.open_time).astype(np.int64)
    return Lane("BTCUSDT", times, opened, high, low, close, np.full(rows, 0.3), rates, 0)


def wish(rows: int, at: int, side: int) -> np.ndarray:
    sides = np.zeros(rows, np.int8)
    sides[at] = side
    return sides


@pytest.mark.parametrize(
    ("closes", "side", "gross"),
    [
        ([100, 100, 101, 102, 103], 1, 0.02),
        ([100, 100, 101, 102, 103], -1, -0.02),
        ([100, 100, 99, 98, 97], -1, 0.02),
        ([100, 100, 99, 98, 97], 1, -0.02),
        ([100, 100, 100.5, 100.5, 101], 1, 0.01),
    ],
)
def test_a_trade_ends_at_its_barrier_or_its_time_and_pays_both_ends(
    closes: list[float], side: int, gross: float
) -> None:
    trades = trades_of(lane(closes), wish(5, 0, side), TERMS)

    assert len(trades) == 1
    assert trades[0].entry == 1
    assert trades[0].net == pytest.approx(gross - 0.002)


def test_a_bar_that_touches_both_barriers_is_lost() -> None:
    wide = lane([100, 100, 100, 100])
    wide = wide._replace(high=wide.high + 3, low=wide.low - 3)

    assert trades_of(wide, wish(4, 0, 1), TERMS)[0].net == pytest.approx(-0.022)
    assert trades_of(wide, wish(4, 0, -1), TERMS)[0].net == pytest.approx(-0.022)


def test_a_gap_through_the_stop_fills_at_the_open() -> None:
    gapped = lane([100, 100, 90, 90])
    gapped.open[2] = 91.0

    assert trades_of(gapped, wish(4, 0, 1), TERMS)[0].net == pytest.approx(-0.09 - 0.002)


def test_longs_pay_the_funding_and_shorts_earn_it() -> None:
    flat = lane([100.0] * 6, funding=0.001)
    terms = TERMS._replace(horizon=3)

    assert trades_of(flat, wish(6, 0, 1), terms)[0].net == pytest.approx(-0.003 - 0.002)
    assert trades_of(flat, wish(6, 0, -1), terms)[0].net == pytest.approx(0.003 - 0.002)


@settings(max_examples=30)
@given(seed=st.integers(0, 20))
def test_the_bars_of_all_trades_sum_to_their_nets_and_no_two_overlap(seed: int) -> None:
    market = random_lane(seed, 400)
    sides = np.random.default_rng(seed).integers(-1, 2, 400).astype(np.int8)
    trades = trades_of(market, sides, TERMS)

    assert bar_returns(market, trades, TERMS).sum() == pytest.approx(
        sum(trade.net for trade in trades), abs=5e-3
    )
    assert all(a.exit <= b.signal for a, b in pairwise(trades))


def test_random_entries_are_as_many_with_other_moments() -> None:
    market = random_lane(3, 4_000)
    sides = np.zeros(4_000, np.int8)
    sides[::50] = 1
    sides[::100] = -1
    like = trades_of(market, sides, TERMS)
    luck = random_trades(market, like, TERMS, 1)

    assert len(luck) >= 0.9 * len(like)
    assert [t.signal for t in luck] != [t.signal for t in like]
    assert luck == random_trades(market, like, TERMS, 1)
    assert random_trades(market, [], TERMS, 1) == []


def test_holding_earns_the_sum_of_the_moves_less_two_ends() -> None:
    assert held_returns(lane([100, 100, 110, 121]), TERMS).sum() == pytest.approx(0.2 - 0.002)


def test_days_are_the_mean_over_the_lanes() -> None:
    market = random_lane(1, 600)
    earned = np.full(600, 0.01)
    days = by_day([market, market], [earned, earned], START_MS, START_MS + 600 * INTERVAL_MS)

    assert len(days) == 3
    assert days.sum() == pytest.approx(6.0)
    assert days[0] == pytest.approx(2.88)
