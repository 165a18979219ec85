"""Ten thousand random paths of equity through the whole desk: no rule of the stop is ever broken.

A fifth of them here, all of them with QT_STORM=1.
"""

import os
from collections import Counter
from random import Random
from typing import Final

import pytest

from domain.shared.enums import Action
from tests.unit.domain.decision.emergency_walk import Walk, a_whole_desk

pytestmark = pytest.mark.unit

PATHS: Final = 10_000 if os.environ.get("QT_STORM") else 2_000
BATCHES: Final = 4
STEPS: Final = 12


@pytest.mark.parametrize("batch", range(BATCHES))
def test_along_random_paths_no_rule_of_the_emergency_stop_is_broken(batch: int) -> None:
    seen: Counter[str] = Counter()
    rigs = [a_whole_desk(action) for action in (Action.BUY, Action.SELL)]
    for seed in range(batch, PATHS, BATCHES):
        walk = Walk(rigs[seed // BATCHES % 2], Random(seed), seen)
        for n in range(STEPS):
            try:
                walk.goes_on()
            except AssertionError as broken:
                raise AssertionError(f"path {seed}, step {n}: {broken}") from broken
    # Paths that never got anywhere would prove nothing.
    for what in (
        "NORMAL to CAUTIOUS",
        "NORMAL to PROTECTIVE",
        "NORMAL to EMERGENCY",
        "CAUTIOUS to PROTECTIVE",
        "CAUTIOUS to EMERGENCY",
        "PROTECTIVE to EMERGENCY",
        "EMERGENCY to EMERGENCY",
        "EMERGENCY to PROTECTIVE",
        "PROTECTIVE to CAUTIOUS",
        "CAUTIOUS to NORMAL",
        "permit refused",
        "crash at a write",
    ):
        assert seen[what] >= PATHS / BATCHES / 50, f"{what} was hardly seen: {seen}"
