"""Models under government: trained beside the loop, compared on the same ticks, promoted by proof.

Asked at each close, it never waits: what takes time is asked of the workshop and comes back at a
later close. A swap is made durable there first, then told to the desk, which writes it down; the
votes change where the desk hears of it. So a crash in between loses nothing but the telling, and
what stands is told at the next look.

One voter is trained at a time; contests and watches of all go on side by side.
"""

from collections.abc import Callable, Mapping
from typing import Final

from application.model_contest import Contender, told_in
from application.ports.model_registry import ModelStandings, StandingChange
from application.ports.workshop import (
    Drifted,
    Finished,
    Ready,
    Swapped,
    Trained,
    Watchpost,
    Workshop,
)
from domain.ai.continuous_learning import (
    LearningPolicy,
    Probation,
    Standing,
    gates_of,
    is_hopeless,
    triggers_of,
)
from domain.ai.model_news import (
    ModelDrifted,
    ModelPromoted,
    ModelRolledBack,
    RetrainRequested,
)
from domain.decision.messages import Heard
from domain.shared.enums import RunMode

ACTOR: Final = "learning"
_HOUR_MS: Final = 3_600_000
_SURVEY_MS: Final = 6 * _HOUR_MS


class Voice:
    """One voter: the model that votes, the one that would, and the watch over the last promoted."""

    def __init__(self, name: str, model_id: str, trained_until_ms: int) -> None:
        self.name = name
        self.model_id = model_id
        self.trained_until_ms = trained_until_ms
        self.rested_ms = 0
        self.busy = False
        self.drifted = False
        self.promised: float | None = None
        self.walked: tuple[float, ...] = ()
        self.contender: Contender | None = None
        self.watched: Contender | None = None
        self.probation: Probation | None = None


