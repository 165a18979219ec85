"""Who votes in a run: outside signals, plug-ins, own predictors, and the voters of the house.

The house's voters learn walk-forward on the history of the run, or they were trained before and are
stored in a folder. Either way none of them votes on a bar that it has learnt from.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from adapters.models.liveliness import Lively
from adapters.models.plugins import load_plugin
from adapters.models.signals_file import SignalsPredictor, SignalTimes, load_signals
from application.errors import BadInput, IntegrityFailure
from application.learning import Progress, WalkForwardPlan, walk_forward
from application.ports.features import FeatureSource
from application.ports.market_history import History
from application.ports.predictor import Predictor
from application.ports.trainer import Trainer
from application.results import ModelFit
from application.training import ModelPredictor, load_voters
from bootstrap.model_store import proved_registry
from bootstrap.plan import RunPlan
from bootstrap.settings import Settings
from domain.market.bars import DAY_MS

MODELS_FILE: Final = "models.json"
"""In the directory of a run: the ids of the models that it began with, by voter."""


class Voters(NamedTuple):
    """The voters of a run, and how those that learned did."""

    predictors: tuple[Predictor, ...]
    fits: tuple[ModelFit, ...]


def voters_of(
    settings: Settings,
    plan: RunPlan,
    history: History,
    features: FeatureSource,
    trainers: Sequence[Trainer],
    progress: Progress,
) -> Voters:
    """Return who votes in the run of *plan*. Raises `BadInput`."""
    predictors: list[Predictor] = []
    fits: tuple[ModelFit, ...] = ()
    if plan.signals is not None:
        predictors.append(_signals(plan.signals, history, open_times=plan.signals_open_times))
    predictors += [*(load_plugin(name) for name in plan.plugins), *plan.predictors]
    if plan.models_dir is not None:
        stored = _stored(settings, plan, plan.models_dir, history, features, trainers)
        predictors += map(Lively, stored)
        fits = tuple(_fit_of(voter, _ends_ms(history)) for voter in stored)
    elif plan.models:
        walk = walk_plan(settings, plan, history)
        walked = walk_forward(history.bars, features, trainers, walk, progress)
        predictors += map(Lively, walked.voters)
        fits = tuple(
            ModelFit(
                fit.voter,
                fit.trained_from_ms,
                fit.trained_until_ms,
                fit.applies_until_ms,
                fit.rows,
            )
            for fit in walked.fits
        )
    _require_voters(predictors, plan)
    return Voters(tuple(predictors), fits)


def walk_plan(settings: Settings, plan: RunPlan, history: History) -> WalkForwardPlan:
    """Return when the house's voters learn: spread over files, or after the training days."""
    longest = max((len(bars.open_time) for bars in history.bars.values()), default=0)
    if plan.sources:
        return WalkForwardPlan.spread_over(longest)
    interval_ms = next(iter(history.bars.values())).interval_ms
    first = settings.market.training_days * DAY_MS // interval_ms
    return WalkForwardPlan(train_bars_min=max(first, 1), refit_bars=max(longest - first, 1))


def _signals(path: Path, history: History, *, open_times: bool) -> SignalsPredictor:
    signals = load_signals(path, times=SignalTimes.OPEN if open_times else SignalTimes.CLOSE)
    covered = signals.coverage(history.bars)
    if not covered.used:
        raise BadInput(
            f"--signals {path}: no signal falls into this history: {covered.outside_history} lie "
            f"before or after it, {covered.other_symbols} are of other symbols than "
            f"{', '.join(sorted(history.bars))}; give the signals of this history"
        )
    return signals


def _stored(
    settings: Settings,
    plan: RunPlan,
    folder: Path,
    history: History,
    features: FeatureSource,
    trainers: Sequence[Trainer],
) -> tuple[ModelPredictor, ...]:
    """Return the voters that are active in *folder*, which must fit the history.

    A run that is resumed begins with those that it began with at first.
    """
    where = f"--models {folder}"
    registry = proved_registry(folder, settings.learning.keys)
    voters = load_voters(registry, trainers, features, began_with(plan.resume))
    if not voters:
        raise BadInput(f"{where}: no model is stored there; make some with `quantum-trader train`")
    problems = []
    for voter in voters:
        manifest = voter.manifest
        intervals = {bars.interval_ms for bars in history.bars.values()}
        if intervals != {manifest.interval_ms}:
            problems.append(
                f"{where}: {manifest.model_id} was trained on bars of {manifest.interval_ms} ms, "
                f"this history has {min(intervals)} ms; use --interval, or train it on such bars"
            )
        elif manifest.trained_until_ms >= _ends_ms(history):
            problems.append(
                f"{where}: {manifest.model_id} has learnt from all of this history and may not "
                "vote on it; give later bars, or train with --until"
            )
    if problems:
        raise BadInput(*problems)
    return voters


def began_with(run_dir: Path | None) -> dict[str, str] | None:
    """Return the ids of the models that the run in *run_dir* began with, None if not noted."""
    path = None if run_dir is None else run_dir / MODELS_FILE
    if path is None or not path.is_file():
        return None
    try:
        kept = json.loads(path.read_text("utf-8"))
        return {str(name): str(model_id) for name, model_id in kept.items()}
    except (ValueError, AttributeError) as error:
        raise IntegrityFailure(f"{path}: does not say with which models the run began") from error


def _fit_of(voter: ModelPredictor, until_ms: int) -> ModelFit:
    known = voter.manifest
    return ModelFit(known.name, known.trained_from_ms, known.trained_until_ms, until_ms, known.rows)


def _ends_ms(history: History) -> int:
    """Return when the last bar of *history* closes, in UTC ms."""
    ends = (int(b.open_time[-1]) + b.interval_ms for b in history.bars.values() if len(b.open_time))
    return max(ends, default=0)


def _require_voters(predictors: Sequence[Predictor], plan: RunPlan) -> None:
    names = [predictor.name for predictor in predictors]
    if not names:
        raise BadInput("no voter: give --signals, --voter or --models, or leave out --no-models")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"voters of the same name: {', '.join(twice)}; rename the file or plug-in")
    counted = sum(1 for predictor in predictors if not predictor.fallback)
    if counted < plan.policy.quorum:
        raise BadInput(
            f"quorum: the policy wants {plan.policy.quorum} voters, this run has {counted} "
            f"({', '.join(names)}); add voters, or set quorum = {counted} in --policy FILE"
        )
