"""Drawdown is a fraction below the peak, and only a market can make it."""

from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.governance.policy import Policy
from domain.market.bars import DAY_MS
from domain.monitoring.drawdown import (
    EquityWatch,
    after_close,
    credited,
    marked,
    moved,
    rebased,
    recalled,
)

pytestmark = pytest.mark.unit

POLICY = Policy(rolling_days=2, flash_minutes=5)
MINUTE_MS = 60_000
EQUITIES = st.lists(st.floats(1.0, 1e6), min_size=1, max_size=30)
# Times as steps in minutes, from within a flash window to over several days.
PATHS = st.lists(
    st.tuples(st.sampled_from([0, 1, 2, 3, 5, 6, 300, 1440, 4000]), st.floats(1.0, 1e6)),
    min_size=1,
    max_size=40,
)


def seen(watch: EquityWatch, at_ms: int, equity: float, *, held: bool = False) -> EquityWatch:
    return marked(watch, at_ms, equity, equity, POLICY, held=held)


@given(EQUITIES)
def test_the_peak_never_falls_and_drawdown_stays_within_zero_and_one(path: list[float]) -> None:
    watch = EquityWatch()
    for n, equity in enumerate(path):
        peak = watch.peak
        watch = seen(watch, n, equity)
        assert watch.peak == max(peak, equity)
        assert 0.0 <= watch.drawdown < 1.0


@given(PATHS, st.data())
def test_bars_passed_over_and_bars_visited_leave_the_same_watch(
    path: list[tuple[int, float]], data: st.DataObject
) -> None:
    held = data.draw(st.booleans())
    visited = skipped = seen(EquityWatch(), 0, 100.0, held=held)._replace(credit=-7.0)
    at_ms, stretch = 0, list[tuple[int, float]]()
    for minutes, equity in path:
        day, at_ms = at_ms // DAY_MS, at_ms + minutes * MINUTE_MS
        visited = seen(visited, at_ms, equity, held=held)
        if day == at_ms // DAY_MS and data.draw(st.booleans()):
            stretch.append((at_ms, equity))
            continue
        high = max((e for _, e in stretch), default=0.0)
        window = [(t, e) for t, e in stretch if t >= at_ms - 5 * MINUTE_MS]
        skipped = marked(skipped, at_ms, equity, high, POLICY, held=held, passed=window)
        stretch.clear()
        assert skipped == visited


