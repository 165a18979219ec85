"""Arrow columns as arrays, without a copy and without pandas."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from adapters.bar_arrays import Floats, Ints


def integers(column: Any, missing: int) -> Ints:  # noqa: ANN401 - pyarrow has no types
    """Return an Arrow column of integers, *missing* where it has none."""
    numbers: Ints = _array(column.cast(pa.int64(), safe=False), missing)
    return numbers


def floats(column: Any) -> Floats:  # noqa: ANN401 - pyarrow has no types
    """Return an Arrow column of numbers of any kind, NaN where it has none."""
    numbers: Floats = _array(column.cast(pa.float64(), safe=False), float("nan"))
    return numbers


def _array(column: Any, missing: float) -> Any:  # noqa: ANN401 - an array of the column's kind
    filled = pc.fill_null(column, missing) if column.null_count else column
    # Arrow's own `to_numpy` imports pandas where it is installed, for a quarter of a second.
    return np.from_dlpack(filled.combine_chunks())
