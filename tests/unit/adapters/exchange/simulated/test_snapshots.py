"""A snapshot holds everything: the restored venue goes on as if nothing had been."""

import json
import random
from collections.abc import Iterator

import pytest

from adapters.exchange.simulated.venue import SimulatedVenue
from domain.execution.messages import (
    Report,
)
from domain.shared.errors import InvariantBroken
from tests.unit.adapters.exchange.simulated.scene import (
    IDEAL,
    INSTRUMENTS,
    D,
)
from tests.unit.adapters.exchange.simulated.storm import (
    rules_of,
    stormy_session,
)

pytestmark = pytest.mark.unit


def test_a_restored_venue_continues_identically_from_any_batch() -> None:
    for seed in range(25):
        whole = [str(batch) for batch in recorded(seed, None)]
        for cut in range(0, len(whole), 5):
            assert [str(batch) for batch in recorded(seed, cut)] == whole, (seed, cut)


def recorded(seed: int, cut: int | None) -> Iterator[list[Report]]:
    """Run a session; after batch number *cut* go on with a venue restored from its snapshot."""
    storm = random.Random(seed)
    rules = rules_of(storm)
    venue = SimulatedVenue(INSTRUMENTS, rules)
    venue.deposit(0, D(400))
    for number, batch in enumerate(stormy_session(storm, venue)):
        yield batch
        if number == cut:
            text = json.dumps(venue.snapshot())
            other = SimulatedVenue.restore(INSTRUMENTS, rules, json.loads(text))
            assert json.dumps(other.snapshot()) == text
            venue._floor = other._floor


def test_a_snapshot_of_something_else_is_refused() -> None:
    with pytest.raises(InvariantBroken):
        SimulatedVenue.restore(INSTRUMENTS, IDEAL, {"version": 0, "markets": {}})
