"""Every scenario shows what it must, with the dice of several seeds.

`SCENARIO_SEEDS=25 pytest tests/scenario/test_catalogue.py` plays more of them.
"""

import os
from pathlib import Path

import pytest

from bootstrap.scenarios.catalogue import SCENARIOS, Scenario, run

pytestmark = pytest.mark.scenario

SEEDS = range(int(os.environ.get("SCENARIO_SEEDS", "3")))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_a_scenario_shows_what_it_must(scenario: Scenario, seed: int, tmp_path: Path) -> None:
    shown = run(scenario, tmp_path, seed)
    wrong = [fact for fact in shown.facts if not fact.ok]
    assert not wrong
    assert shown.facts
    assert shown.key


def test_the_same_seed_tells_the_same_story_and_another_another(tmp_path: Path) -> None:
    scenario = SCENARIOS["high-volatility"]
    first, again, other = (
        run(scenario, tmp_path / str(n), seed) for n, seed in enumerate((1, 1, 2))
    )
    assert first == again
    assert first.facts != other.facts


def test_there_are_twelve_and_each_has_a_number_of_its_own() -> None:
    assert [each.number for each in SCENARIOS.values()] == list(range(1, 13))
