import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.features.indicators import Floats, atr
from adapters.features.labels import triple_barrier
from domain.market.bars import BarColumns
from tests.fakes.bars import array, random_bars

pytestmark = pytest.mark.unit

HORIZON = 10
FLAT = 20


def prices(bars: BarColumns) -> tuple[Floats, Floats, Floats]:
    return array(bars.high), array(bars.low), array(bars.close)


def labelled(after: list[tuple[float, float, float]], cost: float = 0.001) -> float:
    """Return the label of the last of 20 bars of range 2 about 100, *after* following.

    The average true range is 2, so barriers of 1.5 ranges lie at 97 and 103.
    """
    bars = [(101.0, 99.0, 100.0)] * FLAT + after
    bars += [(after[-1][2],) * 3] * (HORIZON - len(after))
    high, low, close = (np.array(column) for column in zip(*bars, strict=True))
    labels = triple_barrier(
        high, low, close, horizon=HORIZON, barrier_atr=1.5, round_trip_cost=cost
    )
    return float(labels[FLAT - 1])


def test_the_barrier_touched_first_decides() -> None:
    assert labelled([(103, 100, 102), (102, 90, 91)]) == 1
    assert labelled([(100, 97, 98), (110, 98, 109)]) == -1


def test_one_bar_that_touches_both_barriers_decides_nothing() -> None:
    assert labelled([(104, 96, 104)]) == 0


def test_a_time_out_counts_for_the_side_that_its_close_favours_beyond_the_costs() -> None:
    assert labelled([(102, 100, 101)]) == 1
    assert labelled([(100, 98, 99)]) == -1
    assert labelled([(100.2, 99.8, 100.05)]) == 0


def test_a_barrier_nearer_than_the_costs_is_no_profit() -> None:
    assert labelled([(103, 100, 102)], cost=0.04) == 0


def test_what_is_not_over_yet_has_no_label() -> None:
    bars = random_bars(1, 100)
    labels = triple_barrier(*prices(bars), horizon=HORIZON, barrier_atr=2)

    assert np.isnan(labels[-HORIZON:]).all()
    assert np.isfinite(labels[13:-HORIZON]).all()
    assert np.isnan(labels[:13]).all()


def test_a_history_shorter_than_the_horizon_has_no_label_at_all() -> None:
    bars = random_bars(1, HORIZON)
    labels = triple_barrier(*prices(bars), horizon=HORIZON, barrier_atr=2)

    assert np.isnan(labels).all()


@given(seed=st.integers(0, 99))
def test_labels_are_those_of_a_walk_bar_by_bar(seed: int) -> None:
    bars = random_bars(seed, 60)
    high, low, close = prices(bars)
    width = 1.5 * atr(high, low, close)
    labels = triple_barrier(high, low, close, horizon=HORIZON, barrier_atr=1.5)

    for row in range(13, 50):
        assert labels[row] == walked(high, low, close, row, width[row])


def walked(high: Floats, low: Floats, close: Floats, row: int, width: float) -> int:
    entry, move = close[row], close[row + HORIZON] - close[row]
    for ahead in range(row + 1, row + HORIZON + 1):
        up, down = high[ahead] >= entry + width, low[ahead] <= entry - width
        if up and down:
            return 0
        if up or down:
            move = width if up else -width
            break
    cost = 0.001 * entry
    return int(move > cost) - int(move < -cost)
