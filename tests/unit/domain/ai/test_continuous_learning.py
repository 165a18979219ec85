"""The life of a model, its triggers, its gates, its watch; and the error rates over many lives."""

import sys
from itertools import product
from random import Random

import pytest

from domain.ai.contest import Contest, Scored
from domain.ai.continuous_learning import (
    LIFE,
    Gate,
    LearningPolicy,
    Probation,
    Stage,
    Standing,
    Step,
    Trigger,
    gates_of,
    goes_to_new,
    is_hopeless,
    needs_approval,
    next_stage,
    significance,
    triggers_of,
)
from domain.shared.enums import RunMode

pytestmark = pytest.mark.unit

POLICY = LearningPolicy()
HORIZON = 12
COST = 0.1
WALKED = (0.1, 0.2, 0.15, 0.05, 0.12, 0.2)
DAY_MS = 86_400_000
HAPPENS = {
    (Stage.TRAINING, Step.TRAINED): Stage.SHADOW,
    (Stage.SHADOW, Step.PASSED): Stage.CANDIDATE,
    (Stage.SHADOW, Step.PROMOTED): Stage.ACTIVE,
    (Stage.CANDIDATE, Step.PROMOTED): Stage.ACTIVE,
    (Stage.ACTIVE, Step.SUPERSEDED): Stage.RETIRED,
    (Stage.ACTIVE, Step.ROLLED_BACK): Stage.FAILED,
    (Stage.RETIRED, Step.RESTORED): Stage.ACTIVE,
    (Stage.RETIRED, Step.PROMOTED): Stage.ACTIVE,
    (Stage.TRAINING, Step.REFUSED): Stage.FAILED,
    (Stage.SHADOW, Step.REFUSED): Stage.FAILED,
    (Stage.CANDIDATE, Step.REFUSED): Stage.FAILED,
}


@pytest.mark.parametrize(("stage", "step"), [*product(Stage, Step)])
def test_every_cell_of_a_life(stage: Stage, step: Step) -> None:
    assert len(LIFE[stage]) == len(Step)
    assert next_stage(stage, step) is HAPPENS.get((stage, step))


FRESH = Standing(at_ms=10 * DAY_MS, trained_until_ms=9 * DAY_MS, new_rows=10)
REASONS = {
    Trigger.AGE: FRESH._replace(trained_until_ms=3 * DAY_MS),
    Trigger.ROWS: FRESH._replace(new_rows=10_000),
    Trigger.DECAY: FRESH._replace(promised=0.60, hits=0.569),
    Trigger.DRIFT: FRESH._replace(drifted=True),
    Trigger.REGIME: FRESH._replace(regime_shifted=True),
    Trigger.OPERATOR: FRESH._replace(asked=True),
}


@pytest.mark.parametrize("trigger", Trigger)
def test_each_reason_alone_trains_anew(trigger: Trigger) -> None:
    assert triggers_of(POLICY, REASONS[trigger]) == (trigger,)


@pytest.mark.parametrize(
    "standing",
    [FRESH, FRESH._replace(promised=0.6, hits=0.571), FRESH._replace(promised=0.6)],
)
def test_no_reason_trains_nothing(standing: Standing) -> None:
    assert triggers_of(POLICY, standing) == ()


