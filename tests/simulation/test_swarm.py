"""The swarm: seeded schedules of faults, a share of them here, many in the long storms."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from bootstrap.simulation.catalogue import SCENARIOS, SWARM
from bootstrap.simulation.goals import missed
from bootstrap.simulation.runs import run_seed, run_seeds

pytestmark = pytest.mark.integration

STORM: Final = "QT_STORM" in os.environ
SWARM_SEEDS: Final = 10_000 if STORM else 150
NAMED_SEEDS: Final = 200 if STORM else 5
ROOT: Final = Path(__file__).parents[2]

# Seeds that broke something once, and what it was.
BROKE_ONCE: Final = {
    (SWARM, 4): "entries in doubt were canceled at every event",
    (SWARM, 92): "a cancel that was taken counted as done, and its order filled after it",
    (SWARM, 220): "a position that was adopted twice at one instant had one name for two stops",
    (SWARM, 221): "a position that was adopted twice at one instant had one name for two stops",
    (SWARM, 294): "a trade whose position another hand turned round was closed for ever",
    (SWARM, 523): "a stop of a trade that nobody minded any more rested on",
    (SWARM, 531): "a trade whose position was gone was closed for ever",
    (SWARM, 58): "the last look at an entry did not ask whether its symbol was in doubt",
    (SWARM, 60): "heavy readings spent the share of a minute, and nothing could be asked for",
    (SWARM, 335): "after a restart a refused repetition was taken for a refused close",
    (SWARM, 321): "a position that another hand had turned round was closed on the wrong side",
    (SWARM, 402): "what filled on while the stop fired kept a stop that it no longer had",
    (SWARM, 835): "a stop that another hand canceled was taken for one the desk had called off",
    (SWARM, 1_186): "a doubtful close of what was turned round stood for the close of what is held",
    (SWARM, 1_152): "a fill hid that a close had been sent before, and its refusal was believed",
    (SWARM, 1_738): "what an entry had filled before its cancel was told late, its slot taken",
    (SWARM, 1_861): "a wait that was told before a sleep was served after it",
    (SWARM, 2_361): "bytes whose sync had failed were read, synced again and believed durable",
    (SWARM, 2_382): "a trade that another hand had turned round was minded as if it were held",
    (SWARM, 7_745): "a trade liquidated before its last fill was told was closed for ever",
    (SWARM, 3_699): "an adopted position had the name of a signal of the same instant",
    ("bans", 90): "a close that was sent again was proven absent by answers from before",
}


@pytest.mark.parametrize(("scenario", "seed"), sorted(BROKE_ONCE))
def test_a_seed_that_broke_something_once_holds(scenario: str, seed: int) -> None:
    assert run_seed(seed, scenario).broken is None


def test_no_schedule_of_the_swarm_breaks_an_invariant() -> None:
    result = run_seeds(0, SWARM_SEEDS - 1, workers=2)
    assert result.schedules == SWARM_SEEDS
    assert [(one.seed, one.broken) for one in result.broken] == []
    assert result.missed == ()


@pytest.mark.parametrize("scenario", sorted(set(SCENARIOS) - {SWARM}))
def test_no_schedule_of_a_named_weather_breaks_an_invariant(scenario: str) -> None:
    result = run_seeds(0, NAMED_SEEDS - 1, scenario)
    assert [(one.seed, one.broken) for one in result.broken] == []
    assert result.goals["converged"] == NAMED_SEEDS


def test_a_batch_that_never_met_what_it_must_has_failed() -> None:
    result = run_seeds(0, 2, "calm")
    assert result.ok  # too small to be judged
    assert {"crash", "late accept"} <= set(missed(result.goals))
    judged = result._replace(missed=missed(result.goals))
    assert not judged.ok


@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_is_the_same_schedule_in_any_process(seed: int) -> None:
    script = f"from bootstrap.simulation.runs import run_seed; print(run_seed({seed}).digest)"
    digests = {run_seed(seed).digest}
    for hash_seed in ("1", "2"):
        ended = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        digests.add(ended.stdout.strip())
    assert len(digests) == 1
    assert "" not in digests
