"""The news of real history: what it says is plausible, and nothing of it knows the future."""

from functools import cache
from pathlib import Path
from statistics import mean

import numpy as np
import pytest

from adapters.features.analytics import BulkAnalyst
from adapters.features.risk_measures import SCENARIO_HOURS, HourlyRisk
from adapters.market_data.files import FileHistory
from adapters.market_data.instruments import instruments_for
from adapters.market_data.sources import parse_source
from adapters.market_data.tape import MarketTape
from application.ports.market_history import History
from domain.governance.policy import Policy
from domain.market.bars import DAY_MS, HOUR_MS
from domain.market.messages import Bulletin
from domain.shared.enums import RunMode
from tests.fakes.bars import part

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not DATA.is_dir(), reason="the shared market data is not there"),
]
SYMBOLS = ("BNBUSDT", "BTCUSDT", "DOGEUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
POLICY = Policy()
FIRST_MS = 1_740_614_400_000  # 2025-02-27


@cache
def real() -> History:
    """Return four months of six symbols at five minutes, with the funding settled in them."""
    names = [DATA / "klines" / f"{symbol}-5m-20250227-20250630.parquet" for symbol in SYMBOLS]
    sources = [parse_source(str(name)) for name in names]
    return FileHistory(sources, DATA / "funding" / "funding.parquet").load()


def tape_of(history: History, policy: Policy = POLICY) -> MarketTape:
    """Return *history* laid out, without voters."""
    known = {symbol: BulkAnalyst().study(bars, policy) for symbol, bars in history.bars.items()}
    instruments = instruments_for(real().bars, None)
    return MarketTape(history, known, [], instruments, RunMode.BACKTEST, 0.0, policy, HourlyRisk())


def until(end_ms: int) -> History:
    """Return what had closed by *end_ms*."""
    bars = {
        symbol: part(bars, slice(int((np.asarray(bars.open_time) < end_ms).sum())))
        for symbol, bars in real().bars.items()
    }
    return real()._replace(bars=bars)


def news_of(tape: MarketTape, rows: range) -> dict[int, Bulletin]:
    """Return the news of *rows* by time."""
    return {tape.time_ms(row): news for row in rows if (news := tape.bulletin(row)) is not None}


@pytest.mark.parametrize("hours", [5 * 24, 11 * 24 + 1, 40 * 24 + 13, 93 * 24])
def test_no_bulletin_knows_what_follows_it(hours: int) -> None:
    short, whole = tape_of(until(FIRST_MS + hours * HOUR_MS)), tape_of(real())
    assert short.time_ms(len(short) - 1) == FIRST_MS + hours * HOUR_MS
    assert news_of(short, range(len(short))) == news_of(whole, range(len(short)))


def test_the_measures_of_a_day_are_those_of_its_symbols() -> None:
    tape = tape_of(real())
    news = tape.bulletin(tape.row_at(FIRST_MS + 60 * DAY_MS))
    assert news is not None
    assert news.measures is not None
    correlations = {pair[:2]: pair[2] for pair in news.measures.correlations}
    assert len(correlations) == len(SYMBOLS) * (len(SYMBOLS) - 1) // 2
    assert 0.7 < correlations["BTCUSDT", "ETHUSDT"] < 0.95
    assert min(correlations.values()) > 0.4
    betas = dict(news.measures.betas)
    assert mean(betas.values()) == pytest.approx(1, abs=0.01)
    assert betas["DOGEUSDT"] > betas["BTCUSDT"]
    assert [len(moves) for _, moves in news.measures.scenarios] == [SCENARIO_HOURS] * len(SYMBOLS)


def test_each_day_is_measured_once_it_can_be_and_each_settlement_told() -> None:
    tape = tape_of(real())
    news = news_of(tape, range(len(tape)))
    measured = [at_ms for at_ms, one in news.items() if one.measures is not None]
    days = tape.time_ms(len(tape) - 1) // DAY_MS - measured[0] // DAY_MS
    assert len([at_ms for at_ms in measured if at_ms % DAY_MS == 0]) == days
    funded = [each for one in news.values() for each in one.funding]
    settled = [
        rate for rate in real().funding if FIRST_MS <= rate.at_ms < tape.time_ms(len(tape) - 1)
    ]
    assert len(funded) == len(settled)


def test_jolts_are_the_moves_from_close_to_close_that_are_large_enough() -> None:
    tape = tape_of(real(), Policy(flash_move=0.03))
    news = news_of(tape, range(len(tape)))
    told = {(at_ms, each.symbol): each for at_ms, one in news.items() for each in one.jolts}
    expected = set()
    for symbol, bars in real().bars.items():
        close = np.asarray(bars.close)
        moved = np.abs(np.diff(close)) / close[:-1] >= 0.03
        ends = np.asarray(bars.open_time)[1:][moved] + bars.interval_ms
        expected |= {(int(at_ms), symbol) for at_ms in ends}
    assert told.keys() == expected
    assert len(expected) > 10
    assert all(max(each.fall, each.rise) >= 0.03 for each in told.values())
