import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.bar_arrays import CODE
from adapters.market_data.jolts import jolted
from domain.market.bars import MINUTE_MS
from domain.market.messages import DataFault

pytestmark = pytest.mark.unit

WINDOW_MS = 5 * MINUTE_MS
MOVE = 0.08
BAD = CODE[DataFault.NON_POSITIVE]


def found(
    closes: list[float], minutes: list[int] | None = None, fault: dict[int, int] | None = None
) -> dict[int, tuple[float, float]]:
    """Return (fall, rise) by row of closes that are a minute apart, or at *minutes*."""
    times = np.array(minutes or range(len(closes)), np.int64) * MINUTE_MS
    codes = np.zeros(len(closes), np.int8)
    for row, code in (fault or {}).items():
        codes[row] = code
    rows, fall, rise = jolted(times, np.array(closes), codes, WINDOW_MS, MOVE)
    each = zip(fall.tolist(), rise.tolist(), strict=True)
    return dict(zip(rows.tolist(), each, strict=True))


def naive(closes: list[float], minutes: list[int], bad: set[int]) -> dict[int, tuple[float, float]]:
    """Return the same, row by row."""
    answer = {}
    for row, (close, minute) in enumerate(zip(closes, minutes, strict=True)):
        window = [
            closes[before]
            for before in range(row + 1)
            if before not in bad and (minute - minutes[before]) * MINUTE_MS <= WINDOW_MS
        ]
        if row not in bad:
            high, low = max(window), min(window)
            fall, rise = (high - close) / high, (close - low) / low
            if fall >= MOVE or rise >= MOVE:
                answer[row] = (fall, rise)
    return answer


def test_a_fall_is_told_of_at_its_row_and_while_the_high_is_in_the_window() -> None:
    assert found([100, 100, 96, 92, 92, 92, 92, 92]) == {
        3: (0.08, 0.0),
        4: (0.08, 0.0),
        5: (0.08, 0.0),
        6: (0.08, 0.0),
    }


def test_a_rise_is_measured_from_the_lowest_close() -> None:
    assert found([100, 90, 100, 100]) == {
        1: (0.1, 0.0),
        2: (0.0, 10 / 90),
        3: (0.0, 10 / 90),
    }


def test_the_close_at_the_start_of_the_window_belongs_to_it_and_none_before() -> None:
    assert found([100, 92], [0, 5]) == {1: (0.08, 0.0)}
    assert found([100, 92], [0, 6]) == {}


def test_less_than_the_move_is_no_news() -> None:
    assert found([100, 92.001, 93, 99.3]) == {}
    assert found([100, 107.999, 100]) == {}


def test_a_close_that_cannot_be_is_neither_a_fall_nor_a_level_to_fall_from() -> None:
    for wrong in (0.0, -5.0, float("nan"), float("inf"), 1e9):
        assert found([100, wrong, 100, 99], fault={1: BAD}) == {}
    assert found([100, 0.0, 91], fault={1: BAD}) == {2: (0.09, 0.0)}


def test_a_bar_that_only_jumped_is_a_jolt() -> None:
    assert found([100, 50], fault={1: CODE[DataFault.JUMP]}) == {1: (0.5, 0.0)}


def test_no_bars_have_no_jolts() -> None:
    assert found([]) == {}


@given(st.data())
def test_it_is_what_a_loop_over_rows_finds_whatever_follows(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    rows = data.draw(st.integers(1, 400))
    sigma = data.draw(st.sampled_from((0.005, 0.02, 0.05)))
    closes = np.round(100 * np.exp(np.cumsum(rng.normal(0, sigma, rows))), 2).tolist()
    minutes = np.cumsum(rng.choice([1, 1, 1, 2, 6, 300], rows)).tolist()
    bad = set(np.flatnonzero(rng.random(rows) < 0.05).tolist())
    closes = [0.0 if row in bad else close for row, close in enumerate(closes)]
    cut = data.draw(st.integers(0, rows))

    whole = found(closes, minutes, dict.fromkeys(bad, BAD))
    short = found(
        closes[:cut], minutes[:cut], dict.fromkeys((row for row in bad if row < cut), BAD)
    )

    assert whole == naive(closes, minutes, bad)
    assert short == {row: jolt for row, jolt in whole.items() if row < cut}
