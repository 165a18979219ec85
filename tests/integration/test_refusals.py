"""A venue that refuses to close: every way of running asks again, and ends at the same place."""

import os
import random
from collections import Counter
from typing import Final

import pytest

from adapters.exchange.simulated.faults import Faults
from domain.decision.safety_facts import FlatProved
from domain.market.bars import MINUTE_MS
from domain.shared.enums import RunMode
from tests.played import play, play_paper
from tests.storm import Storm, storm

pytestmark = pytest.mark.integration

STORMS: Final = 300 if os.environ.get("QT_STORM") else 24
BATCH: Final = 8


def faults_of(wild: Storm) -> Faults:
    """Return the faults that the seed of *wild* says: closes refused, an outage, or both."""
    dice = random.Random(wild.seed)
    tape = wild.tape()
    first = dice.randrange(len(tape))
    last = min(len(tape) - 1, first + dice.randrange(1, 40))
    outage = [tape.time_ms(row) + dice.randrange(MINUTE_MS) for row in (first, last)]
    if dice.random() < 0.4:
        outage = [0, 0]
    return Faults(dice.choice((0, 1, 3, 10, 100)), *outage)


@pytest.mark.parametrize("first", range(0, STORMS, BATCH))
def test_skipping_visiting_and_paper_are_the_same_run_at_a_venue_that_refuses(first: int) -> None:
    for seed in range(first, first + BATCH):
        wild = storm(seed)
        faults = faults_of(wild)
        skipped = play(wild, skipping=True, faults=faults)
        visited = play(wild, skipping=False, faults=faults)
        live = play_paper(wild, RunMode.BACKTEST, faults=faults)
        assert skipped.digest == visited.digest == live.digest, f"seed {seed}: {faults}"
        assert skipped.ledger == visited.ledger == live.ledger, f"seed {seed}"
        assert live.events == visited.events, f"seed {seed}"


def test_what_is_compared_has_refusals_in_it_and_ends_flat() -> None:
    said: Counter[str] = Counter()
    refused = 0
    for seed in range(24):
        wild = storm(seed)
        run = play(wild, skipping=True, faults=faults_of(wild))
        said.update(type(fact).__name__ for fact in run.facts)
        refused += sum(fact.refusals for fact in run.facts if isinstance(fact, FlatProved))
    assert said["OrderRefusedByVenue"] > 50
    assert said["FlatProved"] >= 5
    assert refused > 5
