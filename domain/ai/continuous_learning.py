"""Continuous learning: when to train anew, who may replace the model that votes, who must go back.

Rule 1: the life of a model is the grid below; what is not in it cannot happen.
Rule 2: a promotion is an AND of gates. The error rate stated is that of the live contest alone
        (`false_promotion_rate`, by an e-process: it holds however often one looks), so the other
        gates can only lower it: a challenger that is not better than its champion on the same ticks
        is promoted with at most this probability in its whole life.
Rule 3: a promoted model is watched. It goes back when it is shown to earn less than the one it
        replaced, or less than it promised less `decay`; each with half of `false_rollback_rate`.
Rule 4: in live and on the testnet a person approves.
"""

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from math import log
from statistics import NormalDist, fmean, stdev
from typing import Final, NamedTuple

from domain.ai.contest import Blocks, Contest, Scored
from domain.shared.enums import RunMode

_DAY_MS: Final = 86_400_000
_SPOKEN_BLOCKS_MIN: Final = 5


class LearningPolicy(NamedTuple):
    """Every number of continuous learning.

    Shares and rates are fractions, nets in units of the barrier. `age_days`, `new_rows`, `decay`
    and the two of drift are triggers. `block_outcomes` is the length of a block in outcomes.
    `share` of the decisions goes to a promoted model, the others to the one it replaced (A/B).
    """

    age_days: float = 7.0
    new_rows: int = 10_000
    decay: float = 0.05
    drift_index_max: float = 0.25
    drift_significance: float = 0.001
    pause_hours: float = 6.0
    predictions_min: int = 100
    predictions_max: int = 100_000
    false_promotion_rate: float = 0.01
    false_rollback_rate: float = 0.02
    walk_forward_significance: float = 0.05
    brier_tolerance: float = 0.0
    drawdown_tolerance: float = 0.0
    block_outcomes: float = 3.0
    block_clip: float = 0.5
    watch_predictions: int = 20_000
    share: float = 1.0

    def blocks(self, horizon: int) -> Blocks:
        """Return how pairs become observations, where an outcome takes *horizon* bars."""
        return Blocks(max(1, round(self.block_outcomes * horizon)), horizon, self.block_clip)


class Stage(StrEnum):
    """Where a model stands."""

    TRAINING = "training"
    SHADOW = "shadow"
    CANDIDATE = "candidate"
    ACTIVE = "active"
    RETIRED = "retired"
    FAILED = "failed"


class Step(StrEnum):
    """What may become of a model. The order is that of the columns of the grid."""

    TRAINED = "trained"
    PASSED = "passed"
    PROMOTED = "promoted"
    SUPERSEDED = "superseded"
    ROLLED_BACK = "rolled back"
    RESTORED = "restored"
    REFUSED = "refused"


TRAINING, SHADOW, CANDIDATE, ACTIVE, RETIRED, FAILED = Stage
# fmt: off
LIFE: Final[dict[Stage, tuple[Stage | None, ...]]] = {
    #          TRAINED  PASSED     PROMOTED  SUPERSEDED  ROLLED_BACK  RESTORED  REFUSED
    TRAINING:  (SHADOW, None,      None,     None,       None,        None,     FAILED),
    SHADOW:    (None,   CANDIDATE, ACTIVE,   None,       None,        None,     FAILED),
    CANDIDATE: (None,   None,      ACTIVE,   None,       None,        None,     FAILED),
    ACTIVE:    (None,   None,      None,     RETIRED,    FAILED,      None,     None),
    RETIRED:   (None,   None,      ACTIVE,   None,       None,        ACTIVE,   None),
    FAILED:    (None,   None,      None,     None,       None,        None,     None),
}
# fmt: on
"""None: it cannot happen. Out of SHADOW a person may promote; the daemon goes by CANDIDATE."""

_COLUMN: Final = {step: at for at, step in enumerate(Step)}


def next_stage(stage: Stage, step: Step) -> Stage | None:
    """Return what *step* makes of a model at *stage*, None when it cannot happen."""
    return LIFE[stage][_COLUMN[step]]


class Trigger(StrEnum):
    """Why a model is trained anew."""

    AGE = "age"
    ROWS = "rows"
    DECAY = "decay"
    DRIFT = "drift"
    REGIME = "regime"
    OPERATOR = "operator"


class Standing(NamedTuple):
    """How the model that votes is doing. Times in UTC ms, rows since its training's end.

    `promised` and `hits` are shares of calls won: at its promotion, and lately; None: not known.
    """

    at_ms: int
    trained_until_ms: int
    new_rows: int
    promised: float | None = None
    hits: float | None = None
    drifted: bool = False
    regime_shifted: bool = False
    asked: bool = False


