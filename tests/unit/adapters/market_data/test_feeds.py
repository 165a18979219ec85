import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.market_data.feeds import feed_turns
from domain.market.messages import FeedTurn

pytestmark = pytest.mark.unit

LIMIT_MS = 5
TIMES = np.arange(0, 40, dtype=np.int64)


def turns(own: list[int], times: list[int] | None = None) -> dict[int, FeedTurn]:
    """Return the turns of a symbol whose bars are at the rows *own*."""
    axis = TIMES if times is None else np.array(times, np.int64)
    return feed_turns("A", axis, np.array(own, np.int64), LIMIT_MS)


def naive(own: set[int], times: list[int]) -> dict[int, FeedTurn]:
    """Return the same, row by row."""
    found, fresh_ms, stale = {}, None, False
    for row, at_ms in enumerate(times):
        if row in own:
            if stale and fresh_ms is not None:
                found[row] = FeedTurn("A", stale=False, fresh_ms=fresh_ms)
            fresh_ms, stale = at_ms, False
        elif fresh_ms is not None and not stale and at_ms > fresh_ms + LIMIT_MS:
            stale = True
            found[row] = FeedTurn("A", stale=True, fresh_ms=fresh_ms)
    return found


def test_a_symbol_is_stale_past_the_limit_and_fresh_at_its_next_bar() -> None:
    assert turns([*range(11), *range(20, 40)]) == {
        16: FeedTurn("A", stale=True, fresh_ms=10),
        20: FeedTurn("A", stale=False, fresh_ms=10),
    }


def test_a_gap_as_long_as_the_limit_is_not_stale() -> None:
    assert turns([*range(11), *range(15, 40)]) == {}
    assert turns([*range(11), *range(16, 40)]) == {}


def test_nothing_is_told_before_the_first_bar() -> None:
    assert turns(list(range(20, 40))) == {}


def test_a_symbol_that_ends_before_the_others_stays_stale() -> None:
    assert turns(list(range(21))) == {26: FeedTurn("A", stale=True, fresh_ms=20)}


def test_a_symbol_alone_has_no_rows_in_its_gaps() -> None:
    assert turns([0, 1, 2], [0, 1, 100]) == {}


def test_a_gap_of_all_symbols_is_told_of_by_no_row() -> None:
    assert turns([0, 1, 3, 4], [0, 1, 2, 100, 101]) == {}


def test_a_symbol_without_bars_is_not_told_of() -> None:
    assert turns([]) == {}


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=60),
    st.sets(st.integers(0, 59)),
    st.integers(1, 60),
)
def test_it_is_what_a_loop_over_rows_finds_whatever_follows(
    steps: list[int], present: set[int], cut: int
) -> None:
    times = np.cumsum(steps).tolist()
    own = {row for row in present if row < len(times)}
    whole = turns(sorted(own), times)
    assert whole == naive(own, times)
    short = turns(sorted(row for row in own if row < cut), times[:cut])
    assert short == {row: turn for row, turn in whole.items() if row < cut}
