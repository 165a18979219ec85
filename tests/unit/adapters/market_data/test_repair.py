from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.market_data.columns import Rows, rows_of, take
from adapters.market_data.inspection import inspect
from adapters.market_data.repair import repaired
from adapters.market_data.report import Flaw
from adapters.market_data.sources import Source
from adapters.market_data.times import NO_TIME
from tests.fakes.bars import INTERVAL_MS, random_bars

pytestmark = pytest.mark.unit

SOURCE = Source(Path("x.csv"), "BTCUSDT", INTERVAL_MS)
SOUND = rows_of(random_bars(1, 300))


def copied(rows: Rows) -> Rows:
    return Rows._make(column.copy() for column in rows)


def assert_same(one: Rows, other: Rows) -> None:
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)


def test_sound_rows_cost_nothing_and_stay() -> None:
    rows, cost = repaired(SOUND, INTERVAL_MS)
    assert cost == {}
    assert_same(rows, SOUND)


@given(st.permutations(range(60)))
def test_shuffled_rows_are_sorted_and_none_is_lost(order: list[int]) -> None:
    rows, cost = repaired(take(SOUND, np.array(order)), INTERVAL_MS)
    assert_same(rows, take(SOUND, slice(0, 60)))
    assert set(cost) <= {Flaw.OUT_OF_ORDER}


def test_each_bad_row_is_dropped_and_counted_by_its_flaw() -> None:
    rows = copied(SOUND)
    rows.close[10] = np.nan
    rows.low[20] = -1.0
    rows.high[30] = 50.0
    rows.open_time[40] = NO_TIME
    rows.open_time[50] += 1
    clean, cost = repaired(rows, INTERVAL_MS)
    assert cost == {
        Flaw.NO_TIME: 1,
        Flaw.NOT_A_NUMBER: 1,
        Flaw.NON_POSITIVE: 1,
        Flaw.HIGH_BELOW_LOW: 1,
        Flaw.WRONG_STEP: 1,
    }
    assert_same(clean, take(SOUND, np.delete(np.arange(300), [10, 20, 30, 40, 50])))
    assert inspect(SOURCE, clean).usable


def test_of_two_bars_for_one_time_the_last_read_is_kept() -> None:
    rows = take(SOUND, np.array([0, 1, 2, 1]))
    rows.close[3] = rows.high[3]
    clean, cost = repaired(rows, INTERVAL_MS)
    assert cost == {Flaw.OUT_OF_ORDER: 1, Flaw.DUPLICATE: 1}
    assert clean.close[1] == rows.close[3]
    assert len(clean.close) == 3


def test_another_interval_is_not_thinned_out_to_look_like_the_named_one() -> None:
    minutes = SOUND._replace(open_time=60_000 * (SOUND.open_time // INTERVAL_MS))
    clean, cost = repaired(minutes, INTERVAL_MS)
    assert cost == {}
    assert not inspect(SOURCE, clean).usable
