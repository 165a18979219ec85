"""The simulated disk: what it keeps, what it may lose, and how it fails."""

import errno
from pathlib import Path
from random import Random

import pytest

from adapters.persistence.simulated_disk import SimulatedDisk

pytestmark = pytest.mark.unit

HERE = Path("run")
FILE, OTHER = HERE / "a", HERE / "b"


def crashes(disk: SimulatedDisk, count: int = 400) -> list[SimulatedDisk]:
    rng = Random(1)
    return [disk.crash(rng) for _ in range(count)]


def a_synced(data: bytes) -> SimulatedDisk:
    disk = SimulatedDisk()
    disk.write(FILE, data)
    disk.sync(FILE)
    disk.sync_directory(HERE)
    return disk


def test_what_was_synced_and_named_is_there_after_every_crash() -> None:
    disk = a_synced(b"kept")
    assert {found.read(FILE) for found in crashes(disk)} == {b"kept"}
    assert disk.durable(FILE) == b"kept"


def test_bytes_that_were_not_synced_are_there_gone_torn_or_zeros() -> None:
    disk = a_synced(b"kept")
    disk.write_at(FILE, 4, b"more")
    found = {left.read(FILE) for left in crashes(disk)}
    assert found >= {b"kept", b"keptmore", b"keptmo", b"kept\0\0\0\0"}
    assert all(data.startswith(b"kept") for data in found)
    assert disk.durable(FILE) == b"kept"


def test_pages_of_one_write_are_lost_each_alone() -> None:
    disk = a_synced(b"")
    disk.write_at(FILE, 0, b"x" * 4096 + b"y" * 4096)
    found = {left.read(FILE) for left in crashes(disk)}
    assert bytes(4096) + b"y" * 4096 in found
    assert b"x" * 4096 in found


def test_a_name_that_was_not_synced_may_be_lost_though_its_bytes_were() -> None:
    disk = SimulatedDisk()
    disk.write(FILE, b"data")
    disk.sync(FILE)
    found = {tuple(left.names(HERE)) for left in crashes(disk)}
    assert found == {(), ("a",)}
    with pytest.raises(FileNotFoundError):
        disk.durable(FILE)


def test_a_rename_is_whole_or_nothing() -> None:
    disk = a_synced(b"old")
    disk.write(OTHER, b"new")
    disk.sync(OTHER)
    disk.sync_directory(HERE)
    disk.rename(OTHER, FILE)
    found = {tuple(left.read(HERE / n) for n in left.names(HERE)) for left in crashes(disk)}
    assert found == {(b"old", b"new"), (b"new",)}


def test_a_crash_leaves_the_disk_that_it_came_from_as_it_was() -> None:
    disk = a_synced(b"kept")
    left = disk.crash(Random(1))
    left.write(FILE, b"changed")
    assert disk.read(FILE) == b"kept"


def test_a_failed_sync_forgets_what_it_did_not_write_and_the_next_one_tells_nothing() -> None:
    durable = set()
    for seed in range(60):
        disk = SimulatedDisk(Random(seed))
        disk.write(FILE, b"lost?")
        disk.sync_directory(HERE)
        disk.sync_error = 1.0
        with pytest.raises(OSError, match="Input/output"):
            disk.sync(FILE)
        disk.sync_error = 0.0
        disk.sync(FILE)
        assert disk.read(FILE) == b"lost?"
        durable.add(disk.durable(FILE))
    assert {b"", b"lost?"} <= durable


def test_a_full_disk_takes_what_fits_and_room_that_was_taken_stays_usable() -> None:
    disk = SimulatedDisk(capacity=10)
    disk.allocate(OTHER, 6)
    with pytest.raises(OSError, match="No space left") as told:
        disk.write_at(FILE, 0, b"123456")
    assert told.value.errno == errno.ENOSPC
    assert disk.read(FILE) == b"1234"
    disk.write_at(OTHER, 0, b"abcdef")
    with pytest.raises(OSError, match="No space left"):
        disk.allocate(HERE / "c", 1)
    disk.remove(OTHER)
    disk.write_at(FILE, 4, b"56")
    assert disk.used == 6


def test_a_flip_turns_one_bit_over() -> None:
    disk = a_synced(bytes(8))
    disk.flip = 1.0
    for left in crashes(disk, 50):
        assert sum(byte.bit_count() for byte in left.read(FILE)) == 1


def test_who_is_asked_before_an_operation_can_keep_it_from_happening() -> None:
    disk = a_synced(b"kept")
    seen = list[tuple[str, Path]]()

    def refuse(name: str, path: Path) -> None:
        seen.append((name, path))
        raise OSError(errno.EROFS, "Read-only file system")

    disk.before = refuse
    with pytest.raises(OSError, match="Read-only"):
        disk.truncate(FILE, 1)
    assert seen == [("truncate", FILE)]
    assert disk.read(FILE) == b"kept"


def test_a_truncation_that_was_not_synced_may_come_undone() -> None:
    disk = a_synced(b"long")
    disk.truncate(FILE, 1)
    assert {left.read(FILE) for left in crashes(disk)} == {b"long", b"l"}
