"""Every planted bug is caught: the simulation would notice.

Here from the schedule that is known to catch it; with QT_STORM=1 from the first on.
"""

import os
from typing import Final

import pytest

from tests.planted import PLANTED
from tests.planting import SEEDS_MAX, planted

pytestmark = pytest.mark.integration

STORM: Final = "QT_STORM" in os.environ
# Schedules change with the desk: one further on will do.
SEEDS: Final = SEEDS_MAX if STORM else 25


def test_there_are_enough_of_them() -> None:
    assert len(PLANTED) >= 25


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_caught(name: str) -> None:
    told = planted(name, 0 if STORM else PLANTED[name].seed, SEEDS)
    assert told["by"]
