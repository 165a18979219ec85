"""Explanations add up: what moved an answer is the whole of the answer."""

import numpy as np
import pytest

from adapters.models.extra_trees import ExtraTrees
from adapters.models.family import Family
from adapters.models.gradient_boosting import GradientBoosting
from adapters.models.logistic import Logistic
from adapters.models.tree_paths import path_contributions
from adapters.models.voting import Table, sigmoid

pytestmark = pytest.mark.unit

ROWS, COLUMNS = 4_000, 6


@pytest.fixture(scope="module")
def market() -> tuple[Table, np.ndarray]:
    rng = np.random.default_rng(1)
    table = rng.normal(0, 1, (ROWS, COLUMNS)).astype(np.float32)
    return table, rng.random(ROWS) < sigmoid(2.0 * table[:, 2].astype(np.float64))


def test_the_steps_of_all_paths_add_up_to_the_answer(market: tuple[Table, np.ndarray]) -> None:
    table, won = market
    content = ExtraTrees().learn(table, won)
    chances = sigmoid(ExtraTrees().scorer(content)(table[:20]))
    roots = [
        chance - path_contributions(content, row).sum()
        for chance, row in zip(chances, table[:20], strict=True)
    ]

    # The mean of the roots is the same whatever the row.
    assert roots == pytest.approx([roots[0]] * 20, abs=1e-5)


@pytest.mark.parametrize("family", [GradientBoosting(), Logistic()])
def test_additive_parts_differ_between_rows_as_the_scores_do(
    family: Family, market: tuple[Table, np.ndarray]
) -> None:
    table, won = market
    content = family.learn(table, won)
    one, other = family.scorer(content)(table[:2])
    parts = [family.explained(content, table[row : row + 1]).sum() for row in (0, 1)]

    assert parts[0] - parts[1] == pytest.approx(one - other, abs=1e-6)


@pytest.mark.parametrize("family", [GradientBoosting(), Logistic(), ExtraTrees()])
def test_what_decided_is_named_first(family: Family, market: tuple[Table, np.ndarray]) -> None:
    table, won = market
    content = family.learn(table, won)
    row = int(np.argmax(table[:, 2]))
    parts = family.explained(content, table[row : row + 1])

    assert int(np.abs(parts).argmax()) == 2
    assert parts[2] > 0
