"""The audit trail on disk: its form, its days, and how it goes on after a stop of any kind."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from adapters.audit.chain import ZERO, genesis
from adapters.audit.log import BUFFER_RECORDS_MAX, AuditFiles
from adapters.audit.verify import verify
from application.errors import StoreUnavailable
from domain.market.bars import DAY_MS
from domain.shared.errors import InvariantBroken
from tests.builders import START_MS, D
from tests.small_disk import Filler, small_disk
from tests.storm_venue import wait_until

pytestmark = pytest.mark.integration


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    return tmp_path / "run" / "audit"


def written(trail: Path, *days: int) -> None:
    with AuditFiles(trail) as log:
        for day in days:
            log.append("a.b", START_MS + day * DAY_MS, {"day": day})


def files(trail: Path) -> list[Path]:
    return sorted(trail.glob("*.jsonl"))


def records(trail: Path) -> list[dict[str, Any]]:
    """Return the records of *trail* in the order of their numbers."""
    lines = [line for file in files(trail) for line in file.read_text().splitlines()]
    return sorted(map(json.loads, lines), key=lambda record: int(record["seq"]))


def test_a_record_is_a_line_of_ascii_json_with_the_chain_around_its_fields(trail: Path) -> None:
    with AuditFiles(trail) as log:
        log.append(
            "trade.closed", START_MS + 7, {"pnl": D("-1.50"), "why": 'é "🙂"', "x": math.nan}
        )

    (line,) = files(trail)[0].read_bytes().splitlines()
    assert line.isascii()
    record = json.loads(line)
    assert list(record) == ["seq", "at", "type", "pnl", "why", "x", "prev", "hash"]
    assert (record["seq"], record["at"]) == (1, "2023-11-14T06:00:00.007Z")
    assert record["prev"].encode() == genesis("audit-20231114-090.jsonl", ZERO)
    assert (record["why"], record["x"]) == ('é "🙂"', None)
    assert b'"pnl":-1.50,' in line  # every decimal is kept


def test_each_day_has_its_file_and_the_chain_goes_through_all(trail: Path) -> None:
    written(trail, 0, 0, 1, 3)
    names = ["audit-20231114-090.jsonl", "audit-20231115-090.jsonl", "audit-20231117-090.jsonl"]
    assert [file.name for file in files(trail)] == names
    found = records(trail)
    assert [record["seq"] for record in found] == [1, 2, 3, 4]
    assert found[1]["prev"] == found[0]["hash"]
    assert found[2]["prev"].encode() == genesis(names[1], found[1]["hash"].encode())
    assert found[3]["prev"].encode() == genesis(names[2], found[2]["hash"].encode())


def test_an_event_told_late_stands_in_the_newer_file_with_its_own_time(trail: Path) -> None:
    written(trail, 1, 0)
    (file,) = files(trail)
    assert file.name == "audit-20231115-090.jsonl"
    assert [r["at"][:10] for r in records(trail)] == ["2023-11-15", "2023-11-14"]
    assert verify(trail).ok


def test_a_field_cannot_pose_as_a_part_of_the_chain(trail: Path) -> None:
    with AuditFiles(trail) as log, pytest.raises(InvariantBroken, match="hash"):
        log.append("a.b", START_MS, {"hash": "mine"})


def test_a_type_cannot_break_out_of_its_quotes(trail: Path) -> None:
    with AuditFiles(trail) as log, pytest.raises(InvariantBroken):
        log.append('a","seq":9', START_MS, {})


def test_a_reopened_trail_goes_on_in_the_same_file(trail: Path) -> None:
    written(trail, 0)
    written(trail, 0)
    assert [record["seq"] for record in records(trail)] == [1, 2]
    assert verify(trail).ok


def test_a_trail_that_only_was_opened_is_whole(trail: Path) -> None:
    written(trail)
    written(trail)
    verdict = verify(trail)
    assert (verdict.ok, verdict.records, verdict.files) == (True, 0, 0)


def test_records_are_on_disk_after_a_flush_and_at_the_latest_after_a_bounded_number(
    trail: Path,
) -> None:
    log = AuditFiles(trail)
    log.append("a.b", START_MS, {})
    assert records(trail) == []
    log.flush()
    assert len(records(trail)) == 1
    for _ in range(BUFFER_RECORDS_MAX + 1):
        log.append("a.b", START_MS, {})
    assert len(records(trail)) == 1 + BUFFER_RECORDS_MAX
    log.close()


def test_records_lost_with_a_crash_are_those_not_flushed(trail: Path) -> None:
    crashed = AuditFiles(trail)
    crashed.append("a.b", START_MS, {"n": 1})
    crashed.flush()
    crashed.append("a.b", START_MS, {"n": 2})  # and never flushed

    with AuditFiles(trail) as log:
        log.append("a.b", START_MS, {"n": 3})

    assert [record["n"] for record in records(trail)] == [1, 3]
    assert verify(trail).ok


@pytest.mark.parametrize("keep", [1, 40, -2, -1])
def test_a_torn_last_line_is_cut_off_kept_and_recorded(trail: Path, keep: int) -> None:
    written(trail, 0, 0)
    (file,) = files(trail)
    whole, last = file.read_bytes(), file.read_bytes().splitlines(keepends=True)[-1]
    file.write_bytes(whole + last[:keep])

    with AuditFiles(trail) as log:
        log.append("a.b", START_MS, {"n": 3})
        assert log.records == 3  # the note about the cut is the trail's own

    found = records(trail)
    assert [record["type"] for record in found] == ["a.b", "a.b", "audit.torn", "a.b"]
    (kept,) = trail.glob("*.torn")
    assert kept.read_bytes() == last[:keep]
    assert (found[2]["kept_in"], found[2]["bytes"]) == (kept.name, len(last[:keep]))
    assert verify(trail).ok


def test_the_count_of_records_survives_every_reopening(trail: Path) -> None:
    for opened in range(1, 4):
        with AuditFiles(trail) as log:
            log.append("a.b", START_MS, {})
            assert log.records == opened
        with files(trail)[-1].open("ab") as file:
            file.write(b'{"seq":')
    with AuditFiles(trail) as log:
        assert log.records == 3


def test_a_crash_between_the_note_of_a_cut_and_the_head_does_not_miscount(trail: Path) -> None:
    written(trail, 0)
    head = (trail / "HEAD.json").read_bytes()
    with files(trail)[-1].open("ab") as file:
        file.write(b'{"seq":')
    AuditFiles(trail).close()
    (trail / "HEAD.json").write_bytes(head)  # as if the new head had not come to the disk

    with AuditFiles(trail) as log:
        assert log.records == 1


def test_an_empty_file_of_a_new_day_does_not_hide_the_chain_before_it(trail: Path) -> None:
    written(trail, 0)
    (trail / "audit-20231115-090.jsonl").touch()
    written(trail, 1)
    assert [record["seq"] for record in records(trail)] == [1, 2]
    assert verify(trail).ok


def test_a_directory_that_cannot_be_made_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable):
        AuditFiles(tmp_path / "file" / "audit")


def test_the_first_error_in_writing_ends_the_log(trail: Path) -> None:
    log = AuditFiles(trail)
    log.append("a.b", START_MS, {})
    (trail / "audit-20231114-090.jsonl").mkdir()  # the file cannot be written to
    with pytest.raises(StoreUnavailable):
        log.flush()
    with pytest.raises(StoreUnavailable):
        log.append("a.b", START_MS, {})
    with pytest.raises(StoreUnavailable):
        log.flush()
    log.close()


def test_days_that_wait_together_are_written_in_their_order(trail: Path) -> None:
    log = AuditFiles(trail)
    for day in (0, 1, 1, 4):
        log.append("a.b", START_MS + day * DAY_MS, {"day": day})
    assert files(trail) == []
    log.flush()
    assert [record["day"] for record in records(trail)] == [0, 1, 1, 4]
    assert verify(trail).unsealed == 0  # the head follows every change of day
    log.append("a.b", START_MS + 4 * DAY_MS, {"day": 4})
    log.flush()
    assert verify(trail).unsealed == 1
    log.close()


def test_a_closed_log_takes_no_more(trail: Path) -> None:
    log = AuditFiles(trail)
    log.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        log.append("a.b", START_MS, {})


def test_f49_on_a_full_disk_records_wait_and_are_written_once_when_there_is_room(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk", 4 << 20) as disk:
        with AuditFiles(disk / "audit") as log:
            log.append("risk.block", DAY_MS, {"actor": "desk", "n": 0})
            log.flush()
            filler = Filler(disk)
            wait_until(lambda: shutil.disk_usage(disk).free == 0, "a full disk")
            for taken in range(1, BUFFER_RECORDS_MAX + 1):
                log.append("risk.block", DAY_MS, {"actor": "desk", "n": taken})
            with pytest.raises(StoreUnavailable, match="the disk is full"):
                log.append("risk.block", DAY_MS, {"actor": "desk", "n": -1})
            with pytest.raises(StoreUnavailable, match="the disk is full"):
                log.flush()
            filler.end()
            log.flush()
            log.append("risk.block", DAY_MS, {"actor": "desk", "n": taken + 1})
        assert [record["n"] for record in records(disk / "audit")] == list(range(taken + 2))
        assert verify(disk / "audit").ok
