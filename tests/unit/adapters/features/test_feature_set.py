from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.features.feature_set import (
    NAMES,
    VALUE_MAX,
    WARM_UP_ROWS,
    WINDOW_ROWS,
    OhlcvFeatures,
)
from domain.market.bars import BarColumns, FundingRate
from tests.fakes.bars import INTERVAL_MS, START_MS, array, part, random_bars

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


def symbols(seed: int, rows: int) -> dict[str, BarColumns]:
    """Return three markets, one of which begins late and one of which has a hole."""
    late = part(random_bars(seed + 1, rows, "BUSDT"), slice(rows // 3, rows))
    holed = random_bars(seed + 2, rows, "CUSDT")
    kept = np.delete(np.arange(rows), rows // 2)
    return {
        "AUSDT": random_bars(seed, rows, "AUSDT"),
        "BUSDT": late,
        "CUSDT": BarColumns("CUSDT", INTERVAL_MS, *(array(column)[kept] for column in holed[2:])),
    }


def rates(seed: int, rows: int) -> tuple[FundingRate, ...]:
    rng = np.random.default_rng(seed)
    times = range(START_MS, START_MS + rows * INTERVAL_MS, 8 * 3_600_000)
    return tuple(FundingRate("AUSDT", at + 5, float(rng.normal(0, 1e-4))) for at in times)


@settings(max_examples=15)
@given(seed=st.integers(0, 5), ends=st.integers(WINDOW_ROWS + 20, 1_500))
def test_bar_by_bar_from_a_window_gives_the_very_bits_of_bulk(seed: int, ends: int) -> None:
    market = symbols(seed, 1_500)
    features = OhlcvFeatures(funding=rates(seed, 1_500))
    until_ms = START_MS + ends * INTERVAL_MS
    cut = {
        name: part(bars, slice(max(rows - WINDOW_ROWS, 0), rows))
        for name, bars in market.items()
        for rows in [int(np.searchsorted(array(bars.open_time), until_ms))]
    }
    bulk, window = features.tables(market), features.tables(cut)

    for name, bars in cut.items():
        row = int(np.searchsorted(array(market[name].open_time), until_ms)) - 1
        if len(bars.open_time):
            assert np.array_equal(bulk[name][row], window[name][-1], equal_nan=True)


def test_the_others_move_what_is_known_of_the_market() -> None:
    tables = OhlcvFeatures().tables(symbols(1, 1_200))
    known = NAMES.index("market_known")

    assert tables["AUSDT"][WARM_UP_ROWS, known] == 1
    assert tables["AUSDT"][-1, NAMES.index("market_return_12")] != 0
    assert not table(random_bars(1, ROWS))[WARM_UP_ROWS:, known].any()
    assert usable(tables["BUSDT"])[-1]


def test_a_funding_rate_is_known_from_its_settlement_on_and_not_for_ever() -> None:
    settled = FundingRate("BTCUSDT", START_MS + 400 * INTERVAL_MS, 0.0003)
    rows = OhlcvFeatures(funding=[settled]).table(random_bars(1, ROWS))
    rate = rows[:, NAMES.index("funding_rate")]

    assert np.flatnonzero(rate[WARM_UP_ROWS:]).tolist() == [*range(99, 99 + 145)]
    assert rate[500] == pytest.approx(3.0)


def test_there_are_enough_features_and_their_hash_is_of_their_names() -> None:
    assert len(NAMES) >= 40


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
