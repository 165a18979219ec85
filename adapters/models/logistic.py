"""Logistic regression (fitted by scikit-learn), kept as JSON and scored by plain arithmetic."""

import json
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adapters.models.voting import Floats, Scorer, Table

# Beyond this many deviations a feature says no more than at it.
_DEVIATIONS_MAX: Final = 4.0
_INVERSE_PENALTY: Final = 0.01


class Logistic:
    """A linear model on standardised features: additive effects."""

    @property
    def name(self) -> str:
        """Return the voter's name."""
        return "logistic"

    @property
    def kind(self) -> str:
        """Return the format of the bytes."""
        return "logistic-json"

    def learn(self, table: Table, won: NDArray[np.bool_]) -> bytes:
        """Return standardisation and coefficients as JSON."""
        # Seconds to import: only a run that trains shall pay.
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - see above

        mean = table.mean(axis=0, dtype=np.float64)
        spread = table.std(axis=0, dtype=np.float64)
        scale = np.where(spread > 0, spread, 1.0)
        model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=200)
        model.fit(_standardised(table, mean, scale), won)
        kept = {
            "mean": mean.tolist(),
            "scale": scale.tolist(),
            "coefficients": model.coef_[0].tolist(),
            "intercept": float(model.intercept_[0]),
        }
        return json.dumps(kept, sort_keys=True).encode()

    def scorer(self, content: bytes) -> Scorer:
        """Return the scorer of the coefficients in *content*."""
        kept = json.loads(content)
        mean, scale, coefficients = (
            np.asarray(kept[name], np.float64) for name in ("mean", "scale", "coefficients")
        )
        intercept = float(kept["intercept"])

        def score(table: Table) -> Floats:
            # Not `@`: its order of additions depends on how many rows there are.
            standard = _standardised(table, mean, scale)
            scores: Floats = np.einsum("ij,j->i", standard, coefficients) + intercept
            return scores

        return score

    def explained(self, content: bytes, row: Table) -> Floats:
        """Return what each feature of the one *row* adds to its score."""
        kept = json.loads(content)
        mean, scale, coefficients = (
            np.asarray(kept[name], np.float64) for name in ("mean", "scale", "coefficients")
        )
        parts: Floats = _standardised(row, mean, scale)[0] * coefficients
        return parts


def _standardised(table: Table, mean: Floats, scale: Floats) -> Floats:
    return np.clip((table - mean) / scale, -_DEVIATIONS_MAX, _DEVIATIONS_MAX)