@given(PATHS)
def test_the_windows_say_what_looking_at_every_mark_would_say(
    path: list[tuple[int, float]],
) -> None:
    watch, at_ms, marks = EquityWatch(), 0, list[tuple[int, float]]()
    for minutes, equity in path:
        at_ms += minutes * MINUTE_MS
        watch = seen(watch, at_ms, equity, held=True)
        marks.append((at_ms, equity))
        highest = max(e for t, e in marks if t // DAY_MS > at_ms // DAY_MS - 2)
        assert watch.rolling_drawdown == (highest - equity) / highest
        highest = max(e for t, e in marks if t >= at_ms - 5 * MINUTE_MS)
        assert watch.flash_loss == (highest - equity) / highest
        assert len(watch.highs) <= 2


def test_ten_per_cent_below_the_peak_is_a_tenth() -> None:
    assert EquityWatch(equity=90.0, peak=100.0).drawdown == pytest.approx(0.1)


def test_the_days_loss_is_measured_from_the_days_opening() -> None:
    watch = seen(EquityWatch(), DAY_MS, 100.0)
    watch = seen(watch, DAY_MS + 1, 94.0)
    assert watch.daily_loss == pytest.approx(0.06)
    watch = seen(watch, 2 * DAY_MS, 94.0)
    assert watch.daily_loss == 0.0
    assert watch.drawdown == pytest.approx(0.06)


def test_a_gain_is_no_negative_loss() -> None:
    assert EquityWatch(equity=120.0, peak=120.0, day_open=100.0).daily_loss == 0.0


def test_a_mark_told_late_does_not_open_the_day_again() -> None:
    watch = seen(EquityWatch(), 2 * DAY_MS, 100.0, held=True)
    watch = seen(watch, 2 * DAY_MS + 5, 90.0, held=True)
    late = seen(watch, 2 * DAY_MS - 1, 90.0, held=True)
    assert late.daily_loss == seen(late, 2 * DAY_MS + 6, 90.0).daily_loss == watch.daily_loss
    assert late.recent == watch.recent


def test_a_mark_told_late_counts_as_of_the_latest_time() -> None:
    watch = seen(seen(EquityWatch(), 1000, 90.0, held=True), 500, 95.0, held=True)
    assert watch.recent == ((1000, 95.0),)


def test_nothing_known_is_no_loss_of_any_kind() -> None:
    watch = EquityWatch()
    assert (watch.drawdown, watch.ladder_drawdown, watch.daily_loss) == (0.0, 0.0, 0.0)
    assert (watch.rolling_drawdown, watch.flash_loss) == (0.0, 0.0)


def test_what_cannot_be_computed_is_no_calm() -> None:
    watch = EquityWatch(nan, 100.0, 0, 100.0, 0.0, ((0, 100.0),), 0, ((0, 100.0),))
    assert isnan(watch.drawdown)
    assert isnan(watch.ladder_drawdown)
    assert isnan(watch.daily_loss)
    assert isnan(watch.rolling_drawdown)
    assert isnan(watch.flash_loss)


def test_the_flash_window_reaches_back_exactly_its_minutes() -> None:
    watch = seen(EquityWatch(), 0, 100.0, held=True)
    assert seen(watch, 5 * MINUTE_MS, 94.0, held=True).flash_loss == pytest.approx(0.06)
    assert seen(watch, 5 * MINUTE_MS + 1, 94.0, held=True).flash_loss == 0.0


def test_the_flash_window_is_kept_only_while_something_is_held() -> None:
    watch = seen(EquityWatch(), 0, 100.0)
    assert watch.recent == ()
    watch = seen(watch, 1, 100.0, held=True)
    assert watch.recent == ((1, 100.0),)
    assert seen(watch, 2, 90.0).flash_loss == 0.0


def test_the_rolling_window_forgets_whole_days() -> None:
    watch = seen(EquityWatch(), 0, 100.0)
    watch = seen(watch, DAY_MS, 80.0)
    assert watch.rolling_drawdown == pytest.approx(0.2)
    watch = seen(watch, 2 * DAY_MS, 79.0)
    assert watch.rolling_drawdown == pytest.approx(1 / 80)
    assert watch.drawdown == pytest.approx(0.21)


def test_paper_profit_moves_the_ladder_and_nothing_else() -> None:
    watch = credited(seen(seen(EquityWatch(), DAY_MS, 100.0), DAY_MS + 1, 88.0), 5.0)
    assert watch.ladder_drawdown == pytest.approx(0.07)
    assert watch.drawdown == pytest.approx(0.12)
    assert watch.daily_loss == pytest.approx(0.12)
    assert credited(watch, 5.0) is watch


def test_paper_loss_weighs_on_the_ladder() -> None:
    watch = credited(seen(seen(EquityWatch(), 0, 100.0), 1, 97.0), -2.0)
    assert watch.ladder_drawdown == pytest.approx(0.05)


def test_paper_makes_no_peak() -> None:
    watch = credited(seen(seen(EquityWatch(), 0, 100.0), 1, 88.0), 50.0)
    assert (watch.credit, watch.ladder_drawdown, watch.peak) == (12.0, 0.0, 100.0)
    assert seen(watch, 2, 95.0).ladder_drawdown == 0.0  # never negative


@pytest.mark.parametrize(("equity", "credit"), [(99.9, 12.0), (100.0, 0.0), (101.0, 0.0)])
def test_a_new_real_peak_ends_the_credit(equity: float, credit: float) -> None:
    watch = credited(seen(seen(EquityWatch(), 0, 100.0), 1, 88.0), 12.0)
    assert seen(watch, 2, equity).credit == credit


def test_a_peak_in_bars_passed_over_ends_the_credit_too() -> None:
    watch = credited(seen(seen(EquityWatch(), 0, 100.0), 1, 88.0), 12.0)
    watch = marked(watch, 3, 90.0, 101.0, POLICY)
    assert (watch.credit, watch.peak) == (0.0, 101.0)


@given(PATHS, st.floats(-1e6, 1e6))
def test_equity_and_credit_never_pass_the_peak(
    path: list[tuple[int, float]], credit: float
) -> None:
    watch, at_ms = EquityWatch(), 0
    for minutes, equity in path:
        at_ms += minutes * MINUTE_MS
        watch = credited(seen(watch, at_ms, equity), credit)
        assert watch.equity + watch.credit <= watch.peak * (1 + 1e-12)
        assert watch.ladder_drawdown >= 0.0


def test_the_latch_recalls_peak_and_credit_of_a_state_that_was_lost() -> None:
    lived = credited(seen(seen(EquityWatch(), 0, 100.0), 1, 88.0), 5.0)
    reborn = seen(recalled(EquityWatch(), lived.peak, lived.credit), 2, 88.0)
    assert reborn.ladder_drawdown == lived.ladder_drawdown
    assert recalled(lived, 99.0, 0.0) is lived
    assert recalled(lived, 101.0, 50.0).credit == 13.0


def test_only_losses_make_a_streak() -> None:
    streaks, watch = list[int](), EquityWatch()
    for pnl in (-1.0, -0.01, 0.0, -5.0, 3.0, -1.0):
        watch = after_close(watch, pnl)
        streaks.append(watch.streak)
    assert streaks == [1, 2, 0, 1, 0, 1]


@pytest.mark.parametrize("amount", [500.0, -500.0])
def test_money_moved_moves_all_that_losses_are_measured_from(amount: float) -> None:
    watch = EquityWatch(1000.0, 1100.0, 3, 1050.0, 20.0, ((3, 1090.0),), 2, ((9, 1010.0),))
    after = moved(watch, amount)
    assert after[:4] == (1000.0 + amount, 1100.0 + amount, 3, 1050.0 + amount)
    assert after[4:] == (20.0, ((3, 1090.0 + amount),), 2, ((9, 1010.0 + amount),))


def test_a_rebased_watch_begins_at_todays_equity() -> None:
    watch = rebased(EquityWatch(900.0, 1100.0, 3, 1000.0, 50.0, ((2, 1100.0), (3, 1000.0)), 4))
    assert (watch.drawdown, watch.ladder_drawdown, watch.rolling_drawdown) == (0.0, 0.0, 0.0)
    assert watch.daily_loss == pytest.approx(0.1)  # the day is not forgiven
    assert (watch.credit, watch.streak) == (0.0, 4)
