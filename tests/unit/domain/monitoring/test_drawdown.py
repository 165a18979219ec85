"""Drawdown is a fraction below the peak, and only a market can make it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market.bars import DAY_MS
from domain.monitoring.drawdown import EquityWatch, marked, moved, rebased

pytestmark = pytest.mark.unit

EQUITIES = st.lists(st.floats(1.0, 1e6), min_size=1, max_size=30)


@given(EQUITIES)
def test_the_peak_never_falls_and_drawdown_stays_within_zero_and_one(path: list[float]) -> None:
    watch = EquityWatch()
    for n, equity in enumerate(path):
        peak = watch.peak
        watch = marked(watch, n, equity, 0.0)
        assert watch.peak == max(peak, equity)
        assert 0.0 <= watch.drawdown < 1.0


@given(EQUITIES, st.integers(0, 30))
def test_passing_over_a_stretch_and_telling_its_high_gives_the_same_watch(
    path: list[float], start: int
) -> None:
    visited = skipped = marked(EquityWatch(), 0, 100.0, 0.0)
    for equity in path:
        visited = marked(visited, 1, equity, 0.0)
    for equity in path[:start]:
        skipped = marked(skipped, 1, equity, 0.0)
    skipped = marked(skipped, 1, path[-1], max(path[start:] or [0.0]))
    assert skipped == visited


def test_ten_per_cent_below_the_peak_is_a_tenth() -> None:
    assert EquityWatch(equity=90.0, peak=100.0).drawdown == pytest.approx(0.1)


def test_the_days_loss_is_measured_from_the_days_opening() -> None:
    watch = marked(EquityWatch(), DAY_MS, 100.0, 0.0)
    watch = marked(watch, DAY_MS + 1, 94.0, 0.0)
    assert watch.daily_loss == pytest.approx(0.06)
    watch = marked(watch, 2 * DAY_MS, 94.0, 0.0)
    assert watch.daily_loss == 0.0
    assert watch.drawdown == pytest.approx(0.06)


def test_a_gain_is_no_negative_loss() -> None:
    assert EquityWatch(equity=120.0, peak=120.0, day_open=100.0).daily_loss == 0.0


def test_a_mark_told_late_does_not_open_the_day_again() -> None:
    watch = marked(EquityWatch(), 2 * DAY_MS, 100.0, 0.0)
    watch = marked(watch, 2 * DAY_MS + 5, 90.0, 0.0)
    late = marked(watch, 2 * DAY_MS - 1, 90.0, 0.0)
    assert late.daily_loss == marked(late, 2 * DAY_MS + 6, 90.0, 0.0).daily_loss == watch.daily_loss


def test_nothing_known_is_no_drawdown() -> None:
    assert (EquityWatch().drawdown, EquityWatch().daily_loss) == (0.0, 0.0)


@pytest.mark.parametrize("amount", [500.0, -500.0])
def test_money_moved_moves_peak_and_opening_with_it(amount: float) -> None:
    watch = EquityWatch(1000.0, 1100.0, 3, 1050.0)
    assert moved(watch, amount) == (1000.0 + amount, 1100.0 + amount, 3, 1050.0 + amount)


def test_a_rebased_watch_begins_at_todays_equity() -> None:
    watch = rebased(EquityWatch(900.0, 1100.0, 3, 1000.0))
    assert watch.drawdown == 0.0
    assert watch.daily_loss == pytest.approx(0.1)  # the day is not forgiven
