"""Voters, as seen by the desk: columns of votes over columns of bars."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from domain.market.bars import BarColumns, Column


class VoteColumns(NamedTuple):
    """One voter's answers for one symbol, a row per bar, usable from that bar's close on.

    `action`: +1 BUY, -1 SELL, 0 HOLD, 2 FLAT (leave the market). `confidence` is a calibrated
    probability in [0, 1]; NaN abstains. `stop` and `target` are absolute prices wanted by the
    voter, NaN or None for none.
    """

    action: Column
    confidence: Column
    stop: Column | None = None
    target: Column | None = None


class Predictor(Protocol):
    """A voter. Row t of its answer depends on bars up to and including t, never on later ones."""

    @property
    def name(self) -> str:
        """Return the voter's name: lower case, unique in a run."""

    @property
    def version(self) -> str:
        """Return what identifies the fitted artefact (a digest), or the rule's version."""

    @property
    def fallback(self) -> bool:
        """Tell whether this is a stand-in rule, which never counts toward the quorum."""

    def predict(self, market: Mapping[str, BarColumns]) -> Mapping[str, VoteColumns]:
        """Return the votes of every symbol of *market*, row for row."""
