from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.market_data.equity import path_of, stretch_of
from domain.portfolio.book import Exposure

pytestmark = pytest.mark.unit

NO_BAND = (-inf, inf)
TIMES = np.array([0, 1, 2, 3, 10, 11, 12], np.int64)
PATH = np.array([100.0, 110.0, 105.0, 90.0, 95.0, 120.0, 80.0])


def test_the_path_is_bit_for_bit_what_exposure_gives() -> None:
    rng = np.random.default_rng(1)
    held = tuple((f"S{at}", float(rng.normal())) for at in range(5))
    marks = {symbol: rng.uniform(1, 1e5, 200) for symbol, _ in held}
    exposure = Exposure(12_345.678, held)
    path = path_of(exposure, marks, 50, 150)
    for row, equity in enumerate(path.tolist(), start=50):
        at = {symbol: float(column[row]) for symbol, column in marks.items()}
        assert equity == exposure.equity(at)


def test_nothing_held_is_the_base_throughout() -> None:
    assert path_of(Exposure(7.0, ()), {}, 2, 4).tolist() == [7.0, 7.0]


def test_what_passed_is_told_of_the_window_that_ends_at_its_last_row() -> None:
    whole = stretch_of(PATH, TIMES, 0, NO_BAND, inf, 2)
    assert whole == (7, 120.0, ((10, 95.0), (11, 120.0), (12, 80.0)))
    first = stretch_of(PATH[:4], TIMES, 0, NO_BAND, inf, 2)
    assert first.passed == ((1, 110.0), (2, 105.0), (3, 90.0))


def test_it_ends_before_the_row_that_leaves_the_band() -> None:
    assert stretch_of(PATH, TIMES, 0, (92.0, inf), inf, 1) == (3, 110.0, ((1, 110.0), (2, 105.0)))
    assert stretch_of(PATH, TIMES, 0, (-inf, 100.0), inf, 1) == (0, 0.0, ())


def test_it_ends_where_equity_has_fallen_far_enough() -> None:
    assert stretch_of(PATH, TIMES, 0, NO_BAND, 0.15, 0) == (3, 110.0, ((2, 105.0),))


def test_a_low_before_the_high_is_no_fall() -> None:
    rising = np.array([80.0, 120.0])
    assert stretch_of(rising, TIMES, 0, NO_BAND, 0.2, 0) == (2, 120.0, ((1, 120.0),))


@given(
    st.integers(0, 6),
    st.floats(70, 100),
    st.floats(100, 130),
    st.floats(0.01, 0.4),
    st.integers(0, 12),
)
def test_it_is_what_a_loop_over_rows_finds(
    start: int, low: float, high: float, fall: float, window_ms: int
) -> None:
    path = PATH[start:].tolist()
    row = start
    while row < len(TIMES):
        seen = path[: row - start + 1]
        if not low < seen[-1] < high or seen[-1] <= max(seen) * (1.0 - fall):
            break
        row += 1
    before = list(zip(TIMES[start:row].tolist(), path[: row - start], strict=True))
    expected = [pair for pair in before if pair[0] >= before[-1][0] - window_ms]
    top = max((equity for _, equity in before), default=0.0)
    found = stretch_of(PATH[start:], TIMES, start, (low, high), fall, window_ms)
    assert found == (row, top, tuple(expected))
