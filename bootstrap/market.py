"""Makes a market ready to be played: history, instruments, analytics, votes, tape."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from adapters.market_data.instruments import instruments_for
from adapters.market_data.overrides import load_instruments
from adapters.market_data.tape import MarketTape, Voter
from adapters.models.plugins import load_plugin
from adapters.models.signals_file import SignalTimes, load_signals
from application.errors import BadInput
from application.learning import Progress, WalkForwardPlan, walk_forward
from application.ports.analyst import Analyst
from application.ports.features import FeatureSource
from application.ports.market_history import History
from application.ports.predictor import Predictor
from application.ports.trainer import Trainer
from application.results import ModelFit
from bootstrap.plan import RunPlan
from bootstrap.settings import Settings
from domain.market.bars import DAY_MS
from domain.market.instrument import Instrument
from domain.shared.errors import InvariantBroken


class Market(NamedTuple):
    """A market, laid out, and how its voters learned. `from_ms` is where trading may begin."""

    history: History
    instruments: Mapping[str, Instrument]
    tape: MarketTape
    fits: tuple[ModelFit, ...]
    voters: tuple[str, ...]


def prepare(
    settings: Settings,
    plan: RunPlan,
    history: History,
    analyst: Analyst,
    features: FeatureSource,
    trainers: Sequence[Trainer],
    progress: Progress,
) -> Market:
    """Return the market of a run. Raises `BadInput`."""
    overrides = load_instruments(plan.instruments) if plan.instruments else None
    try:
        instruments = instruments_for(history.bars, overrides)
    except InvariantBroken as error:
        raise BadInput(f"--instruments: {error}") from None
    progress("analytics", 0, 1)
    analytics = {s: analyst.study(bars, plan.policy) for s, bars in history.bars.items()}
    predictors: list[Predictor] = []
    if plan.signals is not None:
        times = SignalTimes.OPEN if plan.signals_open_times else SignalTimes.CLOSE
        predictors.append(load_signals(plan.signals, times=times))
    predictors += [load_plugin(name) for name in plan.plugins]
    fits: tuple[ModelFit, ...] = ()
    if plan.models:
        walked = walk_forward(
            history.bars, features, trainers, walk_plan(settings, plan, history), progress
        )
        predictors += walked.voters
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
    voters = [Voter(p.name, p.fallback, p.predict(history.bars)) for p in predictors]
    tape = MarketTape(
        history, analytics, voters, instruments, settings.mode, settings.venue.spread_fraction
    )
    return Market(history, instruments, tape, fits, tuple(v.model for v in voters))


def walk_plan(settings: Settings, plan: RunPlan, history: History) -> WalkForwardPlan:
    """Return when the house's voters learn: spread over files, or after the training days."""
    longest = max((len(bars.open_time) for bars in history.bars.values()), default=0)
    if plan.sources:
        return WalkForwardPlan.spread_over(longest)
    interval_ms = next(iter(history.bars.values())).interval_ms
    first = settings.market.training_days * DAY_MS // interval_ms
    return WalkForwardPlan(train_bars_min=max(first, 1), refit_bars=max(longest - first, 1))


def _require_voters(predictors: Sequence[Predictor], plan: RunPlan) -> None:
    names = [predictor.name for predictor in predictors]
    if not names:
        raise BadInput("no voter: give --signals or --voter, or leave out --no-models")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"voters of the same name: {', '.join(twice)}; rename the file or plug-in")
    counted = sum(1 for predictor in predictors if not predictor.fallback)
    if counted < plan.policy.quorum:
        raise BadInput(
            f"quorum: the policy wants {plan.policy.quorum} voters, this run has {counted} "
            f"({', '.join(names)}); add voters, or set quorum = {counted} in --policy FILE"
        )
