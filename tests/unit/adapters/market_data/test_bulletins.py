from collections.abc import Sequence

import numpy as np
import pytest

from adapters.bar_arrays import CODE, Codes
from adapters.market_data.bulletins import FOREVER_MS, Bulletins
from adapters.market_data.grid import Grid
from adapters.market_data.layout import funding_by_row
from application.ports.market_history import History
from domain.governance.policy import Policy
from domain.market.bars import DAY_MS, HOUR_MS, MINUTE_MS, BarColumns, FundingRate
from domain.market.messages import (
    Bulletin,
    DataFault,
    FeedTurn,
    Jolt,
    Measures,
    PredictedFunding,
)
from tests.builders import BTC, ETH, an_instrument

pytestmark = pytest.mark.unit

STEP_MS = 5 * MINUTE_MS
START_MS = 19_000 * DAY_MS + 22 * HOUR_MS
POLICY = Policy(flash_minutes=10, flash_move=0.08, feed_stale_minutes=10)
INSTRUMENTS = {BTC: an_instrument(BTC), ETH: an_instrument(ETH, funding_interval_hours=1)}
UNPAID = {symbol: PredictedFunding(symbol, rate=0.0, until_ms=FOREVER_MS) for symbol in INSTRUMENTS}


class AtTimes:
    """A survey that is ready at given times, and tells no more than the time it was asked for."""

    def __init__(self, *ready_ms: int) -> None:
        self.ready_ms: Sequence[int] = ready_ms

    def measures(self, at_ms: int) -> Measures:
        return Measures(at_ms, (), (), ())


def closing(row: int) -> int:
    """Return when a row closes."""
    return START_MS + (row + 1) * STEP_MS


def bars_of(symbol: str, closes: list[float], rows: list[int] | None = None) -> BarColumns:
    """Return bars with *closes*, at *rows* or one after the other."""
    close = np.array(closes)
    at = np.array(range(len(closes)) if rows is None else rows, np.int64)
    times = START_MS + at * STEP_MS
    return BarColumns(symbol, STEP_MS, times, close, close, close, close, np.ones(len(close)))


def told(
    *bars: BarColumns,
    funding: tuple[FundingRate, ...] = (),
    faults: list[Codes] | None = None,
    survey: AtTimes | None = None,
    policy: Policy = POLICY,
) -> dict[int, Bulletin]:
    """Return the news by row."""
    history = History({each.symbol: each for each in bars}, funding)
    grid = Grid(history.bars)
    index = {symbol: at for at, symbol in enumerate(grid.symbols)}
    codes = faults or [np.zeros(len(grid), np.int8) for _ in bars]
    settled = funding_by_row(funding, grid, index)
    news = Bulletins(grid, history, codes, settled, INSTRUMENTS, policy, survey)
    assert news.at(len(grid) + 1) is None
    return {row: one for row in news.rows if (one := news.at(row)) is not None}


def test_a_market_without_funding_has_none_to_pay_and_says_so_once() -> None:
    found = told(bars_of(ETH, [1, 1]), bars_of(BTC, [1, 1]))
    assert found == {0: Bulletin(funding=(UNPAID[BTC], UNPAID[ETH]))}


def test_the_rate_settled_last_is_expected_for_two_intervals_more() -> None:
    first, second = closing(2), closing(4) - 1
    found = told(
        bars_of(BTC, [1] * 6),
        bars_of(ETH, [1] * 6),
        funding=(FundingRate(BTC, first, 0.001), FundingRate(ETH, second, -0.002)),
    )
    # What settles as a bar closes belongs to the bar that opens then.
    assert found == {
        3: Bulletin(funding=(PredictedFunding(BTC, 0.001, first + 16 * HOUR_MS),)),
        4: Bulletin(funding=(PredictedFunding(ETH, -0.002, second + 2 * HOUR_MS),)),
    }


def test_a_symbol_never_settled_is_told_of_beside_one_that_is() -> None:
    rate = FundingRate(ETH, START_MS, 0.001)
    found = told(bars_of(BTC, [1, 1]), bars_of(ETH, [1, 1]), funding=(rate,))
    predicted = PredictedFunding(ETH, 0.001, START_MS + 2 * HOUR_MS)
    assert found == {0: Bulletin(funding=(UNPAID[BTC], predicted))}


def test_before_the_first_settlement_nothing_is_told_and_so_unknown() -> None:
    later = FundingRate(BTC, closing(100), 0.001)
    assert told(bars_of(BTC, [1, 1]), funding=(later,)) == {}


