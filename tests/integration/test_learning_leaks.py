"""Learning that cheats is caught, and learning from nothing finds nothing."""

from collections.abc import Mapping

import numpy as np
import pytest

from adapters.evaluation.assess import AUC_SUSPICIOUS, calibrated
from adapters.features.feature_set import OhlcvFeatures
from adapters.models.standard import standard_trainers
from application.learning import WalkForward, WalkForwardPlan, walk_forward
from domain.market.bars import BarColumns
from tests.fakes.bars import random_bars

pytestmark = pytest.mark.integration

ROWS = 14_000
PLAN = WalkForwardPlan.spread_over(ROWS)


class Shuffled(OhlcvFeatures):
    """Honest features with outcomes dealt out anew."""

    def labels(self, bars: BarColumns, horizon: int, barrier_atr: float) -> np.ndarray:
        """Return the outcomes in another order."""
        outcome = super().labels(bars, horizon, barrier_atr)
        known = np.flatnonzero(np.isfinite(outcome))
        rng = np.random.default_rng(7)
        outcome[known] = outcome[rng.permutation(known)]
        return outcome


class Prophetic(OhlcvFeatures):
    """Features of which one is what the next 72 bars bring."""

    def tables(self, market: Mapping[str, BarColumns]) -> dict[str, np.ndarray]:
        """Return the honest tables with one column from the future."""
        tables = super().tables(market)
        for symbol, table in tables.items():
            close = np.log(np.asarray(market[symbol].close, np.float64))
            table[:-72, 0] = np.where(np.isnan(table[:-72, 0]), np.nan, close[72:] - close[:-72])
        return tables


def aucs(features: OhlcvFeatures, market: Mapping[str, BarColumns]) -> dict[str, float]:
    walked: WalkForward = walk_forward(market, features, standard_trainers(features.names), PLAN)
    first_ms = min(fit.applies_from_ms for fit in walked.fits)
    labels = {}
    for symbol, bars in market.items():
        outcome = features.labels(bars, PLAN.horizon, PLAN.barrier_atr)
        outcome[np.asarray(bars.open_time) < first_ms] = np.nan
        labels[symbol] = outcome
    return {
        voter.name: calibrated(voter.name, voter.predict(market), labels).auc
        for voter in walked.voters
    }


def test_shuffled_outcomes_teach_nothing() -> None:
    market = {"AUSDT": random_bars(3, ROWS, "AUSDT")}

    for auc in aucs(Shuffled(), market).values():
        assert np.isnan(auc) or abs(auc - 0.5) < 0.03


def test_a_planted_look_ahead_is_suspected_by_what_it_earns() -> None:
    market = {"AUSDT": random_bars(3, ROWS, "AUSDT")}
    found = aucs(Prophetic(), market)

    assert found["gradient_boosting"] > AUC_SUSPICIOUS
    assert found["logistic"] > AUC_SUSPICIOUS