class ModelGovernance:
    """Satisfies `Watcher`: asked with the time of a close, it says what the desk shall hear."""

    def __init__(
        self,
        voices: Mapping[str, Voice],
        workshop: Workshop,
        post: Watchpost,
        policy: LearningPolicy,
        mode: RunMode,
        interval_ms: int,
        market_ms: Callable[[int], int] = lambda at_ms: at_ms,
        regime_turns: Callable[[], int] = lambda: 0,
    ) -> None:
        """Govern *voices* (by name). *market_ms* turns a time of the desk into the market's.

        *regime_turns* counts confirmed changes of regime so far.
        """
        self.voices = dict(voices)
        self._workshop = workshop
        self._post = post
        self._policy = policy
        self._mode = mode
        self._interval_ms = interval_ms
        self._market_ms = market_ms
        self._turns = regime_turns
        self._turns_seen = 0
        self._surveyed_ms = 0
        self._training = ""
        self.problems: list[str] = []
        self.approved: tuple[str, ...] = ()
        self._voting: Mapping[str, str] = {}
        self._changes: tuple[StandingChange, ...] = ()

    def __call__(self, at_ms: int) -> tuple[Heard, ...]:
        """Return what the desk shall hear at *at_ms*."""
        market_ms = self._market_ms(at_ms)
        heard: list[Heard] = []
        for one in self._workshop.finished():
            heard += self._finished(one, at_ms, market_ms)
        standings = self._post.standings()
        if standings is not None:
            self._looked(standings)
        for voice in self.voices.values():
            self._advance(voice, market_ms)
        heard += self._triggered(at_ms, market_ms)
        return tuple(heard)

    def _finished(self, one: Finished, at_ms: int, market_ms: int) -> list[Heard]:
        voice = self.voices[one.name]
        if isinstance(one, Drifted):
            voice.drifted = True
            return [ModelDrifted(at_ms, one.name, one.model_id, one.measure, one.value, one.limit)]
        voice.busy = False
        if isinstance(one, Trained):
            self._training = ""
        if one.problem is not None:
            self.problems.append(f"{one.name}: {one.problem}")
            return []
        match one:
            case Trained():
                voice.walked = one.walked
                self._prepare(voice, one.model_id)
            case Ready():
                return self._ready(voice, one, at_ms, market_ms)
            case Swapped():
                return self._swapped(voice, one, at_ms)
        return []

    def _prepare(self, voice: Voice, model_id: str) -> None:
        voice.busy = True
        self._workshop.prepare(voice.name, model_id, voice.model_id)

    def _ready(self, voice: Voice, one: Ready, at_ms: int, market_ms: int) -> list[Heard]:
        """Begin the contest of a model that was trained; let one that a person promoted vote."""
        if self._voting.get(voice.name, voice.model_id) != one.model_id:
            voice.contender = Contender(one, market_ms)
            if one.against != voice.model_id:  # another votes by now: hold it against that one
                self._prepare(voice, one.model_id)
            return []
        old, voice.model_id, voice.contender = voice.model_id, one.model_id, None
        voice.trained_until_ms = one.trained_until_ms
        actor, reason, went_back = told_in(self._changes, voice.name, one.model_id)
        if went_back:
            voice.probation = voice.watched = None
            return [ModelRolledBack(at_ms, voice.name, old, one.model_id, actor, reason)]
        return [self._voted(at_ms, voice, old, one.model_id, actor, reason)]

    def _swapped(self, voice: Voice, one: Swapped, at_ms: int) -> list[Heard]:
        change = one.change
        if change is None:
            return []
        self._voting = {**self._voting, voice.name: change.new}
        old, voice.model_id = voice.model_id, change.new
        if change.action == "rollback":
            voice.probation = voice.watched = None
            return [
                ModelRolledBack(at_ms, voice.name, old, change.new, change.actor, change.reason)
            ]
        won = voice.contender
        if won is not None:
            count = max(won.contest.predictions, 1)
            side = won.contest.new
            voice.promised = side.hits / side.calls if side.calls else None
            voice.probation = Probation(side.curve.level / count)
            voice.watched, voice.contender = won, None
            voice.trained_until_ms = won.ready.trained_until_ms
        return [self._voted(at_ms, voice, old, change.new, change.actor, change.reason)]

    def _voted(
        self, at_ms: int, voice: Voice, old: str, new: str, actor: str, reason: str
    ) -> ModelPromoted:
        voice.drifted = False
        return ModelPromoted(at_ms, voice.name, old, new, self._policy.share, actor, reason)

    def _looked(self, standings: ModelStandings) -> None:
        """Notice what a person changed: approvals, and who votes."""
        self.approved = standings.approved
        self._voting, self._changes = dict(standings.active), standings.changes
        for name, voice in self.voices.items():
            wanted = standings.active.get(name)
            if wanted is not None and wanted != voice.model_id and not voice.busy:
                self._prepare(voice, wanted)

    def _advance(self, voice: Voice, market_ms: int) -> None:
        """Let outcomes that are known by now count, and draw the conclusion."""
        policy = self._policy
        if voice.watched is not None and voice.probation is not None:
            probation = voice.probation
            blocks = policy.blocks(voice.watched.ready.horizon)
            for bar, new, old in voice.watched.known(market_ms):
                probation = probation.heard(policy, blocks, bar, new, old)
            voice.probation = probation
            failed = probation.failed(policy)
            if failed is not None and not voice.busy:
                voice.busy = True
                self._workshop.swap(voice.name, None, ACTOR, failed)
            elif probation.passed(policy):
                voice.watched = voice.probation = None
        contender = voice.contender
        if contender is None or voice.busy:
            return
        contender.advance(policy, market_ms)
        approved = contender.ready.model_id in self.approved
        gates = gates_of(policy, contender.contest, voice.walked, self._mode, approved=approved)
        if all(gate.passed for gate in gates):
            voice.busy = True
            reason = "; ".join(f"{g.name} {g.value:.4g} of {g.limit:.4g}" for g in gates)
            self._workshop.swap(voice.name, contender.ready.model_id, ACTOR, reason)
        elif is_hopeless(policy, contender.contest):
            self._post.refuse(contender.ready.model_id)
            voice.contender = None

    def _triggered(self, at_ms: int, market_ms: int) -> list[Heard]:
        """Train one voter anew that has a reason to, if none is being trained."""
        if market_ms - self._surveyed_ms >= _SURVEY_MS:
            self._surveyed_ms = market_ms
            for voice in self.voices.values():
                if not voice.drifted:
                    self._post.survey(voice.name, voice.model_id, market_ms)
        if self._training:
            return []
        for voice in sorted(self.voices.values(), key=lambda one: one.rested_ms):
            # Before its training's end there is nothing that it has not learnt from.
            idle = voice.contender is None and voice.probation is None and not voice.busy
            idle = idle and market_ms > voice.trained_until_ms
            rested = market_ms - voice.rested_ms >= self._policy.pause_hours * _HOUR_MS
            reasons = triggers_of(self._policy, self._standing(voice, market_ms))
            if idle and rested and reasons:
                voice.busy, voice.rested_ms, self._training = True, market_ms, voice.name
                self._turns_seen = self._turns()
                self._workshop.train(voice.name, market_ms)
                return [RetrainRequested(at_ms, voice.name, voice.model_id, tuple(reasons))]
        return []

    def _standing(self, voice: Voice, market_ms: int) -> Standing:
        lately = None if voice.probation is None else voice.probation.relative.new
        hits = lately.hits / lately.calls if lately and lately.calls else None
        return Standing(
            market_ms,
            voice.trained_until_ms,
            max(0, market_ms - voice.trained_until_ms) // self._interval_ms,
            voice.promised,
            hits,
            voice.drifted,
            self._turns() > self._turns_seen,
        )
