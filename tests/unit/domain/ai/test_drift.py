"""Drift measures: nothing for the same, much for another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ai.drift import kolmogorov_smirnov, shares, stability_index

pytestmark = pytest.mark.unit
COUNTS = st.lists(st.integers(0, 1000), min_size=10, max_size=10)


@given(COUNTS)
def test_the_same_has_not_drifted(counts: list[int]) -> None:
    assert stability_index(counts, counts) == 0.0
    assert kolmogorov_smirnov(counts, counts) == (0.0, 1.0)


@given(COUNTS, COUNTS)
def test_measures_are_bounded_and_symmetric(one: list[int], other: list[int]) -> None:
    distance, chance = kolmogorov_smirnov(one, other)

    assert stability_index(one, other) == pytest.approx(stability_index(other, one))
    assert stability_index(one, other) >= 0.0
    assert 0.0 <= distance <= 1.0 + 1e-9
    assert 0.0 <= chance <= 1.0


def test_another_shape_is_seen_by_both() -> None:
    even, skewed = [100] * 10, [10] * 5 + [190] * 5

    assert stability_index(even, skewed) > 0.25
    assert kolmogorov_smirnov(even, skewed)[1] < 0.001


def test_nothing_has_no_shares_and_no_drift() -> None:
    assert shares([0, 0]) == (0.0, 0.0)
    assert kolmogorov_smirnov([0, 0], [5, 5])[1] == 1.0
