"""Training for keeps: fit on the history up to a time, store the models, vote with them later."""

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from math import isfinite, isnan, nan
from typing import Any, Final

from application.errors import BadInput
from application.learning import (
    Progress,
    Studied,
    WalkForwardPlan,
    closing_ms,
    silent,
    study,
    training_set,
)
from application.ports.features import FeatureSource
from application.ports.model_registry import Artefact, Golden, ModelManifest, ModelRegistry
from application.ports.predictor import VoteColumns
from application.ports.trainer import Classifier, Fitted, Trainer, TrainingSet
from domain.market.bars import BarColumns, Column

GOLDEN_ROWS: Final = 16


class SharedTables:
    """A feature source that remembers the last tables, for voters that share them."""

    def __init__(self, source: FeatureSource) -> None:
        self._source = source
        self._last: tuple[Mapping[str, BarColumns], Mapping[str, Any]] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns, in order."""
        return self._source.names

    @property
    def schema_hash(self) -> str:
        """Return the digest of names and versions."""
        return self._source.schema_hash

    def tables(self, market: Mapping[str, BarColumns]) -> Mapping[str, Any]:
        """Return rows x features of every symbol; computed once for the very same columns."""
        # The columns are held here, so no other column can come to have their identity.
        if self._last is None or not _same(self._last[0], market):
            self._last = (dict(market), self._source.tables(market))
        return self._last[1]

    def labels(self, bars: BarColumns, horizon: int, barrier_atr: float) -> Column:
        """Return what happened after each bar."""
        return self._source.labels(bars, horizon, barrier_atr)


def _same(one: Mapping[str, BarColumns], other: Mapping[str, BarColumns]) -> bool:
    """Tell whether both hold the very same columns."""
    return one.keys() == other.keys() and all(
        mine is new for symbol in one for mine, new in zip(one[symbol], other[symbol], strict=True)
    )


class ModelPredictor:
    """Votes with one stored model, on bars that it was not trained on.

    A bar that opened before the training's end gets an abstention: a model asked about its own
    past knows the answer.
    """

    def __init__(
        self,
        manifest: ModelManifest,
        classifier: Classifier,
        features: FeatureSource,
    ) -> None:
        self._manifest = manifest
        self._classifier = classifier
        self._features = features

    @property
    def name(self) -> str:
        """Return the voter's name."""
        return self._manifest.name

    @property
    def version(self) -> str:
        """Return the digest of the artefact."""
        return self._manifest.sha256[:16]

    @property
    def fallback(self) -> bool:
        """Tell that this is a model."""
        return False

    @property
    def manifest(self) -> ModelManifest:
        """Return what is known of the model."""
        return self._manifest

    def predict(self, market: Mapping[str, BarColumns]) -> Mapping[str, VoteColumns]:
        """Return the votes of every symbol of *market*."""
        tables = self._features.tables(market)
        return {symbol: self._votes(bars, tables[symbol]) for symbol, bars in market.items()}

    def _votes(self, bars: BarColumns, table: Any) -> VoteColumns:  # noqa: ANN401 - as in the port
        votes: Any = self._classifier.vote(table)
        known = bisect_left(bars.open_time, self._manifest.trained_until_ms)
        votes.confidence[:known] = nan
        said: VoteColumns = votes
        return said


