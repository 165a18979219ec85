from pathlib import Path

import numpy as np
import pytest

from adapters.market_data.columns import Rows, rows_of, take
from adapters.market_data.inspection import inspect
from adapters.market_data.report import ALLOWED, Finding, Flaw, Gap, Report, gap_lines
from adapters.market_data.sources import Source
from adapters.market_data.times import NO_TIME
from tests.fakes.bars import INTERVAL_MS, START_MS, random_bars

pytestmark = pytest.mark.unit

SOURCE = Source(Path("BTCUSDT-5m-20200101-20200101.csv"), "BTCUSDT", INTERVAL_MS)
SOUND = rows_of(random_bars(1, 100))


def times(*bars: int) -> Rows:
    """Return rows for these bars since the start, each with the same price."""
    flat = np.full(len(bars), 100.0)
    opens = START_MS + INTERVAL_MS * np.array(bars, np.int64)
    return Rows(opens, flat, flat, flat, flat, np.ones(len(bars)))


def with_value(field: str, row: int, value: float) -> Rows:
    column = np.array(getattr(SOUND, field))
    column[row] = value
    return SOUND._replace(**{field: column})


def found(rows: Rows, source: Source = SOURCE) -> dict[Flaw, tuple[int, int]]:
    """Return the flaws with how often and where first."""
    report = inspect(source, rows)
    return {finding.flaw: (finding.occurrences, finding.row) for finding in report.findings}


def test_sound_rows_have_no_finding() -> None:
    report = inspect(SOURCE, SOUND)
    assert report == Report(
        str(SOURCE.path),
        "BTCUSDT",
        INTERVAL_MS,
        100,
        START_MS,
        START_MS + 99 * INTERVAL_MS,
        (),
        (),
    )
    assert report.usable


@pytest.mark.parametrize("field", ["open", "high", "low", "close", "volume"])
@pytest.mark.parametrize(
    ("value", "flaw"), [(np.nan, Flaw.NOT_A_NUMBER), (-1.0, Flaw.NON_POSITIVE)]
)
def test_a_bad_value_is_found_wherever_it_is(field: str, value: float, flaw: Flaw) -> None:
    assert found(with_value(field, 41, value))[flaw] == (1, 42)


def test_a_bar_that_does_not_contain_its_prices_is_found() -> None:
    assert found(with_value("high", 7, 50.0)) == {Flaw.HIGH_BELOW_LOW: (1, 8)}


def test_a_time_that_could_not_be_read_is_found() -> None:
    rows = times(0, 1, 2)
    rows.open_time[1] = NO_TIME
    assert found(rows) == {Flaw.NO_TIME: (1, 2), Flaw.GAP: (1, 3)}


def test_a_duplicate_is_found_next_to_its_twin_and_far_from_it() -> None:
    assert found(times(0, 1, 1, 2)) == {Flaw.DUPLICATE: (1, 3)}
    assert found(times(0, 1, 2, 0)) == {Flaw.DUPLICATE: (1, 4), Flaw.OUT_OF_ORDER: (1, 4)}


def test_rows_out_of_order_are_counted_against_the_latest_before_them() -> None:
    assert found(times(0, 3, 1, 2, 4)) == {Flaw.OUT_OF_ORDER: (2, 3)}


def test_a_gap_is_allowed_and_told_with_its_place() -> None:
    report = inspect(SOURCE, times(0, 1, 5, 6, 8))
    second, fifth = START_MS + INTERVAL_MS, START_MS + 5 * INTERVAL_MS
    assert report.usable
    assert report.gaps[0] == Gap(second, fifth, 3)
    assert sum(gap.missing for gap in report.gaps) == 4
    assert Finding(Flaw.GAP, 2, 3, "4 bars missing in all") in report.findings
    assert len(list(gap_lines(report))) == 2


def test_a_time_off_the_grid_is_a_wrong_step() -> None:
    rows = times(0, 1, 2)
    rows.open_time[1] += 1_000
    assert found(rows)[Flaw.WRONG_STEP] == (1, 2)


def test_bars_of_a_shorter_interval_are_a_wrong_step_and_the_common_one_is_named() -> None:
    minutes = SOUND._replace(open_time=START_MS + 60_000 * np.arange(100, dtype=np.int64))
    findings = {finding.flaw: finding for finding in inspect(SOURCE, minutes).findings}
    assert findings[Flaw.WRONG_STEP].occurrences == 80
    assert "commonest step 1m" in findings[Flaw.WRONG_STEP].detail


def test_bars_of_a_longer_interval_after_the_named_one_are_mixed_not_gaps() -> None:
    rows = times(*range(30), *range(30, 150, 3))
    report = inspect(SOURCE, rows)
    assert not report.usable
    assert any("mixed intervals" in problem for problem in report.problems())


def test_scattered_missing_bars_are_gaps_not_another_interval() -> None:
    bars = [bar for bar in range(200) if bar % 4 != 1]
    assert set(found(times(*bars))) == {Flaw.GAP}


def test_a_name_that_promises_other_days_is_found() -> None:
    source = SOURCE._replace(path=Path("BTCUSDT-5m-20200101-20200102.csv"))
    assert found(SOUND, source) == {Flaw.NAME_MISMATCH: (1, 1)}


def test_bars_without_a_trade_and_jumps_are_told_and_allowed() -> None:
    rows = with_value("volume", 3, 0.0)
    close = rows.close.copy()
    close[50:] *= 1.5
    rows = rows._replace(
        close=close, high=np.maximum(rows.high, close), low=np.minimum(rows.low, close)
    )
    assert found(rows) == {Flaw.ZERO_VOLUME: (1, 4), Flaw.JUMP: (1, 51)}
    assert inspect(SOURCE, rows).usable


def test_no_rows_at_all_make_an_empty_report() -> None:
    report = inspect(SOURCE, take(SOUND, slice(0, 0)))
    assert (report.rows, report.first_ms, report.last_ms, report.findings) == (0, 0, 0, ())


@pytest.mark.parametrize("flaw", Flaw)
def test_every_flaw_that_is_not_allowed_is_a_problem_with_a_remedy(flaw: Flaw) -> None:
    report = inspect(SOURCE, SOUND)._replace(findings=(Finding(flaw, 2, 5),))
    assert report.usable == (flaw in ALLOWED)
    assert len(report.problems()) + len(report.notes()) == 1
    for problem in report.problems():
        assert str(SOURCE.path) in problem
        assert "row 5" in problem
        assert "data import --repair" in problem