def contest(seed: int, new: float, old: float, bars: int, *, stop: bool = True) -> Contest:
    """Return a contest of two models that are right with these chances, in outcomes that last."""
    dice, blocks, played, up = Random(seed), POLICY.blocks(HORIZON), Contest(), 1
    for bar in range(bars):
        up = dice.choice((1, -1)) if bar % (HORIZON // 2) == 0 else up
        nets = ((1 if dice.random() < chance else -1) for chance in (new, old))
        pair = [Scored(net - COST, 0.3 - 0.1 * (net > 0)) for net in nets]
        played = played.heard(blocks, bar, *pair)
        if stop and played.better.proves(POLICY.false_promotion_rate):
            break
    return played


def tell(text: str) -> None:
    """Show a figure to whoever runs the tests with -s."""
    sys.stdout.write(f"\n{text}\n")


def promotes(played: Contest, mode: RunMode = RunMode.PAPER, *, approved: bool = False) -> bool:
    return all(gate.passed for gate in gates_of(POLICY, played, WALKED, mode, approved=approved))


def test_over_a_thousand_trials_an_equal_challenger_is_promoted_at_the_stated_rate_at_most() -> (
    None
):
    rate = POLICY.false_promotion_rate
    played = [contest(seed, 0.5, 0.5, 700) for seed in range(1_000)]
    proved = sum(one.better.proves(rate) for one in played)
    promoted = sum(map(promotes, played))

    tell(f"equal: contest won by luck {proved}, promoted {promoted} of 1,000; bound {rate:.0%}")
    assert promoted <= proved <= 1_000 * rate


def test_over_a_thousand_trials_a_worse_challenger_is_never_promoted() -> None:
    promoted = sum(promotes(contest(seed, 0.48, 0.52, 700)) for seed in range(1_000))

    tell(f"worse: promoted {promoted} of 1,000")
    assert promoted == 0


def test_a_better_challenger_is_promoted_within_the_stated_number_of_predictions() -> None:
    played = [contest(seed, 0.58, 0.50, 6_000) for seed in range(60)]
    took = sorted(one.predictions for one in played if promotes(one))

    tell(
        f"better: promoted {len(took)} of 60; predictions: least {took[0]}, median "
        f"{took[len(took) // 2]}, 90 % {took[len(took) * 9 // 10]}, most {took[-1]}"
    )
    assert len(took) >= 57
    assert took[-1] < 6_000


GATES = {
    "walk-forward": (contest(1, 0.9, 0.5, 2_000), (0.1, -0.2, 0.1, -0.1, 0.0)),
    "predictions": (contest(1, 0.9, 0.5, 99, stop=False), WALKED),
    "live contest": (contest(1, 0.5, 0.5, 400), WALKED),
    "calibration": (
        (good := contest(1, 0.9, 0.5, 2_000))._replace(new=good.new._replace(brier=1e6)),
        WALKED,
    ),
    "drawdown": (
        good._replace(new=good.new._replace(curve=good.new.curve._replace(fall=1e6))),
        WALKED,
    ),
}


@pytest.mark.parametrize("name", GATES)
def test_one_closed_gate_is_enough_to_refuse(name: str) -> None:
    played, walked = GATES[name]
    gates = gates_of(POLICY, played, walked, RunMode.PAPER, approved=False)

    assert name in {gate.name for gate in gates if not gate.passed}


@pytest.mark.parametrize("mode", RunMode)
def test_a_person_approves_where_money_or_a_real_venue_is_behind_it(mode: RunMode) -> None:
    asked = mode in (RunMode.LIVE, RunMode.TESTNET)

    assert needs_approval(mode) is asked
    assert promotes(good, mode) is not asked
    assert promotes(good, mode, approved=True)


def test_gates_say_what_they_measured() -> None:
    gate = gates_of(POLICY, Contest(), (), RunMode.PAPER, approved=False)[1]

    assert gate == Gate("predictions", passed=False, value=0, limit=100)


def test_a_challenger_that_shows_nothing_or_loses_has_had_its_chance() -> None:
    assert not is_hopeless(POLICY, contest(1, 0.5, 0.5, 200))
    assert is_hopeless(POLICY, contest(1, 0.1, 0.9, 2_000))
    assert is_hopeless(POLICY, Contest(predictions=POLICY.predictions_max))


@pytest.mark.parametrize("differences", [(), (1.0,) * 4, (0.1,) * 9])
def test_too_little_to_say_is_no_significance(differences: tuple[float, ...]) -> None:
    assert significance(differences) == 1.0


def watched(seed: int, new: float, old: float, promised: float, bars: int = 5_000) -> str | None:
    dice, blocks, watch = Random(seed), POLICY.blocks(HORIZON), Probation(promised)
    for bar in range(bars):
        nets = ((1 if dice.random() < chance else -1) - COST for chance in (new, old))
        watch = watch.heard(POLICY, blocks, bar, *(Scored(net, 0.25) for net in nets))
        if (why := watch.failed(POLICY)) is not None:
            return why
    return None


def test_a_model_that_decays_goes_back_and_one_that_keeps_its_word_stays() -> None:
    decayed = [watched(seed, 0.44, 0.5, 0.1) for seed in range(20)]
    kept = [watched(seed, 0.56, 0.5, 0.02) for seed in range(20)]

    assert None not in decayed
    assert kept == [None] * 20


def test_both_decaying_together_is_noticed_by_the_promise() -> None:
    assert watched(3, 0.40, 0.40, 0.1) == "earns less than it promised"
    assert watched(3, 0.40, 0.55, -0.9) == "earns less than the model it replaced"


def test_the_watch_ends() -> None:
    watch = Probation(0.1)
    assert not watch.passed(POLICY)
    over = Contest(predictions=POLICY.watch_predictions)
    assert watch._replace(relative=over).passed(POLICY)


def test_a_decision_is_on_the_same_side_always_and_the_share_is_kept() -> None:
    traces = [f"BTCUSDT-{n}" for n in range(4_000)]
    sides = [goes_to_new(trace, 0.25) for trace in traces]

    assert sides == [goes_to_new(trace, 0.25) for trace in traces]
    assert sum(sides) / len(sides) == pytest.approx(0.25, abs=0.03)
    assert all(goes_to_new(trace, 1.0) for trace in traces)
    assert not any(goes_to_new(trace, 0.0) for trace in traces)
