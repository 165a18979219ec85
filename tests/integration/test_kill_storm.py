"""A real desk, killed at random moments while it trades with a venue that lives on.

Five rounds here, two hundred with QT_STORM=1; `python -m benchmarks --only kill-storm` has two
hundred upon a journal of a million records.
"""

import os
from pathlib import Path
from typing import Final

import pytest

from tests.command import market_on_disk
from tests.storm_process import Storm
from tests.storm_venue import served, stormy

pytestmark = pytest.mark.integration

ROUNDS: Final = 200 if os.environ.get("QT_STORM") else 5
DAYS: Final = 60 if os.environ.get("QT_STORM") else 10
PACE_S: Final = 0.1
FIRST_ROW: Final = 560
WEATHER: Final = (
    "--latency-ms=5",
    "--lost-replies=0.02",
    "--late-accepts=0.01",
    "--late-s=3",
    "--stream-drops=0.02",
    "--stream-duplicates=0.05",
)


def test_no_kill_doubles_an_order_loses_a_record_or_leaves_a_position_bare(tmp_path: Path) -> None:
    (tmp_path / "market").mkdir()
    files = stormy(market_on_disk(tmp_path / "market", days=DAYS))
    with served(files, tmp_path, PACE_S, WEATHER, FIRST_ROW) as venue:
        storm = Storm(venue, seed=23)
        storm.rounds(ROUNDS)
        storm.converges()
        assert len(venue.ledger["accepted"]) > ROUNDS
    assert storm.rows > ROUNDS
