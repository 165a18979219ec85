"""Gradient-boosted trees (LightGBM), kept in its text format."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from adapters.models.voting import Floats, Scorer, Table

_TREES: Final = 120
_ROWS_FOR_THREADS: Final = 4_096
_PARAMETERS: Final = {
    "objective": "binary",
    "num_leaves": 31,
    "learning_rate": 0.03,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.5,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "max_bin": 63,
    "num_threads": 2,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


class GradientBoosting:
    """Boosted trees: interactions and thresholds."""

    @property
    def name(self) -> str:
        """Return the voter's name."""
        return "gradient_boosting"

    @property
    def kind(self) -> str:
        """Return the format of the bytes."""
        return "lightgbm-text"

    def learn(self, table: Table, won: NDArray[np.bool_]) -> bytes:
        """Return the fitted trees as text."""
        # Seconds to import: only a run that uses it shall pay.
        import lightgbm  # noqa: PLC0415 - see above

        rows = lightgbm.Dataset(table, won.astype(np.float32), free_raw_data=True)
        booster: Any = lightgbm.train(dict(_PARAMETERS), rows, num_boost_round=_TREES)
        text: str = booster.model_to_string()
        return text.encode()

    def scorer(self, content: bytes) -> Scorer:
        """Return the scorer of the trees in *content*."""
        import lightgbm  # noqa: PLC0415 - see `learn`

        try:
            booster: Any = lightgbm.Booster(model_str=content.decode())
        except lightgbm.basic.LightGBMError as error:
            raise ValueError(str(error)) from error

        def score(table: Table) -> Floats:
            # A second thread costs a decision more to wake than it saves.
            threads = 2 if len(table) >= _ROWS_FOR_THREADS else 1
            scores: Floats = booster.predict(table, raw_score=True, num_threads=threads)
            return scores

        return score

    def explained(self, content: bytes, row: Table) -> Floats:
        """Return what each feature of the one *row* adds to its score (SHAP values)."""
        import lightgbm  # noqa: PLC0415 - see `learn`

        booster: Any = lightgbm.Booster(model_str=content.decode())
        parts: Floats = booster.predict(row, pred_contrib=True)[0, :-1]
        return parts
