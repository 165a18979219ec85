"""Learning, as seen by the application: rows with outcomes in, a voter's artefact out."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from application.ports.predictor import VoteColumns
from domain.market.bars import Column


class Sample(NamedTuple):
    """Consecutive rows of one symbol: rows x features, and what followed each (+1, -1, 0, NaN)."""

    table: Any
    labels: Column


class TrainingSet(NamedTuple):
    """What a voter learns from, a sample a symbol.

    `fit` is for learning; `tail` lies after it, purged, and is for calibration and judgment only.
    `overlap` is how many rows (neighbours, symbols that move together) share one outcome: that many
    count as one observation.
    """

    fit: tuple[Sample, ...]
    tail: tuple[Sample, ...]
    overlap: float


class Fitted(NamedTuple):
    """A fitted voter. `content` is in a format of its library that cannot execute code.

    `calibration` turns its scores into probabilities. `metrics` were measured on the tail. A
    `degenerate` one (constant, one-sided, hardly any spread, or too little to learn from)
    abstains always.
    """

    content: bytes
    calibration: Mapping[str, float]
    metrics: Mapping[str, float]
    degenerate: bool


class Classifier(Protocol):
    """A fitted voter, ready to vote."""

    def vote(self, table: Any) -> VoteColumns:  # noqa: ANN401 - the feature source's array
        """Return the votes for rows x features; a row with a NaN abstains."""


class Trainer(Protocol):
    """Makes voters of one kind. Deterministic: the same rows give the same bytes."""

    @property
    def name(self) -> str:
        """Return the voter's name: lower case, unique in a run."""

    @property
    def kind(self) -> str:
        """Return the format of the artefact's content."""

    def fit(self, training: TrainingSet) -> Fitted:
        """Learn from *training*."""

    def load(self, content: bytes, calibration: Mapping[str, float]) -> Classifier:
        """Return the voter that `fit` made. Raises `IntegrityFailure` when it cannot be read."""

    def abstain(self, rows: int) -> VoteColumns:
        """Return *rows* abstentions, in columns that may be written to by slice."""
