import numpy as np
import pytest

from application.errors import BadInput
from application.learning import WalkForwardPlan, study
from application.training import SharedTables, data_digest, load_voters, train_final
from domain.market.bars import BarColumns
from tests.fakes.bars import INTERVAL_MS, START_MS, part, random_bars
from tests.fakes.learning import FakeFeatures, FakeModelRegistry, FakeTrainer

pytestmark = pytest.mark.unit

PLAN = WalkForwardPlan(train_bars_min=100, train_bars_max=None, horizon=8, embargo=3, stride=1)
UNTIL_MS = START_MS + 200 * INTERVAL_MS


def market(rows: int = 300) -> dict[str, BarColumns]:
    return {"BTCUSDT": random_bars(1, rows)}


def test_what_was_trained_votes_later_and_abstains_on_its_own_past() -> None:
    registry, trainer = FakeModelRegistry(), FakeTrainer()
    train_final(market(), FakeFeatures(), [trainer], PLAN, registry, until_ms=UNTIL_MS)
    (voter,) = load_voters(registry, [trainer], FakeFeatures())
    confidence = np.asarray(voter.predict(market())["BTCUSDT"].confidence)

    assert voter.name == "fake"
    assert not voter.fallback
    assert np.isnan(confidence[:200]).all()
    assert (confidence[200:] <= UNTIL_MS).all()


def test_the_manifest_says_what_the_model_was_made_from() -> None:
    registry = FakeModelRegistry()
    (manifest,) = train_final(market(), FakeFeatures(), [FakeTrainer()], PLAN, registry)

    assert manifest.symbols == ("BTCUSDT",)
    assert manifest.schema_hash == "fake"
    assert manifest.trained_from_ms == START_MS
    assert manifest.trained_until_ms == START_MS + 300 * INTERVAL_MS
    assert manifest.model_id in registry.artefacts


def test_the_active_model_votes_not_the_newest() -> None:
    registry, trainer = FakeModelRegistry(), FakeTrainer()
    train_final(market(), FakeFeatures(), [trainer], PLAN, registry)
    train_final(market(), FakeFeatures(), [trainer], PLAN, registry, until_ms=UNTIL_MS)
    (voter,) = load_voters(registry, [trainer, FakeTrainer("never_trained")], FakeFeatures())

    assert voter.manifest.trained_until_ms == START_MS + 300 * INTERVAL_MS


def test_too_little_history_is_refused_with_what_is_needed() -> None:
    registry = FakeModelRegistry()
    for bars, until_ms in ((market(99), None), ({}, None), (market(), START_MS + INTERVAL_MS)):
        with pytest.raises(BadInput, match="give at least 100"):
            train_final(bars, FakeFeatures(), [FakeTrainer()], PLAN, registry, until_ms=until_ms)
    assert not registry.artefacts


def test_the_data_digest_changes_with_one_price_inside_the_window_only() -> None:
    bars = market()["BTCUSDT"]
    close = np.asarray(bars.close).copy()
    close[150] += 1e-9
    changed = bars._replace(close=close)
    whole, altered = (study({"BTCUSDT": one}, FakeFeatures(), PLAN) for one in (bars, changed))
    middle_ms = START_MS + 150 * INTERVAL_MS

    assert data_digest(whole, 0, UNTIL_MS) != data_digest(altered, 0, UNTIL_MS)
    assert data_digest(whole, 0, middle_ms) == data_digest(altered, 0, middle_ms)


def test_a_shared_table_is_made_once_for_the_same_columns_and_anew_for_others() -> None:
    source = FakeFeatures()
    shared, bars = SharedTables(source), market()["BTCUSDT"]
    shared.tables({"BTCUSDT": bars})
    shared.tables({"BTCUSDT": BarColumns(*bars)})
    assert source.tables_made == 1

    shared.tables({"BTCUSDT": part(bars, slice(0, 100))})
    assert source.tables_made == 2
