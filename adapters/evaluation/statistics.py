"""How much a series of returns proves: Sharpe with its interval, deflated, and over-fitting.

Returns are fractions a period, of one constant notional; `PERIODS` of them are a year.

    stationary bootstrap   Politis & Romano (1994): blocks of random length keep the memory
    deflated Sharpe        Bailey & Lopez de Prado (2014): the chance that the best of so many
                           trials is better than luck, given skew and fat tails
    PBO by CSCV            Bailey, Borwein, Lopez de Prado & Zhu (2017): how often the best in
                           sample is worse than the median out of sample
"""

from itertools import combinations
from math import e, erf, isfinite, log, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PERIODS: Final = 365
_EULER_GAMMA: Final = 0.5772156649015329
_SEED: Final = 1


class Interval(NamedTuple):
    """A two-sided confidence interval."""

    low: float
    high: float


def sharpe(returns: Floats) -> float:
    """Return the Sharpe ratio a year; 0 for a series that does not move, NaN for fewer than 2."""
    if len(returns) < 2:  # noqa: PLR2004 - a deviation needs two
        return float("nan")
    spread = float(returns.std(ddof=1))
    return float(returns.mean()) / spread * sqrt(PERIODS) if spread > 0 else 0.0


def sharpe_interval(
    returns: Floats, *, level: float = 0.95, draws: int = 2_000, mean_block: float = 10.0
) -> Interval:
    """Return the Sharpe's interval by the stationary bootstrap (percentiles; seeded)."""
    count = len(returns)
    if count < 2:  # noqa: PLR2004 - as in `sharpe`
        return Interval(float("nan"), float("nan"))
    rng = np.random.default_rng(_SEED)
    begins = rng.random((draws, count)) < 1 / mean_block
    begins[:, 0] = True
    starts = rng.integers(0, count, (draws, count))
    places = np.arange(count)
    # Each row goes on from the start of the block it is in, round the end of the series.
    begun = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    rows = (np.take_along_axis(starts, begun, axis=1) + places - begun) % count
    drawn = returns[rows]
    spread = drawn.std(axis=1, ddof=1)
    ratios = np.where(spread > 0, drawn.mean(axis=1) / np.where(spread > 0, spread, 1.0), 0.0)
    low, high = np.quantile(ratios * sqrt(PERIODS), ((1 - level) / 2, (1 + level) / 2))
    return Interval(float(low), float(high))


def deflated_sharpe(returns: Floats, trial_sharpes: Floats) -> float:
    """Return the probability that the true Sharpe exceeds what luck gives the best trial.

    *trial_sharpes* are the yearly Sharpes of all that was tried, this one among them.
    """
    count = len(returns)
    if count < 3:  # noqa: PLR2004 - skew needs three
        return float("nan")
    per_period = sharpe(returns) / sqrt(PERIODS)
    centred = returns - returns.mean()
    spread = float(returns.std())
    if spread == 0:
        return 0.0
    skew = float((centred**3).mean()) / spread**3
    kurtosis = float((centred**4).mean()) / spread**4
    luck = expected_best(trial_sharpes) / sqrt(PERIODS)
    doubt = 1 - skew * per_period + (kurtosis - 1) / 4 * per_period**2
    score = (per_period - luck) * sqrt(count - 1) / sqrt(max(doubt, 1e-12))
    return 0.5 * (1 + erf(score / sqrt(2)))


def expected_best(trial_sharpes: Floats) -> float:
    """Return the Sharpe that the best of as many trials without merit would be expected to show."""
    trials = len(trial_sharpes)
    if trials < 2:  # noqa: PLR2004 - one trial has no best
        return 0.0
    spread = float(np.std(trial_sharpes, ddof=1))
    normal = NormalDist()
    first, second = normal.inv_cdf(1 - 1 / trials), normal.inv_cdf(1 - 1 / (trials * e))
    return spread * ((1 - _EULER_GAMMA) * first + _EULER_GAMMA * second)


def overfitting_probability(trials: Floats, *, parts: int = 10) -> float:
    """Return the PBO of *trials* (periods x strategies), by CSCV over *parts* blocks of time.

    NaN when there are fewer than two strategies or two periods a block.
    """
    periods, strategies = trials.shape
    if strategies < 2 or periods < 2 * parts:  # noqa: PLR2004 - see above
        return float("nan")
    blocks = np.array_split(trials, parts)
    sizes = np.array([len(block) for block in blocks], np.float64)
    sums = np.array([block.sum(axis=0) for block in blocks])
    squares = np.array([(block**2).sum(axis=0) for block in blocks])
    worse = []
    for chosen in combinations(range(parts), parts // 2):
        inside = np.zeros(parts, np.bool_)
        inside[list(chosen)] = True
        best = int(_ratios(sizes, sums, squares, inside).argmax())
        outside = _ratios(sizes, sums, squares, ~inside)
        below = (outside < outside[best]).sum() + ((outside == outside[best]).sum() - 1) / 2
        worse.append(_logit(float(below + 1) / (strategies + 1)) <= 0)
    return float(np.mean(worse))


def _ratios(sizes: Floats, sums: Floats, squares: Floats, kept: NDArray[np.bool_]) -> Floats:
    """Return each strategy's mean over deviation in the *kept* blocks; 0 where nothing moves."""
    count = sizes[kept].sum()
    mean = sums[kept].sum(axis=0) / count
    variance = squares[kept].sum(axis=0) / count - mean**2
    ratios: Floats = np.where(variance > 0, mean / np.sqrt(np.maximum(variance, 1e-300)), 0.0)
    return ratios


def _logit(share: float) -> float:
    return log(share / (1 - share)) if isfinite(share) and 0 < share < 1 else 0.0


class Bin(NamedTuple):
    """Answers of about one confidence: the mean of what was claimed, and how often it came true."""

    claimed: float
    came_true: float
    answers: int


class Reliability(NamedTuple):
    """How good probabilities are: Brier score, expected calibration error, and the curve."""

    brier: float
    ece: float
    curve: tuple[Bin, ...]


def reliability(claimed: Floats, came_true: NDArray[np.bool_], *, bins: int = 10) -> Reliability:
    """Return the calibration of *claimed* probabilities, in bins of equal counts."""
    if not len(claimed):
        return Reliability(float("nan"), float("nan"), ())
    order = np.argsort(claimed, kind="stable")
    curve = tuple(
        Bin(float(claimed[rows].mean()), float(came_true[rows].mean()), len(rows))
        for rows in np.array_split(order, bins)
        if len(rows)
    )
    brier = float(((claimed - came_true) ** 2).mean())
    ece = sum(abs(one.claimed - one.came_true) * one.answers for one in curve) / len(claimed)
    return Reliability(brier, ece, curve)
