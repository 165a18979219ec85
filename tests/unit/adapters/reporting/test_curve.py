from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.reporting import curve
from adapters.reporting.curve import Line
from domain.market.bars import DAY_MS, HOUR_MS
from domain.risk.emergency_stop import RiskMode
from tests.unit.adapters.reporting.runs import START_MS, moved

pytestmark = pytest.mark.unit
END_MS = START_MS + 1000 * HOUR_MS
FINITE = st.floats(-1e6, 1e6)


def _line(values: list[float]) -> Line:
    return curve.line(range(len(values)), values)


@given(st.lists(FINITE, min_size=1, max_size=400), st.integers(8, 64))
def test_a_thinned_line_keeps_its_ends_its_extremes_and_its_bound(
    values: list[float], points: int
) -> None:
    thin = curve.thinned(_line(values), points)

    kept = thin.values.tolist()
    assert len(kept) <= points
    assert (kept[0], kept[-1]) == (values[0], values[-1])
    assert (min(kept), max(kept)) == (min(values), max(values))
    assert all(values[at] == value for at, value in zip(thin.times.tolist(), kept, strict=True))
    assert all(a < b for a, b in pairwise(thin.times.tolist()))


def test_a_short_line_is_left_as_it_is() -> None:
    whole = _line([1.0, 2.0, 3.0])

    assert curve.thinned(whole, 8) is whole


def test_rows_that_are_no_number_are_not_drawn() -> None:
    line = curve.line([1, 2, 3, 4], [1.0, float("nan"), float("inf"), 4.0])

    assert line.times.tolist() == [1, 4]


def test_a_fall_is_measured_from_the_highest_equity_so_far() -> None:
    below = curve.falls(_line([90.0, 120.0, 60.0, 120.0]), 100.0)

    assert below.values.tolist() == pytest.approx([-0.1, 0.0, -0.5, 0.0])


def test_equity_that_never_was_positive_has_no_fall() -> None:
    assert curve.falls(_line([0.0, -5.0]), 0.0).values.tolist() == [0.0, 0.0]


def test_months_follow_one_another_without_a_gap() -> None:
    days = 62  # January, February and a day of March 2024
    times = START_MS + np.arange(days) * DAY_MS
    values = np.linspace(100.0, 161.0, days)

    months = curve.monthly(Line(times, values), 80.0)

    assert list(months) == [(2024, 1), (2024, 2), (2024, 3)]
    assert months[2024, 1] == pytest.approx(130 / 80 - 1)
    assert months[2024, 2] == pytest.approx(159 / 130 - 1)
    assert np.prod([1 + change for change in months.values()]) == pytest.approx(161 / 80)


def test_a_line_without_rows_has_no_months_and_no_sharpe() -> None:
    assert curve.monthly(_line([]), 100.0) == {}
    assert curve.sharpe(_line([]), 100.0) is None


def test_the_sharpe_ratio_waits_for_enough_days() -> None:
    days = curve.SHARPE_DAYS_MIN
    values = 100.0 * np.cumprod(1 + np.tile([0.02, -0.01], days // 2))
    line = Line(START_MS + np.arange(days) * DAY_MS, values)

    changes = np.tile([0.02, -0.01], days // 2)
    expected = changes.mean() / changes.std(ddof=1) * 365**0.5
    assert curve.sharpe(line, 100.0) == pytest.approx(expected)
    assert curve.sharpe(Line(line.times[:-1], values[:-1]), 100.0) is None


def test_equity_that_never_moved_has_no_sharpe_ratio() -> None:
    line = Line(START_MS + np.arange(40) * DAY_MS, np.full(40, 100.0))

    assert curve.sharpe(line, 100.0) is None


def test_the_spans_of_modes_cover_the_run_without_gap_or_overlap() -> None:
    changes = (
        moved("CAUTIOUS", "EMERGENCY", START_MS + 10 * HOUR_MS),
        moved("EMERGENCY", "PROTECTIVE", START_MS + 11 * HOUR_MS),
    )

    spans = curve.spans(changes, START_MS, END_MS)

    assert [span.mode.name for span in spans] == ["CAUTIOUS", "EMERGENCY", "PROTECTIVE"]
    assert (spans[0].from_ms, spans[-1].until_ms) == (START_MS, END_MS)
    assert all(a.until_ms == b.from_ms for a, b in pairwise(spans))


def test_an_emergency_of_a_minute_is_seen_in_a_run_of_weeks() -> None:
    begun = START_MS + 500 * HOUR_MS
    changes = (
        moved("NORMAL", "EMERGENCY", begun),
        moved("EMERGENCY", "PROTECTIVE", begun + 60_000),
        moved("PROTECTIVE", "NORMAL", begun + 100 * HOUR_MS),
    )

    bands = curve.bands(changes, START_MS, END_MS)

    assert [band.mode for band in bands] == [RiskMode.EMERGENCY, RiskMode.PROTECTIVE]
    step_ms = (END_MS - START_MS) // curve.BAND_STEPS
    assert bands[0] == (begun, begun + step_ms, RiskMode.EMERGENCY)


def test_a_storm_of_changes_makes_no_more_bands_than_steps() -> None:
    names = ("NORMAL", "CAUTIOUS")
    changes = [
        moved(names[n % 2], names[(n + 1) % 2], START_MS + n * HOUR_MS // 10) for n in range(10_000)
    ]

    assert len(curve.bands(changes, START_MS, END_MS)) <= curve.BAND_STEPS


def test_a_run_of_no_length_has_no_bands() -> None:
    assert curve.bands((moved("NORMAL", "EMERGENCY", START_MS),), START_MS, START_MS) == ()
