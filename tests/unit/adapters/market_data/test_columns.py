import numpy as np
import pytest

from adapters.market_data.columns import Rows, bar_columns, joined, rows_of, take
from domain.market.bars import MINUTE_MS
from domain.shared.errors import InvariantBroken
from tests.fakes.bars import INTERVAL_MS, random_bars

pytestmark = pytest.mark.unit


def test_columns_become_contiguous_numbers() -> None:
    rows = Rows._make([np.array([0, 60_000], np.int32), *[np.arange(4.0)[::2]] * 5])
    bars = bar_columns("BTC", MINUTE_MS, rows)
    assert np.asarray(bars.open_time).dtype == np.int64
    assert all(np.asarray(column).flags.c_contiguous for column in bars[2:])


def test_columns_that_no_history_has_are_a_bug() -> None:
    rows = rows_of(random_bars(1, 5))
    with pytest.raises(InvariantBroken, match="length"):
        bar_columns("BTC", INTERVAL_MS, rows._replace(close=rows.close[1:]))
    with pytest.raises(InvariantBroken, match="rise"):
        bar_columns("BTC", INTERVAL_MS, take(rows, np.array([0, 2, 1])))


def test_rows_are_joined_one_after_the_other() -> None:
    rows = rows_of(random_bars(1, 6))
    again = joined([take(rows, slice(0, 2)), take(rows, slice(2, 6))])
    for one, other in zip(rows, again, strict=True):
        np.testing.assert_array_equal(one, other)
