import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.market_data.grid import Grid
from domain.market.bars import BarColumns
from tests.fakes.bars import INTERVAL_MS, START_MS, part, random_bars

pytestmark = pytest.mark.unit

LONG = random_bars(1, 3_000, "AAA")


def first_exit_by_hand(grid: Grid, at: int, start: int, stop: int, low: float, high: float) -> int:
    for row in range(start, stop):
        if grid.present[at][row] and not (low < grid.low[at][row] and grid.high[at][row] < high):
            return row
    return stop


def with_holes(symbol: str, seed: int, rows: int, kept_share: float) -> BarColumns:
    bars = random_bars(seed, rows, symbol)
    rng = np.random.default_rng(seed)
    kept = np.flatnonzero(rng.random(rows) < kept_share)
    return BarColumns(symbol, INTERVAL_MS, *(np.asarray(column)[kept] for column in bars[2:]))


def test_symbols_are_sorted_and_times_are_closes() -> None:
    grid = Grid({"B": random_bars(1, 3, "B"), "A": random_bars(2, 3, "A")})
    assert grid.symbols == ("A", "B")
    assert grid.times.tolist() == [START_MS + INTERVAL_MS * row for row in (1, 2, 3)]
    assert len(grid) == 3


def test_identical_times_are_not_copied() -> None:
    bars = random_bars(1, 100, "A")
    grid = Grid({"A": bars, "B": random_bars(2, 100, "B")})
    assert grid.close[0] is bars.close
    assert grid.present[1].all()


def test_an_absent_symbol_is_nan_and_not_present() -> None:
    whole, late = random_bars(1, 4, "A"), part(random_bars(2, 4, "B"), slice(1, 3))
    grid = Grid({"A": whole, "B": late})
    assert grid.present[1].tolist() == [False, True, True, False]
    assert grid.rows[1].tolist() == [1, 2]
    assert np.isnan(grid.close[1][[0, 3]]).all()
    assert grid.close[1][1:3].tolist() == np.asarray(late.close).tolist()
    assert np.isnan(grid.volume[1][0])


def test_symbols_that_never_meet_share_the_axis() -> None:
    early = random_bars(1, 2, "A")
    late = random_bars(2, 2, "B", START_MS + 10 * INTERVAL_MS)
    grid = Grid({"A": early, "B": late})
    assert [present.tolist() for present in grid.present] == [
        [True, True, False, False],
        [False, False, True, True],
    ]


def test_nothing_makes_an_empty_grid() -> None:
    assert len(Grid({})) == 0
    assert Grid({}).symbols == ()


def test_a_column_is_placed_where_the_symbol_is() -> None:
    grid = Grid({"A": random_bars(1, 4, "A"), "B": part(random_bars(2, 4, "B"), slice(2, 4))})
    np.testing.assert_array_equal(grid.place(1, [7, 8]), [np.nan, np.nan, 7.0, 8.0])


@given(
    st.integers(0, 3_000),
    st.integers(0, 3_000),
    st.floats(0.0, 0.3),
    st.floats(0.0, 0.3),
    st.sampled_from([1.0, 0.9, 0.3]),
)
def test_a_search_finds_what_looking_at_every_row_finds(
    start: int, length: int, below: float, above: float, kept_share: float
) -> None:
    grid = Grid({"AAA": LONG, "BBB": with_holes("BBB", 7, 3_000, kept_share)})
    for at in (0, 1):
        low, high = 100 * (1 - below), 100 * (1 + above)
        stop = min(start + length, len(grid))
        found = grid.first_exit(at, min(start, stop), stop, low, high)
        assert found == first_exit_by_hand(grid, at, min(start, stop), stop, low, high)


@pytest.mark.parametrize("row", [0, 5, 11, 12, 13, 139, 140, 141, 1_000, 2_999])
def test_a_touch_of_the_edge_is_an_exit(row: int) -> None:
    flat = np.full(3_000, 100.0)
    low, high = flat.copy(), flat.copy()
    low[row] = 99.0
    bars = LONG._replace(open=flat, close=flat, high=high, low=low)
    grid = Grid({"AAA": bars})
    assert grid.first_exit(0, 0, 3_000, 99.0, 101.0) == row
    assert grid.first_exit(0, 0, 3_000, 98.99, 101.0) == 3_000
    assert grid.first_exit(0, 0, row, 99.0, 101.0) == row
    assert grid.first_exit(0, 0, 3_000, 50.0, 100.0) == 0


def test_a_band_without_an_edge_is_never_left() -> None:
    assert Grid({"AAA": LONG}).first_exit(0, 0, 3_000, -np.inf, np.inf) == 3_000
