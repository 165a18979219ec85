"""A trail that is not what was written is not added to."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.audit.log import AuditFiles
from application.errors import IntegrityFailure
from domain.market.bars import DAY_MS
from tests.builders import START_MS

pytestmark = pytest.mark.integration


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    return tmp_path / "audit"


def written(trail: Path, *days: int) -> None:
    with AuditFiles(trail) as log:
        for day in days:
            log.append("a.b", START_MS + day * DAY_MS, {"day": day})


def files(trail: Path) -> list[Path]:
    return sorted(trail.glob("*.jsonl"))


def edit(trail: Path) -> None:
    (file,) = files(trail)
    file.write_bytes(file.read_bytes().replace(b'"day":0', b'"day":9'))


def drop_last(trail: Path) -> None:
    (file,) = files(trail)
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))


def swap(trail: Path) -> None:
    (file,) = files(trail)
    file.write_bytes(b"".join(reversed(file.read_bytes().splitlines(keepends=True))))


def lose_head(trail: Path) -> None:
    (trail / "HEAD.json").unlink()


def break_head(trail: Path) -> None:
    (trail / "HEAD.json").write_text("{}")


def forge_head(trail: Path) -> None:
    head = trail / "HEAD.json"
    head.write_text(json.dumps({**json.loads(head.read_text()), "root": "f" * 64}))


def of_an_earlier_version(trail: Path) -> None:
    (file,) = files(trail)
    file.rename(file.with_name("audit-20231114.jsonl"))


CASES = [edit, drop_last, swap, lose_head, break_head, forge_head, of_an_earlier_version]


@pytest.mark.parametrize("tamper", CASES)
def test_a_broken_chain_is_not_gone_on_with(trail: Path, tamper: Callable[[Path], None]) -> None:
    written(trail, 0, 0, 0)
    tamper(trail)
    with pytest.raises(IntegrityFailure):
        AuditFiles(trail)


def lose_a_middle_segment(trail: Path) -> None:
    files(trail)[1].unlink()


def add_a_segment(trail: Path) -> None:
    files(trail)[0].with_name("audit-20231113-180.jsonl").write_bytes(files(trail)[0].read_bytes())


def exchange_names(trail: Path) -> None:
    one, other = files(trail)[:2]
    one.rename(trail / "aside")
    other.rename(one)
    (trail / "aside").rename(other)


def edit_the_first_day(trail: Path) -> None:
    first = files(trail)[0]
    first.write_bytes(first.read_bytes().replace(b'"day":0', b'"day":9', 1))


MANY = [lose_a_middle_segment, add_a_segment, exchange_names, edit_the_first_day]


@pytest.mark.parametrize("tamper", MANY)
def test_segments_that_are_not_those_written_are_not_gone_on_with(
    trail: Path, tamper: Callable[[Path], None]
) -> None:
    written(trail, 0, 0, 1, 2)
    tamper(trail)
    with pytest.raises(IntegrityFailure):
        AuditFiles(trail)
