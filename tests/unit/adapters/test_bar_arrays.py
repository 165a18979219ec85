import numpy as np
import pytest

from adapters.bar_arrays import CODE, Buckets, arrays, impossible
from domain.market.bars import HOUR_MS, MINUTE_MS
from domain.market.messages import DataFault

pytestmark = pytest.mark.unit

QUARTER_MS = 15 * MINUTE_MS


def times(first: int, rows: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the opens of quarter hours, from the *first* since the epoch on."""
    return QUARTER_MS * np.arange(first, first + rows, dtype=np.int64)


def test_buckets_begin_on_the_hour_whatever_the_first_bar() -> None:
    buckets = Buckets(times(3, 10), QUARTER_MS, HOUR_MS)
    assert buckets.open_time.tolist() == [HOUR_MS, 2 * HOUR_MS]
    assert buckets.last.tolist() == [4, 8]


def test_a_bucket_is_made_of_its_own_rows() -> None:
    column = np.array([5.0, 1.0, 9.0, 2.0, 7.0, 3.0, 8.0, 4.0])
    buckets = Buckets(times(0, 8), QUARTER_MS, HOUR_MS)
    assert buckets.first(column).tolist() == [5, 7]
    assert buckets.final(column).tolist() == [2, 4]
    assert buckets.highest(column).tolist() == [9, 8]
    assert buckets.lowest(column).tolist() == [1, 3]
    assert buckets.total(column).tolist() == [17, 22]


@pytest.mark.parametrize("missing", range(12))
def test_a_bucket_that_lacks_a_row_does_not_exist(missing: int) -> None:
    kept = np.delete(np.arange(12), missing)
    column = np.arange(12.0)[kept]
    buckets = Buckets(times(0, 12)[kept], QUARTER_MS, HOUR_MS)
    whole = [hour for hour in range(3) if hour != missing // 4]
    assert buckets.open_time.tolist() == [hour * HOUR_MS for hour in whole]
    assert buckets.highest(column).tolist() == [hour * 4 + 3.0 for hour in whole]
    assert buckets.total(column).tolist() == [hour * 16 + 6.0 for hour in whole]


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_too_few_rows_make_no_bucket(rows: int) -> None:
    buckets = Buckets(times(0, rows), QUARTER_MS, HOUR_MS)
    assert len(buckets) == 0
    assert buckets.highest(np.ones(rows)).tolist() == []


def test_the_same_interval_is_left_as_it_is() -> None:
    buckets = Buckets(times(5, 3), QUARTER_MS, QUARTER_MS)
    assert buckets.last.tolist() == [0, 1, 2]


def test_arrays_are_not_copied_without_need() -> None:
    column = np.ones(3)
    same, changed = arrays(column, [1, 2])
    assert same is column
    assert changed.dtype == np.float64


def test_the_first_fault_of_the_guard_is_the_one_told() -> None:
    prices = np.array([1.0, np.nan, -1.0, 5.0, np.inf])
    ones = np.ones(5)
    codes = impossible(ones, ones, np.minimum(ones, prices), prices, ones)
    assert codes.tolist() == [
        0,
        CODE[DataFault.NON_FINITE],
        CODE[DataFault.NON_POSITIVE],
        CODE[DataFault.HIGH_BELOW_LOW],
        CODE[DataFault.NON_FINITE],
    ]
