import json

import numpy as np
import pytest

from adapters.features.feature_set import NAMES
from adapters.models.momentum_rule import RULES, MomentumRule, monotone
from adapters.models.voting import Table, sigmoid

pytestmark = pytest.mark.unit

ROWS = 20_000


def market(feature: str, pull: float) -> tuple[Table, np.ndarray]:
    """Return random rows whose outcome follows *feature* (or runs against it: a negative pull)."""
    rng = np.random.default_rng(1)
    table = rng.normal(0, 1, (ROWS, len(NAMES))).astype(np.float32)
    return table, rng.random(ROWS) < sigmoid(
        pull * table[:, NAMES.index(feature)].astype(np.float64)
    )


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("pull", [0.8, -0.8])
def test_the_rule_and_direction_that_pay_are_found(rule: str, pull: float) -> None:
    table, won = market(RULES[rule][0], pull)
    content = MomentumRule(NAMES).learn(table, won)
    scores = MomentumRule(NAMES).scorer(content)(table)

    assert json.loads(content)["rule"] == rule
    assert scores[won].mean() > scores[~won].mean()


def test_the_rules_prefer_no_side() -> None:
    table, won = market("return_48", 0.5)
    score = MomentumRule(NAMES).scorer(MomentumRule(NAMES).learn(table, won | (won[::-1])))

    assert score(table) == pytest.approx(-score(-table), abs=1e-6)


def test_the_same_rows_give_the_same_bytes() -> None:
    table, won = market("bollinger_20", 0.3)

    assert MomentumRule(NAMES).learn(table, won) == MomentumRule(NAMES).learn(table, won)


def test_a_feature_that_never_moves_is_no_error() -> None:
    table, won = market("return_48", 0.3)
    table[:, NAMES.index("channel_96")] = 0

    assert np.isfinite(
        MomentumRule(NAMES).scorer(MomentumRule(NAMES).learn(table, won))(table)
    ).all()


def test_pooling_makes_a_column_rise_and_keeps_its_mean() -> None:
    values, weights = np.array([1.0, 3.0, 2.0, 2.0, 5.0]), np.array([1.0, 1.0, 2.0, 1.0, 1.0])
    pooled = monotone(values, weights)

    assert (np.diff(pooled) >= 0).all()
    assert pooled @ weights == pytest.approx(values @ weights)
    assert monotone(np.array([1.0, 2.0]), np.ones(2)).tolist() == [1, 2]
