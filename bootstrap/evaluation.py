"""Evaluates the voters of the house on history: joins learning, analytics and judgement."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.evaluation.assess import AUC_SUSPICIOUS, Assessor, Traded, calibrated, proof
from adapters.evaluation.trading import Lane, Terms
from adapters.features.analytics import BulkAnalyst
from adapters.features.feature_set import OhlcvFeatures
from adapters.features.indicators import Floats, atr
from adapters.models.registry import FileModelRegistry
from adapters.models.standard import standard_trainers
from application.errors import BadInput
from application.evaluation import Evaluation, Split
from application.leaks import leaking_features
from application.learning import Progress, WalkForwardPlan, walk_forward
from application.ports.market_history import History
from application.ports.predictor import VoteColumns
from application.training import load_voters
from domain.governance.policy import Policy
from domain.market.bars import BarColumns
from domain.market.messages import Regime

_BARS_MIN = 4_000


class Judged(NamedTuple):
    """Whose votes are judged, and on what."""

    votes: Mapping[str, Mapping[str, VoteColumns]]
    splits: tuple[Split, ...]
    degenerate: tuple[str, ...]

    @property
    def from_ms(self) -> int:
        """When the first step is judged from."""
        return min(split.judged_from_ms for split in self.splits)

    @property
    def until_ms(self) -> int:
        """When the last step is judged until, exclusive."""
        return max(split.judged_until_ms for split in self.splits)


def evaluate(
    history: History, policy: Policy, models_dir: Path | None, progress: Progress
) -> Evaluation:
    """Return how the voters did out of sample: walked forward, or as stored in *models_dir*."""
    longest = max((len(bars.open_time) for bars in history.bars.values()), default=0)
    if longest < _BARS_MIN:
        raise BadInput(f"{longest} bars prove nothing; give at least {_BARS_MIN} of a symbol")
    features = OhlcvFeatures(funding=history.funding)
    plan = WalkForwardPlan.spread_over(longest)
    progress("looking for leaks", 0, 1)
    leaks = leaking_features(history.bars, features)
    judged = (
        _walked(history, features, plan, progress)
        if models_dir is None
        else _stored(history, features, models_dir)
    )
    progress("judging", 0, 1)
    return _assessed(history, policy, plan, judged, _labels(history, features, plan, judged), leaks)


def _labels(
    history: History, features: OhlcvFeatures, plan: WalkForwardPlan, judged: Judged
) -> dict[str, Floats]:
    """Return what followed each bar that is judged, NaN before."""
    labels = {}
    for symbol, bars in history.bars.items():
        outcome = np.array(features.labels(bars, plan.horizon, plan.barrier_atr), np.float64)
        outcome[np.asarray(bars.open_time) < judged.from_ms] = np.nan
        labels[symbol] = outcome
    return labels


def _assessed(
    history: History,
    policy: Policy,
    plan: WalkForwardPlan,
    judged: Judged,
    labels: Mapping[str, Floats],
    leaks: tuple[str, ...],
) -> Evaluation:
    cost = float(policy.fee_estimate + policy.slippage_estimate)
    lanes = [_lane(bars, history, judged.from_ms) for bars in history.bars.values()]
    terms = Terms(plan.horizon, plan.barrier_atr, cost)
    assessor = Assessor(lanes, terms, judged.from_ms, judged.until_ms)
    tried = assessor.variants(judged.votes)
    own = tried[0]
    luck = assessor.random(own)
    shown = [own, assessor.held(), assessor.flat(own), assessor.trend(), _middle(luck)]
    shown += tried[-len(judged.votes) :]
    known = tuple(calibrated(name, votes, labels) for name, votes in judged.votes.items())
    suspects = [f"{one.voter} (AUC {one.auc:.2f})" for one in known if one.auc > AUC_SUSPICIOUS]
    deflated, overfitting = proof(own, tried)
    regimes = [str(regime.value) for regime in Regime]
    return Evaluation(
        symbols=tuple(history.bars),
        interval_ms=next(iter(history.bars.values())).interval_ms,
        bars=sum(len(bars.open_time) for bars in history.bars.values()),
        from_ms=judged.from_ms,
        until_ms=judged.until_ms,
        cost_side=cost,
        splits=judged.splits,
        strategies=tuple(assessor.figures(one) for one in shown),
        trials=len(tried),
        deflated_sharpe=deflated,
        overfitting=overfitting,
        random_share_beaten=float(np.mean([own.days.sum() > one.days.sum() for one in luck])),
        by_symbol=assessor.by_symbol(own),
        by_regime=assessor.by_regime(own, _regimes(history, policy), regimes),
        calibration=known,
        degenerate=judged.degenerate,
        suspicious=(*suspects, *(f"feature {name}" for name in leaks)),
        curves=tuple((one.name, tuple(np.cumsum(one.days).tolist())) for one in shown),
    )


def _walked(
    history: History, features: OhlcvFeatures, plan: WalkForwardPlan, progress: Progress
) -> Judged:
    walked = walk_forward(history.bars, features, standard_trainers(features.names), plan, progress)
    splits = {
        Split(fit.trained_from_ms, fit.trained_until_ms, fit.applies_from_ms, fit.applies_until_ms)
        for fit in walked.fits
    }
    mute = tuple(
        f"{fit.voter} in step {1 + sorted(splits).index(_split_of(fit.applies_from_ms, splits))}"
        for fit in walked.fits
        if fit.degenerate
    )
    votes = {voter.name: voter.predict(history.bars) for voter in walked.voters}
    return Judged(votes, tuple(sorted(splits)), mute)


def _split_of(from_ms: int, splits: set[Split]) -> Split:
    return next(split for split in splits if split.judged_from_ms == from_ms)


def _stored(history: History, features: OhlcvFeatures, folder: Path) -> Judged:
    trainers = standard_trainers(features.names)
    voters = load_voters(FileModelRegistry(folder), trainers, features)
    if not voters:
        raise BadInput(f"--models {folder}: no model is stored there; `quantum-trader train`")
    until_ms = max(int(b.open_time[-1]) + b.interval_ms for b in history.bars.values())
    learnt = [voter.manifest for voter in voters]
    from_ms = max(manifest.trained_until_ms for manifest in learnt)
    wrong = [
        f"--models {folder}: {one.model_id} was trained on bars of {one.interval_ms} ms"
        for one in learnt
        if {bars.interval_ms for bars in history.bars.values()} != {one.interval_ms}
    ]
    if from_ms >= until_ms:
        wrong.append(f"--models {folder}: has learnt from all of this history; train with --until")
    if wrong:
        raise BadInput(*wrong)
    begun = min(manifest.trained_from_ms for manifest in learnt)
    mute = tuple(manifest.name for manifest in learnt if manifest.degenerate)
    votes = {voter.name: voter.predict(history.bars) for voter in voters}
    return Judged(votes, (Split(begun, from_ms, from_ms, until_ms),), mute)


def _lane(bars: BarColumns, history: History, from_ms: int) -> Lane:
    opens = np.asarray(bars.open_time, np.int64)
    columns = [np.asarray(column, np.float64) for column in bars[3:7]]
    funding = np.zeros(len(opens))
    for rate in history.funding:
        # A rate is settled in the bar that is open at its time; the stamp may be ms late.
        row = int(np.searchsorted(opens, rate.at_ms, side="right")) - 1
        inside = row >= 0 and rate.at_ms < int(opens[row]) + bars.interval_ms
        if rate.symbol == bars.symbol and inside:
            funding[row] += rate.rate
    first = int(np.searchsorted(opens, from_ms))
    volatility = atr(columns[1], columns[2], columns[3])
    return Lane(
        bars.symbol,
        opens,
        columns[0],
        columns[1],
        columns[2],
        columns[3],
        volatility,
        funding,
        first,
    )


def _regimes(history: History, policy: Policy) -> dict[str, NDArray[np.int8]]:
    analyst = BulkAnalyst()
    return {
        symbol: np.asarray(analyst.study(bars, policy).regime, np.int8)
        for symbol, bars in history.bars.items()
    }


def _middle(runs: Sequence[Traded]) -> Traded:
    """Return the run of the middle: what luck alone usually earns."""
    return sorted(runs, key=lambda one: float(one.days.sum()))[len(runs) // 2]
