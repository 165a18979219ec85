"""The voters on recorded markets: fast, deterministic, calibrated, and blind to the future."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from adapters.features.feature_set import WINDOW_ROWS, OhlcvFeatures
from adapters.models.registry import FileModelRegistry
from adapters.models.standard import standard_trainers
from application.learning import WalkForward, WalkForwardPlan, walk_forward
from application.training import load_voters, train_final
from domain.market.bars import BarColumns
from tests.fakes.bars import part

pytestmark = pytest.mark.integration

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "klines"
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
PLAN = WalkForwardPlan(train_bars_min=9_000, refit_bars=12_000, train_bars_max=20_000)
NAMES = ("open_time", "open", "high", "low", "close", "volume")


@pytest.fixture(scope="module")
def market() -> dict[str, BarColumns]:
    paths = {symbol: FOLDER / f"{symbol}-5m-20250227-20250630.parquet" for symbol in SYMBOLS}
    if not all(path.is_file() for path in paths.values()):
        pytest.skip("the recorded market data is not beside this checkout")
    tables = {symbol: parquet.read_table(path) for symbol, path in paths.items()}
    return {
        symbol: BarColumns(symbol, 300_000, *(table[name].to_numpy() for name in NAMES))
        for symbol, table in tables.items()
    }


@pytest.fixture(scope="module")
def walked(market: Mapping[str, BarColumns]) -> WalkForward:
    features = OhlcvFeatures()
    return walk_forward(market, features, standard_trainers(features.names), PLAN)


def test_four_voters_vote_out_of_sample_on_real_markets(
    market: Mapping[str, BarColumns], walked: WalkForward
) -> None:
    first = PLAN.train_bars_min + PLAN.embargo
    active = 0
    for voter in walked.voters:
        for votes in voter.predict(market).values():
            confidence, action = np.asarray(votes.confidence), np.asarray(votes.action)
            assert np.isnan(confidence[:first]).all()
            known = np.isfinite(confidence)
            assert ((confidence[known] >= 0) & (confidence[known] <= 1)).all()
            assert set(np.unique(action)) <= {-1, 0, 1}
            active += bool(known.any())
    assert len(walked.voters) == 4
    assert active >= 3 * len(SYMBOLS)


def test_confidences_are_in_the_range_that_the_quality_filter_judges(
    market: Mapping[str, BarColumns], walked: WalkForward
) -> None:
    sure = [
        np.asarray(votes.confidence)[np.asarray(votes.action) != 0]
        for voter in walked.voters
        for votes in voter.predict(market).values()
    ]
    confidence = np.concatenate(sure)

    assert ((confidence >= 0.45) & (confidence <= 0.75)).mean() > 0.95
    assert (confidence >= 0.5).mean() > 0.1


def test_walking_twice_gives_the_same_models_and_votes(
    market: Mapping[str, BarColumns], walked: WalkForward
) -> None:
    features = OhlcvFeatures()
    again = walk_forward(market, features, standard_trainers(features.names), PLAN)

    assert again.fits == walked.fits
    for one, other in zip(walked.voters, again.voters, strict=True):
        assert one.version == other.version
        for symbol in SYMBOLS:
            here, there = one.predict(market)[symbol], other.predict(market)[symbol]
            assert np.array_equal(
                np.asarray(here.confidence), np.asarray(there.confidence), equal_nan=True
            )


def test_votes_do_not_change_when_the_future_is_cut_off(
    market: Mapping[str, BarColumns], walked: WalkForward
) -> None:
    kept = 22_000
    shorter = {symbol: part(bars, slice(0, kept)) for symbol, bars in market.items()}
    features = OhlcvFeatures()
    cut = walk_forward(shorter, features, standard_trainers(features.names), PLAN)
    for one, other in zip(walked.voters, cut.voters, strict=True):
        whole, early = one.predict(market), other.predict(shorter)
        for symbol in SYMBOLS:
            assert np.array_equal(
                np.asarray(whole[symbol].confidence)[:kept],
                np.asarray(early[symbol].confidence),
                equal_nan=True,
            )


def test_a_stored_model_votes_in_bulk_as_it_does_bar_by_bar(
    market: Mapping[str, BarColumns], tmp_path: Path
) -> None:
    features, registry = OhlcvFeatures(), FileModelRegistry(tmp_path)
    trainers = standard_trainers(features.names)
    until_ms = int(market["BTCUSDT"].open_time[30_000])
    train_final(market, features, trainers, PLAN, registry, until_ms=until_ms)
    bars = market["BTCUSDT"]
    for voter in load_voters(registry, trainers, features):
        votes = voter.predict({"BTCUSDT": bars})["BTCUSDT"]
        for row in range(31_000, 31_020):
            window = part(bars, slice(row + 1 - WINDOW_ROWS, row + 1))
            last = voter.predict({"BTCUSDT": window})["BTCUSDT"]
            assert last.action[-1] == votes.action[row]
            assert last.confidence[-1] == pytest.approx(
                votes.confidence[row], abs=1e-6, nan_ok=True
            )
