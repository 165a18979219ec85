"""The halt file: set by anyone, at any moment, and never unset by a program or a crash."""

from pathlib import Path
from random import Random

import pytest

from adapters.persistence.halt_file import HaltFile
from adapters.persistence.simulated_disk import SimulatedDisk
from application.errors import StoreUnavailable
from tests.unit.adapters.persistence.journal_life import PowerCut

pytestmark = pytest.mark.unit

WHERE = Path("state") / "halt"


def test_it_is_not_set_until_somebody_sets_it_and_then_tells_who_and_why() -> None:
    halt = HaltFile(WHERE, SimulatedDisk())
    assert halt.tripped() is None
    halt.trip("qt-kill", "daemon\nhung")
    assert halt.tripped() == "qt-kill: daemon hung"


def test_who_was_first_stays_named() -> None:
    halt = HaltFile(WHERE, SimulatedDisk())
    halt.trip("ann", "lunch")
    halt.trip("bob", "dinner")
    assert halt.tripped() == "ann: lunch"


def test_what_is_empty_or_no_text_is_set() -> None:
    for data in (b"", b" \n", b"\xff\xfe\x00"):
        disk = SimulatedDisk()
        disk.write(WHERE, data)
        assert HaltFile(WHERE, disk).tripped()


def test_what_cannot_be_read_is_set(tmp_path: Path) -> None:
    assert "cannot be read" in (HaltFile(tmp_path).tripped() or "")


def test_it_is_set_on_a_disk_without_room_for_a_word() -> None:
    disk = SimulatedDisk(capacity=0)
    halt = HaltFile(WHERE, disk)
    with pytest.raises(StoreUnavailable, match="may not last"):
        halt.trip("ann", "lunch")
    assert halt.tripped()


def test_once_told_to_last_it_outlasts_every_crash_and_before_that_it_is_never_half_unset() -> None:
    for cut_at in range(7):
        disk = SimulatedDisk()
        left = cut_at

        def before(_: str, __: Path) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise PowerCut

        disk.before = before
        try:
            HaltFile(WHERE, disk).trip("ann", "lunch")
        except PowerCut:
            continue
        finally:
            disk.before = None
        for seed in range(50):
            assert HaltFile(WHERE, disk.crash(Random(seed))).tripped() == "ann: lunch"
