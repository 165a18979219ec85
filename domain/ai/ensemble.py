"""The ensemble: many voters, one opinion.

The direction is the one most healthy voters name; a tie is HOLD. Agreement is their share of all
healthy voters, confidence the mean of those who agree. A fallback rule, and a voter whose
confidence is not a number in [0, 1], has no vote. Who has none is not counted.
"""

from collections.abc import Sequence
from typing import NamedTuple

from domain.ai.prediction import Prediction
from domain.shared.enums import Action


class Opinion(NamedTuple):
    """What the voters say together. `agreement` and `confidence` lie in [0, 1]."""

    action: Action
    agreement: float
    confidence: float
    voters: int
    agreeing: int


NO_OPINION = Opinion(Action.HOLD, 0.0, 0.0, 0, 0)


def vote(predictions: Sequence[Prediction]) -> Opinion:
    """Return the opinion of all healthy voters among *predictions*."""
    if len(predictions) == 1:  # one outside voter: the commonest case of all, kept cheap
        _, action, confidence, fallback = predictions[0]
        if fallback or not 0.0 <= confidence <= 1.0:
            return NO_OPINION
        return Opinion(action, 1.0, confidence, 1, 1)
    counts: dict[Action, int] = {}
    sums: dict[Action, float] = {}
    voters = 0
    for _model, action, confidence, fallback in predictions:
        if not fallback and 0.0 <= confidence <= 1.0:  # a NaN fails both comparisons
            voters += 1
            counts[action] = counts.get(action, 0) + 1
            sums[action] = sums.get(action, 0.0) + confidence
    if not voters:
        return NO_OPINION
    most = max(counts.values())
    leaders = [action for action, count in counts.items() if count == most]
    action = leaders[0] if len(leaders) == 1 else Action.HOLD
    agreeing = counts.get(action, 0)
    mean = sums[action] / agreeing if agreeing else 0.0
    return Opinion(action, agreeing / voters, mean, voters, agreeing)