def triggers_of(policy: LearningPolicy, standing: Standing) -> tuple[Trigger, ...]:
    """Return every reason to train anew."""
    fallen = (
        standing.promised is not None
        and standing.hits is not None
        and standing.hits < standing.promised * (1 - policy.decay)
    )
    found = {
        Trigger.AGE: standing.at_ms - standing.trained_until_ms >= policy.age_days * _DAY_MS,
        Trigger.ROWS: standing.new_rows >= policy.new_rows,
        Trigger.DECAY: fallen,
        Trigger.DRIFT: standing.drifted,
        Trigger.REGIME: standing.regime_shifted,
        Trigger.OPERATOR: standing.asked,
    }
    return tuple(trigger for trigger, holds in found.items() if holds)


class Gate(NamedTuple):
    """One gate of a promotion: what was measured, and what it had to reach."""

    name: str
    passed: bool
    value: float
    limit: float


def significance(differences: Sequence[float]) -> float:
    """Return the chance of so high a mean of independent *differences* if there were no merit.

    One-sided and by the normal law; 1 where there are too few to say anything.
    """
    if len(differences) < _SPOKEN_BLOCKS_MIN:
        return 1.0
    spread = stdev(differences)
    if spread <= 0.0:
        return 1.0
    return 1.0 - NormalDist().cdf(fmean(differences) / spread * len(differences) ** 0.5)


def gates_of(
    policy: LearningPolicy,
    contest: Contest,
    walked: Sequence[float],
    mode: RunMode,
    *,
    approved: bool,
) -> tuple[Gate, ...]:
    """Return all gates. *walked* are the walk-forward differences net of costs, block by block."""
    count = max(contest.predictions, 1)
    brier, allowed = contest.new.brier / count, contest.old.brier / count + policy.brier_tolerance
    fall = contest.new.curve.fall
    deepest = contest.old.curve.fall * (1 + policy.drawdown_tolerance)
    chance = significance(walked)
    asked = needs_approval(mode)
    proof = contest.better.strength
    needed = -log(policy.false_promotion_rate)
    return (
        Gate("walk-forward", chance <= policy.walk_forward_significance, chance,
             policy.walk_forward_significance),
        Gate("predictions", contest.predictions >= policy.predictions_min,
             contest.predictions, policy.predictions_min),
        Gate("live contest", contest.better.proves(policy.false_promotion_rate), proof, needed),
        Gate("calibration", brier <= allowed, brier, allowed),
        Gate("drawdown", fall <= deepest, fall, deepest),
        Gate("approval", approved or not asked, approved, asked),
    )  # fmt: skip


def needs_approval(mode: RunMode) -> bool:
    """Tell whether a person must approve a promotion."""
    return mode in (RunMode.LIVE, RunMode.TESTNET)


def is_hopeless(policy: LearningPolicy, contest: Contest) -> bool:
    """Tell whether a challenger has had its chance: shown to be worse, or shown nothing."""
    return (
        contest.worse.proves(policy.false_promotion_rate)
        or contest.predictions >= policy.predictions_max
    )


class Probation(NamedTuple):
    """The watch over a promoted model: against the one it replaced, and against its promise.

    `promised` is its net result a prediction during the contest.
    """

    promised: float
    relative: Contest = Contest()
    absolute: Contest = Contest()

    def heard(
        self, policy: LearningPolicy, blocks: Blocks, bar: int, new: Scored, old: Scored
    ) -> "Probation":
        """Return the watch after one more pair; see `Contest.heard`."""
        least = self.promised - policy.decay * abs(self.promised)
        owed = Scored(least, new.brier)
        return self._replace(
            relative=self.relative.heard(blocks, bar, new, old),
            absolute=self.absolute.heard(blocks, bar, new, owed),
        )

    def failed(self, policy: LearningPolicy) -> str | None:
        """Return why the model must go back, None while it need not."""
        rate = policy.false_rollback_rate / 2
        if self.relative.worse.proves(rate):
            return "earns less than the model it replaced"
        if self.absolute.worse.proves(rate):
            return "earns less than it promised"
        return None

    def passed(self, policy: LearningPolicy) -> bool:
        """Tell whether the watch may end."""
        return self.relative.predictions >= policy.watch_predictions


def goes_to_new(trace: str, share: float) -> bool:
    """Tell which side of an A/B test the decision *trace* is on: the same always, for all."""
    digest = hashlib.sha256(trace.encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64
