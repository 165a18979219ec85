"""Every planted bug is caught: the simulation would notice."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.planted import PLANTED
from tests.planting import SEEDS_MAX

pytestmark = pytest.mark.integration

ROOT: Final = Path(__file__).parents[2]


def test_there_are_enough_of_them() -> None:
    assert len(PLANTED) >= 25


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_caught(name: str) -> None:
    command = [sys.executable, "-m", "tests.planting", name, str(SEEDS_MAX)]
    ended = subprocess.run(  # noqa: S603 - our own module
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["by"]
    assert told["schedules"] <= SEEDS_MAX
