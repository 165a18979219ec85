from collections.abc import Sequence
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bar_arrays import CODE
from adapters.features.faults import faults_of
from domain.governance.policy import Policy
from domain.market.bars import MINUTE_MS, Bar, BarColumns
from domain.market.data_guard import GuardState, observe

pytestmark = pytest.mark.unit

POLICY = Policy(jump_max=0.2, gap_pause_bars=3, stale_minutes=3)

steps = st.sampled_from([1] * 12 + [0, -1, -3, 2, 4])
prices = st.sampled_from([100.0] * 12 + [101.0, 130.0, 0.0, -1.0, nan, inf, -inf])
volumes = st.sampled_from([1.0] * 4 + [0.0] * 4 + [-1.0, nan])
rows = st.lists(st.tuples(steps, st.tuples(prices, prices, prices, prices), volumes), max_size=30)


def bars_of(drawn: Sequence[tuple[int, tuple[float, ...], float]]) -> list[Bar]:
    bars, minute = [], 1_000
    for step, (opened, high, low, close), volume in drawn:
        minute += step
        at_ms = minute * MINUTE_MS
        ends = sorted((high, low)) if high == high and low == low else (low, high)  # noqa: PLR0124 - NaN
        bars.append(Bar("BTC", at_ms, at_ms + MINUTE_MS, opened, ends[1], ends[0], close, volume))
    return bars


def columns_of(bars: Sequence[Bar]) -> BarColumns:
    times = np.array([bar.open_ms for bar in bars], np.int64)
    values = [np.array([bar[field] for bar in bars], np.float64) for field in range(3, 8)]
    return BarColumns("BTC", MINUTE_MS, times, *values)


@settings(max_examples=300)
@given(rows)
def test_the_guard_in_bulk_finds_what_the_guard_bar_by_bar_finds(
    drawn: list[tuple[int, tuple[float, ...], float]],
) -> None:
    bars = bars_of(drawn)
    state, expected = GuardState(), []
    for bar in bars:
        state, fault = observe(state, bar, POLICY)
        expected.append(0 if fault is None else CODE[fault])
    assert faults_of(columns_of(bars), POLICY).tolist() == expected


def test_clean_bars_have_no_fault() -> None:
    bars = bars_of([(1, (100.0, 100.0, 100.0, 100.0), 1.0)] * 50)
    assert not faults_of(columns_of(bars), POLICY).any()
