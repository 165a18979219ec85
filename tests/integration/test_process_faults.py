"""What befalls a process from outside: a full disk, and a stop of half a minute.

The desk is a process of its own, and so is its venue, whose ledger is the judge.
"""

import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from adapters.operator_api.client import Client, of_run
from tests.command import Files, market_on_disk
from tests.living_desk import (
    FIRST_ROW,
    PACE_S,
    QUIET_S,
    entries_asked_while_down,
    entries_of,
    require_sound,
    running,
    stopped,
    wait_for_more_entries,
)
from tests.small_disk import Filler, small_disk
from tests.storm_venue import Venue, served, stormy, wait_until

pytestmark = pytest.mark.integration

STOPPED_S: Final = 30.0
# Room for the reserve twice, for only then is it taken again.
DISK_BYTES: Final = 256 << 20


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return stormy(market_on_disk(tmp_path_factory.mktemp("market"), days=6))


@pytest.fixture
def venue(files: Files, tmp_path: Path) -> Iterator[Venue]:
    with served(files, tmp_path, PACE_S, first_row=FIRST_ROW) as venue:
        yield venue


def test_f40_a_process_that_was_stopped_reads_the_account_before_it_asks_for_anything(
    venue: Venue,
) -> None:
    with running(venue.begins()) as desk:
        wait_for_more_entries(venue)
        desk.process.send_signal(signal.SIGSTOP)
        time.sleep(STOPPED_S)
        assert desk.process.poll() is None
        desk.process.send_signal(signal.SIGCONT)
        wait_for_more_entries(venue)
        told = stopped(desk)

    assert told.json["gap_ms_max"] >= 1_000 * (STOPPED_S - 1)
    downs, asked = entries_asked_while_down(desk.run_dir, "asleep for")
    assert (downs >= 1, asked) == (True, 0)
    require_sound(venue, desk.run_dir)


def test_f49_on_a_full_disk_entries_stop_exits_go_on_and_with_room_so_does_the_desk(
    venue: Venue, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", DISK_BYTES) as disk:
        small = {"QT_HEALTH__DISK_FREE_BYTES": "1", "QT_HEALTH__DISK_FREE_BYTES_CRITICAL": "0"}
        with running(venue.begins(run_dir=disk / "run", environment=small)) as desk:
            wait_for_more_entries(venue)
            wait_until(lambda: bool(venue.ledger["positions"]), "a position")
            filler = Filler(disk)
            try:
                wait_until(lambda: shutil.disk_usage(disk).free == 0, "a full disk")
                time.sleep(QUIET_S)
                blocked = entries_of(venue)
                client = Client(of_run(desk.run_dir))
                client.post("flatten", reason="the disk is full", actor="ann")
                wait_until(lambda: not venue.ledger["positions"], "flat although the disk is full")
                time.sleep(QUIET_S)
                assert entries_of(venue) == blocked
                assert desk.process.poll() is None
            finally:
                filler.end()
            wait_for_more_entries(venue)
            told = stopped(desk)
        assert told.json["audit_verified"] is True
        require_sound(venue, desk.run_dir)