def test_of_several_settlements_in_a_row_the_last_is_told() -> None:
    times = (START_MS, START_MS + 1)
    funding = tuple(FundingRate(BTC, at_ms, at_ms - START_MS) for at_ms in reversed(times))
    found = told(bars_of(BTC, [1, 1]), funding=funding)
    assert found == {
        0: Bulletin(funding=(PredictedFunding(BTC, 1.0, times[1] + 16 * HOUR_MS),)),
    }


def test_a_rate_of_long_ago_is_not_expected() -> None:
    long_ago = FundingRate(BTC, closing(0) - 16 * HOUR_MS, 0.001)
    assert told(bars_of(BTC, [1, 1]), funding=(long_ago,)) == {}
    recent = long_ago._replace(at_ms=long_ago.at_ms + 1)
    predicted = PredictedFunding(BTC, 0.001, closing(0) + 1)
    assert told(bars_of(BTC, [1, 1]), funding=(recent,)) == {0: Bulletin(funding=(predicted,))}


def test_jolts_are_told_at_the_row_of_the_bar_and_symbols_in_order() -> None:
    found = told(
        bars_of(ETH, [100, 100, 110, 110, 110], [0, 1, 2, 3, 4]),
        bars_of(BTC, [100, 90], [0, 2]),
    )
    assert found[2].jolts == (Jolt(BTC, 0.1, 0.0), Jolt(ETH, 0.0, 0.1))
    assert found[3].jolts == (Jolt(ETH, 0.0, 0.1),)
    assert 4 not in found


def test_a_window_shorter_than_a_bar_is_one_bar() -> None:
    found = told(bars_of(BTC, [100, 90, 90]), policy=Policy(flash_minutes=1))
    assert [row for row, one in found.items() if one.jolts] == [1]


def test_a_close_that_cannot_be_used_is_no_jolt() -> None:
    broken = np.array([0, CODE[DataFault.NON_POSITIVE], 0], np.int8)
    found = told(bars_of(BTC, [100, 0, 100]), faults=[broken])
    assert found == {0: Bulletin(funding=(UNPAID[BTC],))}


def test_a_feed_that_stops_is_told_of_and_that_it_goes_on() -> None:
    found = told(bars_of(BTC, [1] * 8), bars_of(ETH, [1] * 4, [0, 1, 6, 7]))
    assert found[4] == Bulletin(feeds=(FeedTurn(ETH, stale=True, fresh_ms=closing(1)),))
    assert found[6] == Bulletin(feeds=(FeedTurn(ETH, stale=False, fresh_ms=closing(1)),))
    assert found.keys() == {0, 4, 6}


def test_a_feed_is_not_stale_within_a_bar_however_short_the_limit() -> None:
    found = told(
        bars_of(BTC, [1] * 5),
        bars_of(ETH, [1] * 3, [0, 2, 4]),
        policy=Policy(feed_stale_minutes=1),
    )
    assert found.keys() == {0}


def test_measures_are_told_when_first_known_and_at_the_first_row_of_each_day_after() -> None:
    midnight = START_MS + 2 * HOUR_MS
    ready = midnight + DAY_MS + HOUR_MS
    rows = 12 * 24 * 4
    found = told(bars_of(BTC, [1] * rows), survey=AtTimes(ready, ready + 1))
    at = {row: one.measures.at_ms for row, one in found.items() if one.measures is not None}
    assert list(at.values()) == [
        ready,
        ready + STEP_MS,
        midnight + 2 * DAY_MS,
        midnight + 3 * DAY_MS,
    ]
    assert all(closing(row) == at_ms for row, at_ms in at.items())


def test_a_day_without_rows_is_passed_over() -> None:
    day = DAY_MS // STEP_MS
    found = told(bars_of(BTC, [1] * 4, [0, 1, 3 * day, 3 * day + 1]), survey=AtTimes(closing(0)))
    assert [row for row, one in found.items() if one.measures is not None] == [0, 2]


def test_without_a_survey_or_anything_known_there_are_no_measures() -> None:
    for survey in (None, AtTimes()):
        found = told(bars_of(BTC, [1] * 1000), survey=survey)
        assert all(one.measures is None for one in found.values())


def test_a_market_without_bars_has_no_news() -> None:
    assert told(bars_of(BTC, []), survey=AtTimes()) == {}