def train_final(
    market: Mapping[str, BarColumns],
    features: FeatureSource,
    trainers: Sequence[Trainer],
    plan: WalkForwardPlan,
    registry: ModelRegistry,
    *,
    until_ms: int | None = None,
    progress: Progress = silent,
) -> tuple[ModelManifest, ...]:
    """Fit every trainer on the bars closed by *until_ms* (None: all), and save what they made.

    Raises `BadInput` when there are fewer bars than the plan's least.
    """
    progress("features", 0, len(trainers))
    histories = study(market, features, plan)
    at_ms = closing_ms(histories) if until_ms is None else until_ms
    _require_history(histories, plan, at_ms)
    training, begin = training_set(histories, plan, at_ms)
    digest = data_digest(histories, begin, at_ms)
    manifests = []
    for done, trainer in enumerate(trainers):
        progress(trainer.name, done, len(trainers))
        fitted = trainer.fit(training)
        manifest = ModelManifest(
            name=trainer.name,
            kind=trainer.kind,
            sha256=hashlib.sha256(fitted.content).hexdigest(),
            schema_hash=features.schema_hash,
            symbols=tuple(sorted(market)),
            interval_ms=histories[0].bars.interval_ms,
            trained_from_ms=begin,
            trained_until_ms=at_ms,
            rows=int(fitted.metrics.get("rows", 0)),
            data_digest=digest,
            horizon=plan.horizon,
            barrier_atr=plan.barrier_atr,
            calibration=dict(fitted.calibration),
            metrics=dict(fitted.metrics),
            degenerate=fitted.degenerate,
        )
        golden = golden_of(trainer, fitted, training, features.names)
        registry.save(Artefact(manifest, fitted.content, golden))
        manifests.append(manifest)
    progress("saved", len(trainers), len(trainers))
    return tuple(manifests)


def golden_of(
    trainer: Trainer, fitted: Fitted, training: TrainingSet, names: Sequence[str]
) -> Golden | None:
    """Return rows of the tail with the votes on them, None for a voter that abstains always."""
    longest = max(training.tail, key=lambda sample: len(sample.labels), default=None)
    if longest is None or not fitted.content:
        return None
    rows: Any = longest.table[:: max(1, len(longest.labels) // GOLDEN_ROWS)][:GOLDEN_ROWS]
    votes: Any = trainer.load(fitted.content, fitted.calibration).vote(rows)
    table: list[list[float]] = rows.tolist()
    # A row with a gap abstains, and JSON has no word for the gap.
    whole = [at for at, row in enumerate(table) if all(map(isfinite, row))]
    sure = [float(votes.confidence[at]) for at in whole]
    return Golden(
        tuple(names),
        tuple(tuple(table[at]) for at in whole),
        tuple(int(votes.action[at]) for at in whole),
        tuple(None if isnan(one) else one for one in sure),
    )


def load_voters(
    registry: ModelRegistry,
    trainers: Sequence[Trainer],
    features: FeatureSource,
    wanted: Mapping[str, str] | None = None,
) -> tuple[ModelPredictor, ...]:
    """Return the active voter of each of *trainers*; those never trained are left out.

    *wanted* names other models (by voter) than those that are active now.
    """
    voting = registry.active() if wanted is None else wanted
    shared = SharedTables(features)
    return tuple(
        load_voter(registry, trainer, shared, voting[trainer.name])
        for trainer in trainers
        if trainer.name in voting
    )


def load_voter(
    registry: ModelRegistry, trainer: Trainer, features: FeatureSource, model_id: str
) -> ModelPredictor:
    """Return the voter *model_id*, made by *trainer*."""
    manifest, content, _ = registry.load(model_id, features.schema_hash)
    return ModelPredictor(manifest, trainer.load(content, manifest.calibration), features)


def data_digest(histories: Sequence[Studied], from_ms: int, until_ms: int) -> str:
    """Return the sha-256 of the bars that opened in [*from_ms*, *until_ms*), of every symbol."""
    digest = hashlib.sha256()
    for history in sorted(histories, key=lambda one: one.bars.symbol):
        bars, rows = history.bars, history.rows(from_ms, until_ms)
        digest.update(f"{bars.symbol}:{bars.interval_ms};".encode())
        digest.update(array("q", map(int, bars.open_time[rows])).tobytes())
        for column in (bars.open, bars.high, bars.low, bars.close, bars.volume):
            digest.update(array("d", column[rows]).tobytes())
    return digest.hexdigest()


def _require_history(histories: Sequence[Studied], plan: WalkForwardPlan, at_ms: int) -> None:
    longest = max((one.rows(0, at_ms).stop for one in histories), default=0)
    if longest < plan.train_bars_min:
        raise BadInput(
            f"{longest} bars before the training's end are too few to learn from;"
            f" give at least {plan.train_bars_min}"
        )
