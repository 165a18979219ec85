from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.features import indicators as ta

pytestmark = pytest.mark.unit

SIZES = (1, 2, 13, 64, 65, 300, 4_200)


def walk(rows: int, seed: int = 3) -> ta.Floats:
    return 50 + np.cumsum(np.random.default_rng(seed).normal(0, 1, rows))


@pytest.mark.parametrize("rows", SIZES)
def test_a_decayed_sum_is_its_recursion(rows: int) -> None:
    values, expected, last = walk(rows), [], 7.0
    for value in values:
        last = 0.9 * last + value
        expected.append(last)

    assert np.allclose(ta.decayed_sum(values, 0.9, 7.0), expected, rtol=1e-12)


def test_a_decayed_sum_of_nothing_is_nothing() -> None:
    assert len(ta.decayed_sum(np.empty(0), 0.9)) == 0


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("length", [1, 2, 3, 7, 20, 64, 96])
def test_rolling_answers_are_those_of_every_single_window(rows: int, length: int) -> None:
    values = walk(rows)
    full = range(length, rows + 1)
    windows = [values[end - length : end] for end in full]
    head = min(length - 1, rows)
    for rolling, plain in (
        (ta.rolling_sum, np.sum),
        (ta.rolling_max, np.max),
        (ta.rolling_min, np.min),
        (ta.rolling_std, np.std),
    ):
        answer = rolling(values, length)
        assert len(answer) == rows
        assert np.isnan(answer[:head]).all()
        expected = [plain(window) for window in windows]
        assert np.allclose(answer[head:], expected, rtol=1e-9, atol=1e-5)


def test_wilder_begins_with_a_plain_mean_and_then_recurs() -> None:
    values = walk(40)
    answer = ta.wilder(values, 14)

    assert np.isnan(answer[:13]).all()
    assert answer[13] == pytest.approx(values[:14].mean())
    assert answer[14] == pytest.approx((answer[13] * 13 + values[14]) / 14)
    assert np.isnan(ta.wilder(values[:13], 14)).all()


def test_an_exponential_mean_begins_at_the_first_value() -> None:
    assert ta.ema(np.array([5.0, 5.0, 8.0]), 3) == pytest.approx([5.0, 5.0, 6.5])
    assert len(ta.ema(np.empty(0), 3)) == 0


def test_the_true_range_counts_the_gap_from_the_close_before() -> None:
    high, low, close = np.array([10.0, 15, 9]), np.array([8.0, 14, 7]), np.array([9.0, 14, 8])

    assert ta.true_range(high, low, close).tolist() == [2, 6, 7]


def test_strength_is_100_when_all_rise_0_when_all_fall_and_50_when_nothing_moves() -> None:
    steps = np.arange(1.0, 41)

    assert ta.rsi(steps)[-1] == 100
    assert ta.rsi(steps[::-1])[-1] == 0
    assert ta.rsi(np.full(40, 5.0))[-1] == 50


def test_a_steady_rise_is_a_trend_in_one_direction() -> None:
    steps = np.arange(1.0, 61)
    rising = ta.directional(steps + 1, steps)
    falling = ta.directional(steps[::-1] + 1, steps[::-1])

    assert (rising.adx[-1], rising.balance[-1]) == pytest.approx((100, 1))
    assert (falling.adx[-1], falling.balance[-1]) == pytest.approx((100, -1))


@given(seed=st.integers(0, 99), kept=st.integers(1, 400))
def test_cutting_the_future_off_changes_no_bit_of_an_indicator(seed: int, kept: int) -> None:
    close = walk(400, seed)
    high, low = close + 1, close - 1
    indicators: tuple[Callable[[int], ta.Floats], ...] = (
        lambda rows: ta.atr(high[:rows], low[:rows], close[:rows]),
        lambda rows: ta.ema(close[:rows], 12),
        lambda rows: ta.rsi(close[:rows]),
        lambda rows: ta.directional(high[:rows], low[:rows]).adx,
        lambda rows: ta.rolling_mean(close[:rows], 50),
    )
    for indicator in indicators:
        whole, cut = indicator(400)[:kept], indicator(kept)
        assert np.array_equal(whole, cut, equal_nan=True)
