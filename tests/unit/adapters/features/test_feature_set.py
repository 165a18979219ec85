from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.features.feature_set import VALUE_MAX, WARM_UP_ROWS, OhlcvFeatures
from domain.market.bars import BarColumns
from tests.fakes.bars import INTERVAL_MS, array, part, random_bars

pytestmark = pytest.mark.unit

ROWS = 700


def table(bars: BarColumns) -> np.ndarray[Any, Any]:
    rows: np.ndarray[Any, Any] = OhlcvFeatures().table(bars)
    return rows


def usable(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(np.isfinite(rows).all(axis=1))


@settings(max_examples=30)
@given(seed=st.integers(0, 9), kept=st.integers(0, ROWS))
def test_cutting_the_future_off_changes_no_bit_of_a_feature(seed: int, kept: int) -> None:
    bars = random_bars(seed, ROWS)

    assert np.array_equal(table(bars)[:kept], table(part(bars, slice(0, kept))), equal_nan=True)


def test_a_window_of_two_warm_ups_gives_what_the_whole_past_gives() -> None:
    bars = random_bars(5, 3_000)
    whole, window = table(bars), table(part(bars, slice(3_000 - 2 * WARM_UP_ROWS, 3_000)))

    assert np.allclose(whole[-WARM_UP_ROWS:], window[-WARM_UP_ROWS:], rtol=1e-5, atol=1e-5)


def test_rows_are_usable_from_the_end_of_the_warm_up_on() -> None:
    assert np.flatnonzero(usable(table(random_bars(1, ROWS)))).tolist() == [
        *range(WARM_UP_ROWS, ROWS)
    ]


def test_a_row_a_bar_and_a_column_a_name() -> None:
    features = OhlcvFeatures()

    assert features.table(random_bars(1, 10)).shape == (10, len(features.names))
    assert features.table(random_bars(1, 0)).shape == (0, len(features.names))
    assert len(set(features.names)) == len(features.names)


def test_prices_of_another_scale_give_the_same_features() -> None:
    bars = random_bars(2, ROWS)
    dearer = bars._replace(
        open=array(bars.open) * 64,
        high=array(bars.high) * 64,
        low=array(bars.low) * 64,
        close=array(bars.close) * 64,
    )

    assert np.allclose(table(bars), table(dearer), rtol=1e-3, atol=1e-3, equal_nan=True)


def test_a_gap_begins_the_warm_up_again() -> None:
    bars = random_bars(3, 1_000)
    late = array(bars.open_time)
    late[500:] += INTERVAL_MS

    assert np.flatnonzero(usable(table(bars._replace(open_time=late)))).tolist() == [
        *range(WARM_UP_ROWS, 500),
        *range(500 + WARM_UP_ROWS, 1_000),
    ]


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, -5.0, 1e9])
def test_a_bad_bar_is_never_seen_and_is_outlived(bad: float) -> None:
    bars = random_bars(3, 1_000)
    low = array(bars.low)
    low[500] = bad
    rows = table(bars._replace(low=low))

    assert not usable(rows)[500 : 500 + WARM_UP_ROWS].any()
    assert usable(rows)[500 + WARM_UP_ROWS :].all()
    assert np.nanmax(np.abs(rows)) <= VALUE_MAX


def test_a_market_that_stands_still_is_not_usable_and_not_an_error() -> None:
    bars = random_bars(3, ROWS)
    still = np.full(ROWS, 100.0)
    rows = table(bars._replace(open=still, high=still, low=still, close=still))

    assert not usable(rows).any()


def test_outcomes_that_a_gap_runs_through_are_not_known() -> None:
    bars = random_bars(3, ROWS)
    late = array(bars.open_time)
    late[500:] += INTERVAL_MS
    labels = np.asarray(OhlcvFeatures().labels(bars._replace(open_time=late), 20, 2.0))

    assert np.isnan(labels[480:500]).all()
    assert np.isfinite(labels[400:480]).all()
    assert np.isfinite(labels[500:680]).all()


def test_the_schema_hash_is_a_sha_256_that_stays() -> None:
    assert OhlcvFeatures().schema_hash == OhlcvFeatures().schema_hash
    assert len(OhlcvFeatures().schema_hash) == 64
