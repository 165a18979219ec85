"""Makes a market ready to be played: history, instruments, analytics, votes, tape."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from adapters.market_data.instruments import instruments_for
from adapters.market_data.layout import Voter
from adapters.market_data.overrides import load_instruments
from adapters.market_data.tape import MarketTape
from adapters.models.checking import votes_of
from application.errors import BadInput
from application.learning import Progress
from application.ports.analyst import Analyst, RiskAnalyst
from application.ports.features import FeatureSource
from application.ports.market_history import History
from application.ports.trainer import Trainer
from application.results import ModelFit
from bootstrap.plan import RunPlan
from bootstrap.settings import Settings
from bootstrap.voters import voters_of
from domain.market.instrument import Instrument
from domain.shared.errors import InvariantBroken


class Market(NamedTuple):
    """A market, laid out, and how its voters learned."""

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
    risk_analyst: RiskAnalyst,
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
    allowed = plan.policy.symbols
    if allowed and not set(allowed) & set(history.bars):
        raise BadInput(
            f"symbols: the policy allows only {', '.join(sorted(allowed))}, this market has "
            f"{', '.join(sorted(history.bars))}; name one of these, or none to allow all"
        )
    progress("analytics", 0, 1)
    analytics = {s: analyst.study(bars, plan.policy) for s, bars in history.bars.items()}
    predictors, fits = voters_of(settings, plan, history, features, trainers, progress)
    voters = [Voter(p.name, p.fallback, votes_of(p, history.bars)) for p in predictors]
    tape = MarketTape(
        history,
        analytics,
        voters,
        instruments,
        settings.mode,
        settings.venue.spread_fraction,
        plan.policy,
        risk_analyst,
    )
    return Market(history, instruments, tape, fits, tuple(v.model for v in voters))
