"""A dead voter loses its vote: one that gives the same answer again and again.

Rule 1: of one symbol, `CONSTANT_MAX` predictions in a row with the same action and the same
        confidence (within `SAME`): constant. `ONE_SIDED_MAX` in a row to the same side, however
        sure: one-sided.
Rule 2: the vote is lost at the very prediction that makes it so many, and is given back by the
        first that differs. What is lost is an abstention: it does not count toward the quorum.
Rule 3: it is judged by what was said up to a bar, never by what comes later.

A voter of the house only: a file of signals may well be as sure of each of them.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from loguru import logger
from numpy.typing import NDArray

from application.ports.predictor import Predictor, VoteColumns
from domain.market.bars import BarColumns

CONSTANT_MAX: Final = 100
ONE_SIDED_MAX: Final = 1_000
SAME: Final = 0.0005

Flags = NDArray[np.bool_]


class Lively:
    """A voter that abstains while it is dead. Satisfies `Predictor`."""

    def __init__(self, inner: Predictor) -> None:
        """Listen to *inner*."""
        self._inner = inner

    @property
    def name(self) -> str:
        """Return the voter's name."""
        return self._inner.name

    @property
    def version(self) -> str:
        """Return what identifies the fitted artefact."""
        return self._inner.version

    @property
    def fallback(self) -> bool:
        """Tell whether this is a stand-in rule."""
        return self._inner.fallback

    def predict(self, market: Mapping[str, BarColumns]) -> Mapping[str, VoteColumns]:
        """Return the votes, without those that were lost."""
        return lively(self._inner.name, self._inner.predict(market))


def lively(voter: str, votes: Mapping[str, VoteColumns]) -> dict[str, VoteColumns]:
    """Return *votes* without those that *voter* had lost; each symbol that lost some is logged."""
    return {symbol: _lively(voter, symbol, columns) for symbol, columns in votes.items()}


def _lively(voter: str, symbol: str, votes: VoteColumns) -> VoteColumns:
    lost = lost_in(votes)
    count = int(lost.sum())
    if not count:
        return votes
    logger.warning(
        "voter {} is dead on {} for {} of {} bars: it gives one answer again and again",
        voter, symbol, count, len(lost),
    )  # fmt: skip
    confidence: Any = np.where(lost, np.nan, np.asarray(votes.confidence))
    return votes._replace(confidence=confidence)


def lost_in(votes: VoteColumns) -> Flags:
    """Return at which rows the vote is lost."""
    action, confidence = np.asarray(votes.action), np.asarray(votes.confidence)
    said = np.flatnonzero(np.isfinite(confidence))
    lost = np.zeros(len(confidence), np.bool_)
    turned = np.diff(action[said]) != 0
    moved = np.abs(np.diff(confidence[said])) > SAME
    constant = _run_lengths(turned | moved) >= CONSTANT_MAX
    # Who holds back for long may only be careful; who never doubts one side is not.
    one_sided = (_run_lengths(turned) >= ONE_SIDED_MAX) & (action[said] != 0)
    lost[said] = constant | one_sided
    return lost


def _run_lengths(differs: Flags) -> NDArray[np.int64]:
    """Return the length, up to each prediction, of its run; *differs* is between neighbours."""
    at = np.arange(len(differs) + 1)
    begins = np.where(np.concatenate(([True], differs)), at, 0)
    lengths: NDArray[np.int64] = at - np.maximum.accumulate(begins) + 1
    return lengths


_: type[Predictor] = Lively
