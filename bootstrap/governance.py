"""Models under government in one run: the workshop, the rules, and the tape that they change.

Governed is a session at the pace of time, or at a venue beyond a wire, whose voters are stored
models. In every run the tape follows what the desk hears: so a run that is resumed votes, row for
row, with the models that it voted with at first.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from adapters.market_data.layout import Voter
from adapters.models.liveliness import lively
from adapters.reporting.files import replacing
from application.engine import Engine
from application.model_governance import ModelGovernance, Voice
from application.ports.features import FeatureSource
from application.ports.notifier import Notifier
from application.ports.trainer import Trainer
from bootstrap.drift_survey import DriftSurvey
from bootstrap.market import Market
from bootstrap.model_store import proved_registry
from bootstrap.plan import RunPlan
from bootstrap.settings import Settings
from bootstrap.voters import MODELS_FILE
from bootstrap.workshop import RunWorkshop
from domain.ai.continuous_learning import goes_to_new
from domain.ai.model_news import ModelPromoted, ModelRolledBack
from domain.decision.facts import RegimeChanged, Said
from domain.decision.messages import Heard, Page, Severity
from domain.shared.identity import trace_id

_LOG: Final = "training.log"


class Governance:
    """A watcher of a session. Without stored models it watches nothing."""

    def __init__(
        self,
        settings: Settings,
        plan: RunPlan,
        run_dir: Path,
        market: Market,
        engine: Engine,
        trainers: Sequence[Trainer],
        features: FeatureSource,
        notifier: Notifier,
        *,
        played: Callable[[], int] | None = None,
    ) -> None:
        """Govern the voters of *plan*.

        *played* counts the rows that the desk was told of; without it the desk's time is the
        tape's own, and the row that closes at it is known.
        """
        self._market = market
        self._engine = engine
        self._notifier = notifier
        self._played = played
        self._turns = 0
        self._told = 0
        self._workshop: RunWorkshop | None = None
        self._rules: ModelGovernance | None = None
        if plan.models_dir is None:
            return
        self._workshop = _workshop(settings, plan, plan.models_dir, run_dir, market, trainers,
                                   features)  # fmt: skip
        engine.watch(self._follow, lambda: None)
        voices = _voices(settings, plan, plan.models_dir, run_dir, market)
        if settings.learning.enabled and (plan.pace_s or plan.venue) and voices:
            self._rules = ModelGovernance(
                voices,
                self._workshop,
                self._workshop,
                settings.learning.policy,
                settings.mode,
                next(iter(market.history.bars.values())).interval_ms,
                market_ms=self._market_ms,
                regime_turns=lambda: self._turns,
            )

    def __call__(self, at_ms: int) -> tuple[Heard, ...]:
        """Return what there is to hear of models. What fails here never stops trading."""
        rules = self._rules
        if rules is None:
            return ()
        try:
            heard = rules(at_ms)
        except Exception as error:  # noqa: BLE001 - whatever it is, the desk trades on
            self._rules = None
            text = f"continuous learning has stopped, the models that vote stay: {error!r}"
            self._notifier.notify(Page(at_ms, Severity.WARNING, text))
            return ()
        for problem in rules.problems[self._told :]:
            self._notifier.notify(Page(at_ms, Severity.WARNING, f"learning: {problem}"))
        self._told = len(rules.problems)
        return heard

    def close(self) -> None:
        """End what still trains."""
        if self._workshop is not None:
            self._workshop.close()

    def _market_ms(self, at_ms: int) -> int:
        """Return when the last row closed, by the tape's own time."""
        if self._played is None:
            return at_ms
        return self._market.tape.time_ms(max(self._played() - 1, 0))

    def _follow(self, heard: Heard, said: tuple[Said, ...]) -> None:
        """Let the tape speak with the models that the desk has heard of."""
        self._turns += sum(isinstance(fact, RegimeChanged) for fact in said)
        if not isinstance(heard, ModelPromoted | ModelRolledBack) or self._workshop is None:
            return
        tape = self._market.tape
        row = tape.row_at(heard.at_ms) if self._played is None else self._played()
        share = heard.share if isinstance(heard, ModelPromoted) else 1.0

        def goes(symbol: str, at_ms: int) -> bool:
            return goes_to_new(trace_id(symbol, at_ms), share)

        votes = lively(heard.name, self._workshop.votes_of(heard.name, heard.new))
        voter = Voter(heard.name, fallback=False, votes=votes)
        tape.adopt(voter, row, None if share >= 1.0 else goes)


def _workshop(
    settings: Settings,
    plan: RunPlan,
    folder: Path,
    run_dir: Path,
    market: Market,
    trainers: Sequence[Trainer],
    features: FeatureSource,
) -> RunWorkshop:
    learning = settings.learning
    request = {
        "mode": settings.mode.value,
        "market": settings.market.model_dump(mode="json"),
        "sources": list(plan.sources),
        "interval": plan.interval,
        "models_dir": str(folder.absolute()),
        "keys": None if learning.keys is None else str(learning.keys.absolute()),
        "nice": learning.nice,
        "memory_gib": learning.memory_gib,
    }
    return RunWorkshop(
        proved_registry(folder, learning.keys),
        folder,
        trainers,
        features,
        market.history.bars,
        request,
        run_dir / _LOG,
        hours_max=learning.training_hours_max,
        survey=DriftSurvey(learning.policy),
    )


def _voices(
    settings: Settings, plan: RunPlan, folder: Path, run_dir: Path, market: Market
) -> Mapping[str, Voice]:
    """Return the voters that may be governed; note, in a new run, which models they are."""
    registry = proved_registry(folder, settings.learning.keys)
    active = {name: one for name, one in registry.active().items() if name in market.voters}
    if plan.resume is None:
        with replacing(run_dir / MODELS_FILE) as path:
            path.write_text(json.dumps(active) + "\n", "utf-8")
    return {
        name: Voice(name, one, registry.manifest(one).manifest.trained_until_ms)
        for name, one in active.items()
    }
