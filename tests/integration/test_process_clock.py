"""A wall clock that steps, and one that is wrong from the start, for a desk that is a process.

A library that is loaded before all others moves that clock for the desk alone.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from adapters.operator_api.client import Client, of_run
from domain.market.bars import MINUTE_MS
from tests.command import Files, market_on_disk
from tests.living_desk import (
    FIRST_ROW,
    PACE_S,
    QUIET_S,
    decisions_of,
    entries_asked_while_down,
    entries_of,
    require_sound,
    running,
    stopped,
    wait_for_more_entries,
    wait_until_audited,
)
from tests.storm_venue import Venue, served, stormy, wait_until

pytestmark = pytest.mark.integration

HOUR_NS: Final = 3_600_000_000_000
SHIM: Final = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *moved;

__attribute__((constructor)) static void map(void) {
    const char *path = getenv("MOVED_CLOCK");
    int file = path ? open(path, O_RDONLY) : -1;
    void *place = file < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
    if (place != MAP_FAILED) moved = place;
}

int clock_gettime(clockid_t which, struct timespec *at) {
    int failed = syscall(SYS_clock_gettime, which, at);
    if (!failed && which == CLOCK_REALTIME && moved) at->tv_sec += *moved / 1000000000;
    return failed;
}
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return stormy(market_on_disk(tmp_path_factory.mktemp("market"), days=6))


@pytest.fixture
def venue(files: Files, tmp_path: Path) -> Iterator[Venue]:
    with served(files, tmp_path, PACE_S, first_row=FIRST_ROW) as venue:
        yield venue


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a library that moves the wall clock of a process, and no other clock."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler to build a clock that can be moved with")
    folder = tmp_path_factory.mktemp("shim")
    (folder / "shim.c").write_text(SHIM)
    made, source = str(folder / "shim.so"), str(folder / "shim.c")
    words = [compiler, "-shared", "-fPIC", "-O1", "-o", made, source]
    subprocess.run(words, check=True)  # noqa: S603 - the compiler that was found above
    return folder / "shim.so"


class MovedClock:
    """The wall clock of one process, to be moved while it runs."""

    def __init__(self, shim: Path, path: Path, by_ns: int = 0) -> None:
        """Keep by how much it is moved at *path*."""
        self._path = path
        self.by(by_ns)
        self.environment = {"LD_PRELOAD": str(shim), "MOVED_CLOCK": str(path)}

    def by(self, ns: int) -> None:
        """Move it by *ns* from what it is in truth."""
        with self._path.open("r+b" if self._path.exists() else "w+b") as file:
            file.write(ns.to_bytes(8, "little", signed=True))


def test_f39_a_wall_clock_that_steps_an_hour_either_way_moves_nothing_and_is_measured_anew(
    venue: Venue, shim: Path, tmp_path: Path
) -> None:
    clock = MovedClock(shim, tmp_path / "moved")
    with running(venue.begins(environment=clock.environment)) as desk:
        wait_for_more_entries(venue)
        for step_ns, told_as in ((HOUR_NS, "+3600.0 s"), (0, "-3600.0 s")):
            clock.by(step_ns)
            wait_until_audited(desk, f"the wall clock moved by {told_as}")
            wait_for_more_entries(venue)
        stopped(desk)

    times = [heard.at_ms for heard, _ in decisions_of(desk.run_dir)]
    assert max(abs(later - earlier) for earlier, later in pairwise(times)) < MINUTE_MS
    assert times[-1] - times[0] < HOUR_NS // 2_000_000
    downs, asked = entries_asked_while_down(desk.run_dir, "the wall clock moved")
    assert (downs, asked) == (2, 0)
    require_sound(venue, desk.run_dir)


@pytest.mark.parametrize("by_ns", [HOUR_NS, -HOUR_NS], ids=["ahead", "behind"])
def test_f39_with_a_clock_an_hour_off_the_venues_no_entry_is_sent_until_both_agree(
    venue: Venue, shim: Path, tmp_path: Path, by_ns: int
) -> None:
    with running(venue.begins()) as first:
        wait_until(lambda: bool(venue.ledger["positions"]), "a position")
        stopped(first)
    before = entries_of(venue)

    clock = MovedClock(shim, tmp_path / "moved", by_ns)
    with running(venue.begins(environment=clock.environment), "safe") as desk:
        wait_until_audited(desk, "the venue's time is")
        time.sleep(QUIET_S)
        assert entries_of(venue) == before
        assert venue.ledger["unprotected_since_ms"] == {}
        Client(of_run(desk.run_dir)).post("halt", reason="the clock is off", actor="ann")
        wait_until(lambda: not venue.ledger["positions"], "flat although the clock is off")
        stopped(desk)
    assert entries_of(venue) == before
    require_sound(venue, desk.run_dir)
