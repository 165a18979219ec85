"""Features, as seen by learning: a matrix a symbol, and the hash of what its columns mean."""

from collections.abc import Mapping
from typing import Any, Protocol

from domain.market.bars import BarColumns, Column


class FeatureSource(Protocol):
    """One feature definition for training, back-test, paper and live."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns, in order."""

    @property
    def schema_hash(self) -> str:
        """Return the digest of names and versions; an artefact refuses any other."""

    def tables(self, market: Mapping[str, BarColumns]) -> Mapping[str, Any]:
        """Return rows x features of every symbol of *market*, which is seen as a whole.

        A row with a NaN is not usable (warm-up, gap).
        """

    def labels(self, bars: BarColumns, horizon: int, barrier_atr: float) -> Column:
        """Return what happened after each bar, +1, -1 or 0, NaN while not yet known."""
