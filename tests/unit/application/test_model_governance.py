"""Models under government: from a reason to train, by proof, to a vote and back."""

from random import Random

import pytest

from application.model_governance import ModelGovernance, Voice
from application.ports.model_registry import StandingChange
from application.ports.workshop import Drifted, Pairs
from domain.ai.continuous_learning import LearningPolicy
from domain.ai.model_news import (
    ModelDrifted,
    ModelNews,
    ModelPromoted,
    ModelRolledBack,
    RetrainRequested,
)
from domain.decision.messages import Heard
from domain.shared.enums import RunMode
from tests.fakes.workshop import HORIZON, FakeWorkshop

pytestmark = pytest.mark.unit

BAR_MS = 300_000
BARS = 12_000
NAME = "trees"
OLD, NEW = "trees-old", "trees-new"
POLICY = LearningPolicy(age_days=1.0)
COST = 0.1


def pairs(seed: int, new: float, old: float, *, decays_at: int = BARS) -> Pairs:
    """Return pairs of models right with these chances; from *decays_at* on the new one is not."""
    dice = Random(seed)
    nets: list[tuple[float, float]] = []
    for bar in range(BARS):
        chances = (0.40 if bar >= decays_at else new, old)
        won, held = ((1 if dice.random() < chance else -1) - COST for chance in chances)
        nets.append((won, held))
    new_net, old_net = ([net[side] for net in nets] for side in (0, 1))
    known = [(bar + HORIZON + 1) * BAR_MS for bar in range(BARS)]
    brier = [[0.3 - 0.1 * (net > 0) for net in column] for column in (new_net, old_net)]
    return Pairs([*range(BARS)], known, new_net, brier[0], old_net, brier[1])


def governed(shop: FakeWorkshop, mode: RunMode = RunMode.PAPER) -> ModelGovernance:
    return ModelGovernance({NAME: Voice(NAME, OLD, 0)}, shop, shop, POLICY, mode, BAR_MS)


def heard(rules: ModelGovernance, bars: range = range(BARS)) -> list[Heard]:
    return [news for bar in bars for news in rules(bar * BAR_MS)]


def test_a_better_challenger_is_trained_compared_and_promoted() -> None:
    shop = FakeWorkshop({NEW: pairs(1, 0.60, 0.50)}, {NAME: OLD})
    told = heard(governed(shop))

    assert [type(one) for one in told[:2]] == [RetrainRequested, ModelPromoted]
    asked, promoted = told[0], told[1]
    assert isinstance(asked, RetrainRequested)
    assert isinstance(promoted, ModelPromoted)
    assert asked.triggers == ("age",)
    assert (promoted.old, promoted.new, promoted.actor) == (OLD, NEW, "learning")
    assert "live contest" in promoted.reason
    assert shop.active == {NAME: NEW}


def test_a_worse_challenger_is_refused_and_another_trained_after_a_pause() -> None:
    shop = FakeWorkshop({NEW: pairs(2, 0.35, 0.60)}, {NAME: OLD})
    told = heard(governed(shop))

    assert {type(one) for one in told} == {RetrainRequested}
    assert shop.refused
    assert set(shop.refused) == {NEW}
    assert shop.active == {NAME: OLD}


def test_a_promoted_model_that_decays_is_rolled_back() -> None:
    shop = FakeWorkshop({NEW: pairs(1, 0.62, 0.50, decays_at=6_000)}, {NAME: OLD})
    told = heard(governed(shop))
    back = next(one for one in told if isinstance(one, ModelRolledBack))

    assert (back.old, back.new) == (NEW, OLD)
    assert "earns less" in back.reason
    assert back.at_ms > 6_000 * BAR_MS


@pytest.mark.parametrize("mode", [RunMode.LIVE, RunMode.TESTNET])
def test_where_a_person_must_approve_nothing_is_promoted_before(mode: RunMode) -> None:
    shop = FakeWorkshop({NEW: pairs(1, 0.60, 0.50)}, {NAME: OLD})
    rules = governed(shop, mode)
    early = heard(rules, range(9_000))
    shop.approved = (NEW,)
    late = heard(rules, range(9_000, 9_010))

    assert not any(isinstance(one, ModelPromoted) for one in early)
    assert any(isinstance(one, ModelPromoted) for one in late)


@pytest.mark.parametrize("down", ["train", "prepare", "swap"])
def test_whatever_fails_on_the_way_the_old_model_stays(down: str) -> None:
    shop = FakeWorkshop({NEW: pairs(1, 0.60, 0.50)}, {NAME: OLD})
    shop.down = {down}
    rules = governed(shop)
    told = heard(rules, range(4_000))

    assert not any(isinstance(one, ModelPromoted | ModelRolledBack) for one in told)
    assert shop.active == {NAME: OLD}
    assert rules.voices[NAME].model_id == OLD
    assert rules.problems


def test_a_training_that_hangs_holds_up_nothing() -> None:
    shop = FakeWorkshop({}, {NAME: OLD})
    shop.down = {"hang"}

    assert len(heard(governed(shop), range(2_000))) == 1
    assert shop.asked == ["train"]


def test_what_a_person_changes_is_heard_with_actor_and_reason() -> None:
    shop = FakeWorkshop({NEW: pairs(1, 0.5, 0.5)}, {NAME: OLD})
    rules = governed(shop)
    heard(rules, range(10))
    shop.active[NAME] = NEW
    shop.changes = (StandingChange(0, "promote", NAME, OLD, NEW, "ann", "a wish"),)
    (promoted,) = heard(rules, range(10, 14))
    shop.active[NAME] = OLD
    shop.changes += (StandingChange(0, "rollback", NAME, NEW, OLD, "ben", "regret"),)
    (back,) = heard(rules, range(14, 18))

    assert isinstance(promoted, ModelPromoted)
    assert (promoted.actor, promoted.reason) == ("ann", "a wish")
    assert isinstance(back, ModelRolledBack)
    assert (back.actor, back.old, back.new) == ("ben", NEW, OLD)


def test_drift_is_told_and_is_a_reason_to_train() -> None:
    shop = FakeWorkshop({}, {NAME: OLD})
    shop.drifts = [Drifted(NAME, OLD, "return_12", 0.4, 0.25)]
    told = heard(governed(shop), range(80))

    assert [type(one) for one in told] == [ModelDrifted, RetrainRequested]
    assert isinstance(told[1], RetrainRequested)
    assert told[1].triggers == ("drift",)


def test_only_pairs_made_after_it_was_ready_count() -> None:
    shop = FakeWorkshop({NEW: pairs(1, 1.0, 0.0)}, {NAME: OLD})
    rules = governed(shop)
    told = heard(rules, range(288, 288 + HORIZON + 100))

    assert [type(one) for one in told] == [RetrainRequested]
    contender = rules.voices[NAME].contender
    assert contender is not None
    assert 0 < contender.contest.predictions <= 100


def test_news_are_all_that_is_said() -> None:
    shop = FakeWorkshop({NEW: pairs(3, 0.60, 0.50)}, {NAME: OLD})

    assert all(isinstance(one, ModelNews) for one in heard(governed(shop)))
