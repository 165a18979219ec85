"""Features, trainers and a registry that show what they were given."""

import json
from collections.abc import Mapping
from math import nan
from typing import Any

import numpy as np

from application.errors import BadInput
from application.ports.features import FeatureSource
from application.ports.model_registry import Artefact, ModelManifest, ModelRegistry
from application.ports.predictor import VoteColumns
from application.ports.trainer import Classifier, Fitted, Trainer, TrainingSet
from domain.market.bars import BarColumns, Column


class FakeFeatures:
    """One feature, the time a bar opened; the label is the time its outcome was known."""

    names = ("open_time",)
    schema_hash = "fake"

    def __init__(self) -> None:
        self.tables_made = 0

    def tables(self, market: Mapping[str, BarColumns]) -> Mapping[str, Any]:
        """Return the opening times as the only feature."""
        self.tables_made += len(market)
        return {
            symbol: np.asarray(bars.open_time, np.float64).reshape(-1, 1)
            for symbol, bars in market.items()
        }

    def labels(self, bars: BarColumns, horizon: int, barrier_atr: float) -> Column:
        """Return when the outcome of each bar was known, NaN while it is not."""
        assert barrier_atr > 0
        known = np.asarray(bars.open_time, np.float64) + (horizon + 1) * bars.interval_ms
        known[len(known) - horizon :] = nan
        return known


class FakeClassifier:
    """Says BUY, with the time of its training as its confidence."""

    def __init__(self, known_ms: float) -> None:
        self._known_ms = known_ms

    def vote(self, table: Any) -> VoteColumns:  # noqa: ANN401 - as in the port
        """Return one BUY a row."""
        return VoteColumns(np.ones(len(table), np.int8), np.full(len(table), self._known_ms))


class FakeTrainer:
    """Keeps every training set; its model knows only the latest outcome it was shown."""

    kind = "fake"

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.given: list[TrainingSet] = []

    def fit(self, training: TrainingSet) -> Fitted:
        """Return a model of the latest time at which an outcome of *training* was known."""
        self.given.append(training)
        samples = [*training.fit, *training.tail]
        known = [
            float(np.nanmax(np.asarray(sample.labels))) for sample in samples if len(sample.labels)
        ]
        return Fitted(json.dumps(max(known)).encode(), {}, {"rows": 1.0}, degenerate=False)

    def load(self, content: bytes, calibration: Mapping[str, float]) -> Classifier:
        """Return the model kept in *content*."""
        assert not calibration
        return FakeClassifier(json.loads(content))

    def abstain(self, rows: int) -> VoteColumns:
        """Return *rows* abstentions."""
        return VoteColumns(np.zeros(rows, np.int8), np.full(rows, nan))


class FakeModelRegistry:
    """Holds artefacts in memory."""

    def __init__(self) -> None:
        self.artefacts: dict[str, Artefact] = {}
        self.voting: dict[str, str] = {}

    def save(self, artefact: Artefact) -> None:
        """Keep *artefact*."""
        self.artefacts[artefact.manifest.model_id] = artefact
        self.voting.setdefault(artefact.manifest.name, artefact.manifest.model_id)

    def active(self) -> Mapping[str, str]:
        """Return the first of each name."""
        return self.voting

    def list(self) -> tuple[ModelManifest, ...]:
        """Return all manifests, oldest training first."""
        manifests = [artefact.manifest for artefact in self.artefacts.values()]
        return tuple(sorted(manifests, key=lambda one: (one.trained_until_ms, one.model_id)))

    def load(self, model_id: str, schema_hash: str) -> Artefact:
        """Return one artefact."""
        found = self.artefacts.get(model_id)
        if found is None or found.manifest.schema_hash != schema_hash:
            raise BadInput(f"no model {model_id!r} for these features")
        return found


_: tuple[type[FeatureSource], type[Trainer], type[ModelRegistry]] = (
    FakeFeatures,
    FakeTrainer,
    FakeModelRegistry,
)
