"""Extremely randomised trees (fitted by scikit-learn), kept and scored as ONNX."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from adapters.models.voting import Floats, Scorer, Table, log_odds

_TREES: Final = 50
_DEPTH_MAX: Final = 8
_LEAF_ROWS_MIN: Final = 100
_OPSET: Final = 17
# What is scored at once: bounds the memory of the intermediate results.
_CHUNK_ROWS: Final = 65_536


class ExtraTrees:
    """Averaged randomised trees: smoother than boosting, and wrong in other places."""

    @property
    def name(self) -> str:
        """Return the voter's name."""
        return "extra_trees"

    @property
    def kind(self) -> str:
        """Return the format of the bytes."""
        return "onnx"

    def learn(self, table: Table, won: NDArray[np.bool_]) -> bytes:
        """Return the fitted trees as ONNX."""
        # Seconds to import: only a run that trains shall pay.
        from skl2onnx import to_onnx  # noqa: PLC0415 - see above
        from sklearn.ensemble import ExtraTreesClassifier  # noqa: PLC0415 - see above

        model = ExtraTreesClassifier(
            n_estimators=_TREES,
            max_depth=_DEPTH_MAX,
            min_samples_leaf=_LEAF_ROWS_MIN,
            n_jobs=2,
            random_state=1,
        )
        model.fit(table, won)
        options = {id(model): {"zipmap": False}}
        graph: Any = to_onnx(model, table[:1], options=options, target_opset=_OPSET)
        content: bytes = graph.SerializeToString()
        return content

    def scorer(self, content: bytes) -> Scorer:
        """Return the scorer of the trees in *content*."""
        import onnxruntime  # noqa: PLC0415 - see `learn`

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session: Any = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        # The runtime's errors share no root of their own.
        except Exception as error:
            raise ValueError(str(error)) from error
        rows_in = session.get_inputs()[0].name
        chances_out = session.get_outputs()[1].name

        def score(table: Table) -> Floats:
            scores = np.empty(len(table))
            for start in range(0, len(table), _CHUNK_ROWS):
                part = slice(start, start + _CHUNK_ROWS)
                (chances,) = session.run([chances_out], {rows_in: table[part]})
                scores[part] = log_odds(chances[:, 1])
            return scores

        return score

    def explained(self, content: bytes, row: Table) -> Floats:
        """Return what each feature of the one *row* moved the chance by, along all paths."""
        from adapters.models.tree_paths import path_contributions  # noqa: PLC0415 - see `learn`

        return path_contributions(content, row[0])
