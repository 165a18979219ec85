"""Drift of features: what a model is asked now, against what it was trained on."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from application.ports.features import FeatureSource
from application.ports.model_registry import ModelManifest
from domain.ai.continuous_learning import LearningPolicy
from domain.ai.drift import kolmogorov_smirnov, stability_index
from domain.market.bars import BarColumns

_BINS: Final = 10
_ROWS: Final = 2_016
_ROWS_MIN: Final = 500
# Neighbouring rows share most of what they say: so many count as one in the test of significance.
_OVERLAP: Final = 12


class DriftSurvey:
    """Compares the last week of bars with the training window, feature by feature."""

    def __init__(self, policy: LearningPolicy) -> None:
        """Call drift what *policy* calls so."""
        self._policy = policy

    def __call__(
        self,
        market: Mapping[str, BarColumns],
        features: FeatureSource,
        manifest: ModelManifest,
        at_ms: int,
    ) -> tuple[str, float, float] | None:
        """Return the feature that drifted most with its index and limit, None when none did."""
        worst: tuple[str, float, float] | None = None
        for name, index in self._indices(market, features, manifest, at_ms):
            if worst is None or index > worst[1]:
                worst = (name, index, self._policy.drift_index_max)
        return worst

    def _indices(
        self,
        market: Mapping[str, BarColumns],
        features: FeatureSource,
        manifest: ModelManifest,
        at_ms: int,
    ) -> list[tuple[str, float]]:
        before, lately = [], []
        tables: Mapping[str, Any] = features.tables(market)
        for symbol, bars in market.items():
            table = tables[symbol]
            opened = np.asarray(bars.open_time)
            first, last = np.searchsorted(
                opened, (manifest.trained_from_ms, manifest.trained_until_ms)
            )
            now = int(np.searchsorted(opened, at_ms - bars.interval_ms, side="right"))
            before.append(table[first:last])
            lately.append(table[max(last, now - _ROWS) : now])
        old, new = np.concatenate(before), np.concatenate(lately)
        if min(len(old), len(new)) < _ROWS_MIN:
            return []
        return [
            (name, index)
            for at, name in enumerate(features.names)
            if (index := self._drifted(old[:, at], new[:, at])) is not None
        ]

    def _drifted(self, old: Any, new: Any) -> float | None:  # noqa: ANN401 - columns
        """Return the index of a feature that drifted beyond both bounds, None if it did not."""
        kept = old[np.isfinite(old)]
        if not len(kept):
            return None
        edges = np.unique(np.quantile(kept, np.linspace(0, 1, _BINS + 1)[1:-1]))
        counts = [
            np.bincount(np.searchsorted(edges, x[np.isfinite(x)]), minlength=len(edges) + 1)
            for x in (old, new)
        ]
        index = stability_index(*(c.tolist() for c in counts))
        _, chance = kolmogorov_smirnov(*((c // _OVERLAP).tolist() for c in counts))
        drifted = index > self._policy.drift_index_max and chance < self._policy.drift_significance
        return index if drifted else None
