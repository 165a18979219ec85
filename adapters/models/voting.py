"""From a score to a vote: what all fitted voters share.

A voter's library gives one score a row, the log-odds that a long wins rather than a short
(`labels` says what winning is). The held-out tail of the training window turns it into
probabilities:

    p_up = decided * sigmoid(slope * (score - centre))      p_down = decided - p_up

Rule 1: `decided` is how often either side won in the tail; the rest were moves too small to pay
        their costs.
Rule 2: `slope` is Platt's, fitted on the tail with a prior (`_SLOPE_PRIOR`: less than half of
        what the score claims, as scores are too sure of rows not learnt from); outcomes that
        overlap count once. A score without merit ends near zero, its voter near even odds.
Rule 3: `centre` is the tail's mean score, and there is no intercept: a drift of the tail is not
        carried into the future, or every voter would be a bull after a bull market.
Rule 4: BUY when p_up >= p_down + 2 * `MARGIN`, SELL likewise, HOLD otherwise. The confidence of
        BUY is p_up, of SELL p_down, of HOLD 1 - max(p_up, p_down).
Rule 5: a voter whose tail votes are constant (always HOLD included), one-sided or too alike is
        degenerate and abstains.

With horizons that let nearly all outcomes be decided, even odds are a little below 0.5 and
confidences lie mostly between 0.45 and 0.65.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from application.ports.predictor import VoteColumns

Floats = NDArray[np.float64]
Table = NDArray[np.float32]
Scorer = Callable[[Table], Floats]

MARGIN: Final = 0.01
SPREAD_MIN: Final = 0.01
ONE_SIDED_SHARE_MAX: Final = 0.98
_SLOPE_PRIOR: Final = 0.4
_SLOPE_DEVIATION: Final = 0.4
_NEWTON_STEPS: Final = 25


class Calibration(NamedTuple):
    """How scores become probabilities. `abstains` is 1 for a voter that must not vote."""

    centre: float
    slope: float
    decided: float
    abstains: float = 0.0


MUTE: Final = Calibration(0.0, 0.0, 0.0, 1.0)


def calibrate(scores: Floats, labels: Floats, overlap: float) -> Calibration:
    """Return the calibration that the tail's *scores* and *labels* (+1, -1, 0) suggest."""
    centre = float(scores.mean())
    clear = labels != 0
    slope = _platt_slope(scores[clear] - centre, labels[clear] > 0, 1 / max(overlap, 1.0))
    return Calibration(centre, slope, float(clear.mean()))


def _platt_slope(scores: Floats, won: NDArray[np.bool_], weight: float) -> float:
    """Return the most probable slope (Newton's method); an intercept is fitted and forgotten."""
    slope, intercept, precision = _SLOPE_PRIOR, 0.0, _SLOPE_DEVIATION**-2
    for _ in range(_NEWTON_STEPS):
        chance = sigmoid(slope * scores + intercept)
        wrong, certain = won - chance, chance * (1 - chance)
        gradient = weight * (wrong @ scores) - precision * (slope - _SLOPE_PRIOR)
        against = weight * wrong.sum()
        bend = weight * (certain @ (scores * scores)) + precision
        cross = weight * (certain @ scores)
        # One observation of each side keeps the intercept finite when only one side won.
        steep = weight * certain.sum() + 1.0
        scale = bend * steep - cross * cross
        slope += float(gradient * steep - against * cross) / scale
        intercept += float(against * bend - gradient * cross) / scale
    return max(float(slope), 0.0)


def sigmoid(x: Floats) -> Floats:
    """Return 1 / (1 + exp(-x)), without overflow."""
    half: Floats = 0.5 * (1.0 + np.tanh(0.5 * x))
    return half


def log_odds(chance: NDArray[Any]) -> Floats:
    """Return the log-odds of *chance*, which is kept away from certainty."""
    kept = np.clip(chance.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.log(kept / (1 - kept))


def votes_of(scores: Floats, calibration: Calibration) -> VoteColumns:
    """Return the votes of *scores*; a NaN abstains."""
    odds = sigmoid(calibration.slope * (scores - calibration.centre))
    p_up = calibration.decided * odds
    p_down = calibration.decided - p_up
    lead = p_up - p_down
    action = (lead >= 2 * MARGIN).astype(np.int8) - (lead <= -2 * MARGIN).astype(np.int8)
    best = np.maximum(p_up, p_down)
    return VoteColumns(action, np.where(action == 0, 1.0 - best, best))


def is_degenerate(scores: Floats, calibration: Calibration) -> bool:
    """Tell whether the votes on the tail say nothing: constant, one-sided or too alike."""
    odds = calibration.decided * sigmoid(calibration.slope * (scores - calibration.centre))
    low, high = np.quantile(odds, (0.1, 0.9))
    if high - low < SPREAD_MIN:
        return True
    action = np.asarray(votes_of(scores, calibration).action)
    shares = [float((action == side).mean()) for side in (1, -1)]
    return max(shares) >= ONE_SIDED_SHARE_MAX * sum(shares)


def abstentions(rows: int) -> VoteColumns:
    """Return *rows* abstentions, in columns that may be written to."""
    return VoteColumns(np.zeros(rows, np.int8), np.full(rows, np.nan))


class ScoringClassifier:
    """A voter: a scorer and its calibration."""

    def __init__(self, scorer: Scorer | None, calibration: Calibration) -> None:
        self._scorer = scorer
        self._calibration = calibration

    def vote(self, table: Any) -> VoteColumns:  # noqa: ANN401 - the port's opaque array
        """Return the votes for rows x features; a row with a NaN abstains."""
        if self._scorer is None or self._calibration.abstains or not len(table):
            return abstentions(len(table))
        # A NaN anywhere in a row is a NaN in its sum: one pass instead of two.
        usable = np.isfinite(table.sum(axis=1))
        if usable.all():
            return votes_of(self._scorer(table), self._calibration)
        votes = abstentions(len(table))
        if usable.any():
            some = votes_of(self._scorer(np.ascontiguousarray(table[usable])), self._calibration)
            votes.action[usable] = some.action  # type: ignore[index]  # numpy arrays, made above
            votes.confidence[usable] = some.confidence  # type: ignore[index]  # likewise
        return votes


def calibration_from(mapping: Mapping[str, float]) -> Calibration:
    """Return the calibration kept as *mapping*."""
    return Calibration(**{name: float(mapping[name]) for name in Calibration._fields})
