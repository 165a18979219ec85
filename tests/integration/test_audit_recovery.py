"""A crash between the making of a day's file and its first record leaves the trail as it was."""

import json
import shutil
from pathlib import Path

import pytest

from adapters.audit.log import AuditFiles
from adapters.audit.verify import verify
from domain.market.bars import DAY_MS
from tests.builders import START_MS

pytestmark = pytest.mark.integration


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """Leave a trail of one record, and the empty files of two days about to be written."""
    directory = tmp_path / "audit"
    with AuditFiles(directory) as log:
        log.append("a.b", START_MS, {"n": 1})
    for day in (16, 17):
        (directory / f"audit-202311{day}-090.jsonl").touch()
    return directory


def written(trail: Path) -> dict[str, list[int]]:
    """Return the numbers of the records in each file of *trail*."""
    return {
        path.name: [json.loads(line)["seq"] for line in path.read_bytes().splitlines()]
        for path in sorted(trail.glob("*.jsonl"))
    }


def test_what_comes_next_stands_in_the_file_of_its_own_day(trail: Path) -> None:
    with AuditFiles(trail) as log:
        log.append("a.b", START_MS + DAY_MS, {"n": 2})
        log.append("a.b", START_MS + 3 * DAY_MS, {"n": 3})
    assert written(trail) == {
        "audit-20231114-090.jsonl": [1],
        "audit-20231115-090.jsonl": [2],
        "audit-20231117-090.jsonl": [3],
    }
    assert verify(trail).ok


def test_a_torn_line_before_an_empty_file_is_cut_off(trail: Path) -> None:
    with (trail / "audit-20231114-090.jsonl").open("ab") as file:
        file.write(b'{"seq":2,"at"')
    with AuditFiles(trail) as log:
        log.append("a.b", START_MS + DAY_MS, {"n": 2})
        assert log.records == 2
    assert written(trail) == {
        "audit-20231114-090.jsonl": [1],
        "audit-20231114-365.jsonl": [2],
        "audit-20231115-090.jsonl": [3],
    }
    assert verify(trail).ok


@pytest.mark.parametrize("durable", [True, False])
def test_what_the_trail_wrote_of_itself_is_told_apart_days_and_a_crash_later(
    tmp_path: Path, *, durable: bool
) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    with AuditFiles(first, durable=durable) as log:
        log.append("a.b", START_MS, {"n": 1})
        log.flush()
        shutil.copytree(first, second)  # as a crash leaves it
    torn = second / "audit-20231114-090.jsonl"
    torn.write_bytes(torn.read_bytes() + b'{"seq":2,"at"')
    with AuditFiles(second, durable=durable) as log:  # says of itself what it cut off
        for day in range(3):
            log.append("a.b", START_MS + day * DAY_MS, {"n": 2 + day})
        log.flush()
        shutil.copytree(second, third)

    with AuditFiles(third, durable=durable) as again:
        assert again.records == 4
    assert verify(third).ok
