from math import inf, isfinite
from typing import Any

import numpy as np
import pytest

from adapters.features.analytics import BulkAnalyst
from adapters.features.risk_measures import HourlyRisk
from adapters.market_data.instruments import instruments_for
from adapters.market_data.layout import Voter
from adapters.market_data.tape import MarketTape
from application.ports.market_history import History
from application.ports.predictor import VoteColumns
from domain.governance.policy import Policy
from domain.market.bars import DAY_MS, HOUR_MS, MINUTE_MS, BarColumns, FundingRate
from domain.portfolio.book import Exposure
from domain.shared.enums import RunMode
from tests.fakes.bars import part

pytestmark = pytest.mark.unit

STEP_MS = 15 * MINUTE_MS
START_MS = 19_000 * DAY_MS + 5 * HOUR_MS
ROWS = 12 * 96
POLICY = Policy(flash_minutes=60, flash_move=0.03, feed_stale_minutes=60)
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
NO_BAND = (-inf, inf)


def wild_bars(seed: int) -> dict[str, BarColumns]:
    """Return twelve days of three symbols: one whole, one with holes, one that comes and goes."""
    rng = np.random.default_rng(seed)
    bars = {}
    for symbol, share in zip(SYMBOLS, (0.0, 0.02, 0.3), strict=True):
        close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.006, ROWS))), 2)
        times = START_MS + np.arange(ROWS, dtype=np.int64) * STEP_MS
        columns = (close, close, close, close, np.full(ROWS, 1e6))
        kept: Any = np.flatnonzero(rng.random(ROWS) >= share)
        bars[symbol] = part(BarColumns(symbol, STEP_MS, times, *columns), kept)
    return bars


FUNDING = tuple(
    FundingRate(symbol, START_MS + eight * 8 * HOUR_MS, 1e-4 * eight)
    for eight in range(1, 40)
    for symbol in SYMBOLS[:2]
)
INSTRUMENTS = instruments_for(wild_bars(1), None)


def tape_of(bars: dict[str, BarColumns], policy: Policy = POLICY) -> MarketTape:
    """Return a tape of *bars* on which a voter speaks now and then."""
    known = {symbol: BulkAnalyst().study(each, policy) for symbol, each in bars.items()}
    votes = {}
    for symbol, each in bars.items():
        often = np.asarray(each.open_time) % (7 * HOUR_MS) == 0
        votes[symbol] = VoteColumns(often.astype(np.int8), np.where(often, 0.9, np.nan))
    voters = [Voter("now and then", fallback=False, votes=votes)]
    return MarketTape(
        History(bars, FUNDING),
        known,
        voters,
        INSTRUMENTS,
        RunMode.BACKTEST,
        0.0,
        policy,
        HourlyRisk(),
    )


def test_signals_are_the_rows_with_candidates_turns_or_news() -> None:
    tape = tape_of(wild_bars(2))
    found, row = [], 0
    while (row := tape.next_signal(row)) < len(tape):
        found.append(row)
        row += 1
    assert found == [
        row
        for row in range(len(tape))
        if tape.candidates(row) or tape.turns(row) or tape.bulletin(row) is not None
    ]
    news = [one for row in found if (one := tape.bulletin(row)) is not None]
    assert all(any(one[kind] for one in news) for kind in range(4))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("day", [1, 5, 10, 11])
def test_cutting_the_future_off_changes_no_bulletin(seed: int, day: int) -> None:
    bars = wild_bars(seed)
    end = START_MS + day * DAY_MS + seed * HOUR_MS
    cut = {
        symbol: part(each, slice(int((np.asarray(each.open_time) < end).sum())))
        for symbol, each in bars.items()
    }
    whole, short = tape_of(bars), tape_of(cut)
    assert short.time_ms(len(short) - 1) == end
    for row in range(len(short)):
        assert short.bulletin(row) == whole.bulletin(row)


def test_what_passed_is_bit_for_bit_the_equity_of_each_row_visited() -> None:
    tape = tape_of(wild_bars(3))
    exposure = Exposure(1_234.567, (("BTCUSDT", 0.123), ("ETHUSDT", -4.56), ("SOLUSDT", 7.8)))
    for start, stop in ((10, 11), (10, 13), (10, 40), (10, len(tape)), (len(tape) - 1, len(tape))):
        stretch = tape.equity_over(exposure, start, stop, NO_BAND, inf)
        last_ms = tape.time_ms(stop - 1)
        assert stretch.row == stop
        assert stretch.passed == tuple(
            (tape.time_ms(row), exposure.equity(dict(tape.marks(row, SYMBOLS))))
            for row in range(start, stop)
            if tape.time_ms(row) >= last_ms - HOUR_MS
        )
        assert isfinite(stretch.high)


def test_over_no_rows_nothing_passes() -> None:
    stretch = tape_of(wild_bars(4)).equity_over(Exposure(1.0, ()), 7, 7, NO_BAND, inf)
    assert stretch == (7, 0.0, ())


def test_without_a_policy_the_default_one_rules_and_without_an_analyst_nothing_is_measured() -> (
    None
):
    bars = wild_bars(5)
    policy = Policy()
    known = {symbol: BulkAnalyst().study(each, policy) for symbol, each in bars.items()}
    plain = MarketTape(History(bars, FUNDING), known, [], INSTRUMENTS, RunMode.BACKTEST, 0.0)
    ruled = tape_of(bars, policy)
    for row in range(len(plain)):
        told, expected = plain.bulletin(row), ruled.bulletin(row)
        if expected is not None and any(expected[:3]):
            assert told == expected._replace(measures=None)
        else:
            assert told is None
