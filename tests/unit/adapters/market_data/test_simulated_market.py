from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from adapters.market_data.columns import rows_of
from adapters.market_data.inspection import inspect
from adapters.market_data.instruments import instruments_for
from adapters.market_data.simulated_factor import CRASH_DEPTH, STEPS, factor_path
from adapters.market_data.simulated_market import DEFAULT_SYMBOLS, FUNDING_MS, SimulatedMarket
from adapters.market_data.sources import Source
from application.errors import BadInput
from application.ports.market_history import History
from domain.market.bars import HOUR_MS, MINUTE_MS, BarColumns
from tests.fakes.bars import array

pytestmark = pytest.mark.unit

BARS = 2_000
CRASH_BAR = 1_200


@pytest.fixture(scope="module")
def history() -> History:
    return SimulatedMarket(7, bars=BARS).load()


def bytes_of(history: History) -> bytes:
    columns = [
        np.asarray(column).tobytes() for bars in history.bars.values() for column in bars[2:]
    ]
    return b"".join(columns) + repr(history.funding).encode()


def returns(bars: BarColumns) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.diff(np.log(array(bars.close)))


def test_the_same_seed_gives_the_same_bytes(history: History) -> None:
    assert bytes_of(SimulatedMarket(7, bars=BARS).load()) == bytes_of(history)


def test_another_seed_gives_another_market(history: History) -> None:
    assert bytes_of(SimulatedMarket(8, bars=BARS).load()) != bytes_of(history)


def test_a_symbol_is_the_same_whoever_is_beside_it(history: History) -> None:
    alone = SimulatedMarket(7, ("SOLUSDT",), bars=BARS).load().bars["SOLUSDT"]
    for one, other in zip(alone[2:], history.bars["SOLUSDT"][2:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_is_wrong_with_the_bars(history: History) -> None:
    assert tuple(history.bars) == DEFAULT_SYMBOLS
    for symbol, bars in history.bars.items():
        report = inspect(Source(Path(symbol), symbol, 5 * MINUTE_MS), rows_of(bars))
        assert report.findings == ()
        assert report.rows == BARS


def test_prices_are_on_the_ticks_of_the_venue(history: History) -> None:
    for symbol, instrument in instruments_for(history.bars).items():
        ticks = array(history.bars[symbol].low) / float(instrument.tick)
        np.testing.assert_allclose(ticks, np.rint(ticks), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_the_crash_falls_within_an_hour_where_it_was_said_to(seed: int) -> None:
    market = SimulatedMarket(seed, bars=BARS)
    btc = market.load().bars["BTCUSDT"]
    close = array(btc.close)
    assert market.crash_ms == btc.open_time[CRASH_BAR]
    assert close[CRASH_BAR + 11] / close[CRASH_BAR - 1] - 1 == pytest.approx(-CRASH_DEPTH, abs=0.04)
    assert close[CRASH_BAR + 59] > close[CRASH_BAR + 11] * 1.02


def test_bars_of_the_crash_are_violent(history: History) -> None:
    for bars in history.bars.values():
        ranges = (array(bars.high) - array(bars.low)) / array(bars.close)
        assert ranges[CRASH_BAR : CRASH_BAR + 12].mean() > 5 * np.median(ranges)


def test_there_need_not_be_a_crash() -> None:
    market = SimulatedMarket(7, ("BTCUSDT",), bars=BARS, crash_at=None)
    assert market.crash_ms is None
    assert np.abs(returns(market.load().bars["BTCUSDT"])).max() < 0.06


def test_a_crash_in_the_last_bar_is_cut_off_not_an_error() -> None:
    assert len(SimulatedMarket(1, ("BTCUSDT",), bars=10, crash_at=0.95).load().bars) == 1


def test_symbols_move_together_but_not_alike(history: History) -> None:
    moves = np.corrcoef([returns(bars) for bars in history.bars.values()])
    apart = moves[np.triu_indices(len(moves), 1)]
    assert 0.5 < apart.min() < apart.max() < 0.95


def test_volume_follows_volatility(history: History) -> None:
    for bars in history.bars.values():
        moves = np.log(array(bars.high) / array(bars.low))
        assert np.corrcoef(moves, np.log(array(bars.volume)))[0, 1] > 0.5


def test_volatility_comes_in_clusters() -> None:
    moves = np.abs(
        returns(SimulatedMarket(3, ("BTCUSDT",), bars=BARS, crash_at=None).load().bars["BTCUSDT"])
    )
    hours = moves[: len(moves) // 12 * 12].reshape(-1, 12).mean(axis=1)
    assert np.corrcoef(hours[1:], hours[:-1])[0, 1] > 0.3


def test_funding_is_due_every_eight_hours_for_every_symbol(history: History) -> None:
    own = [rate for rate in history.funding if rate.symbol == "BTCUSDT"]
    assert all(rate.at_ms % FUNDING_MS == 0 for rate in own)
    assert all(later.at_ms - earlier.at_ms == FUNDING_MS for earlier, later in pairwise(own))
    assert len(own) == BARS * 5 * MINUTE_MS // FUNDING_MS
    assert len(history.funding) == len(own) * len(DEFAULT_SYMBOLS)
    assert list(history.funding) == sorted(history.funding, key=lambda r: (r.at_ms, r.symbol))


def test_funding_follows_the_trend_and_falls_in_the_crash(history: History) -> None:
    btc = history.bars["BTCUSDT"]
    crash_ms = int(btc.open_time[CRASH_BAR])
    own = [rate for rate in history.funding if rate.symbol == "BTCUSDT"]
    worst = min(own, key=lambda rate: rate.rate)
    assert crash_ms < worst.at_ms <= crash_ms + 24 * HOUR_MS
    assert worst.rate < -0.0002


def test_recent_moves_say_something_of_the_next() -> None:
    edges = []
    for seed in range(12):
        moves = returns(
            SimulatedMarket(seed, ("ETHUSDT",), bars=6_000, crash_at=None).load().bars["ETHUSDT"]
        )
        path = np.append(0.0, np.cumsum(moves))
        rows = np.arange(96, len(path) - 48)
        past, future = path[rows] - path[rows - 96], path[rows + 48] - path[rows]
        edges.append(np.corrcoef(past, future)[0, 1])
    assert 0.05 < np.mean(edges) < 0.4


def test_any_symbol_can_be_simulated_at_any_interval() -> None:
    history = SimulatedMarket(1, ("NEWUSDT", "NEWUSDT"), HOUR_MS, start_ms=0, bars=50).load()
    assert list(history.bars) == ["NEWUSDT"]
    assert history.bars["NEWUSDT"].interval_ms == HOUR_MS


def test_all_that_cannot_be_simulated_is_said_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        SimulatedMarket(-1, ("btc",), 7, start_ms=3, bars=0, crash_at=1.0)
    assert len(caught.value.problems) == 6


def test_the_factor_has_a_row_a_bar() -> None:
    factor = factor_path(np.random.default_rng(1), 10, HOUR_MS, None)
    assert factor.steps.shape == (10, STEPS)
    assert factor.volatility.shape == (10,)
