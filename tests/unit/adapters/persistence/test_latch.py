"""The latch on a disk that loses power, fails, and is tampered with."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.persistence.latch import CALM, FileLatch
from application.errors import IntegrityFailure, StoreUnavailable
from domain.risk.emergency_stop import CAUTIOUS, EMERGENCY, NORMAL, PROTECTIVE, Cause, Latch
from tests.fakes.disk import CrashingDisk, Files, PowerCut

pytestmark = pytest.mark.unit

WHERE = Path("run") / "latch"
LIFE = (
    Latch(1, CAUTIOUS, (Cause.DRAWDOWN,), (), 10, 100.0, 0.0),
    Latch(2, EMERGENCY, (Cause.OPERATOR,), (Cause.OPERATOR,), 20, 101.0, 0.0),
    Latch(3, PROTECTIVE, (), (), 30, 101.0, 1.5),
    Latch(4, NORMAL, (), (), 40, 101.0, 1.5),
    Latch(5, EMERGENCY, (Cause.DAILY_LOSS,), (), 50, 102.0, 1.5),
)


def a_latch(disk: CrashingDisk) -> FileLatch:
    return FileLatch(WHERE, disk=disk)


def files_of(disk: CrashingDisk) -> Files:
    return {WHERE / name: disk.read(WHERE / name) for name in disk.names(WHERE)}


def written(*latches: Latch) -> Files:
    """Return the files of a latch that was laid out and then written."""
    disk = CrashingDisk()
    latch = a_latch(disk)
    latch.create()
    for each in latches:
        latch.write(each)
    return files_of(disk)


def life_until_power_cut(operations: int) -> tuple[CrashingDisk, list[Latch], Latch | None]:
    """Return the disk, what was acknowledged, and what was being written when it died."""
    disk = CrashingDisk()
    disk.operations_left = operations
    latch, done, doing = a_latch(disk), list[Latch](), CALM
    try:
        latch.create()
        done.append(CALM)
        for doing in LIFE:
            latch.write(doing)
            done.append(doing)
    except PowerCut:
        return disk, done, doing
    return disk, done, None


def whole_life() -> int:
    disk, done, _ = life_until_power_cut(10**6)
    assert done == [CALM, *LIFE]
    return disk.operations


def test_after_a_power_cut_at_any_operation_the_old_or_the_new_is_read_or_nothing() -> None:
    crashes = 0
    for operations in range(whole_life() + 1):
        disk, done, doing = life_until_power_cut(operations)
        for files in disk.left_by_crash():
            crashes += 1
            found = a_latch(CrashingDisk(files)).read()
            if done:
                assert found in (done[-1], doing), (operations, files)
            else:
                assert found in (None, CALM), (operations, files)
    assert crashes > 100


def test_after_a_power_cut_the_latch_can_be_written_again() -> None:
    last = LIFE[-1]._replace(epoch=9)
    for operations in range(whole_life() + 1):
        disk, _, _ = life_until_power_cut(operations)
        for files in disk.left_by_crash():
            again = CrashingDisk(files)
            a_latch(again).write(last)
            for left in again.left_by_crash():
                assert a_latch(CrashingDisk(left)).read() == last


def test_any_operation_that_fails_ends_the_latch_and_never_makes_it_calmer() -> None:
    failed = set()
    for at in range(whole_life()):
        disk = CrashingDisk()
        disk.error_at = at
        latch, done, doing = a_latch(disk), list[Latch](), CALM
        try:
            latch.create()
            done.append(CALM)
            for doing in LIFE:
                latch.write(doing)
                done.append(doing)
        except StoreUnavailable:
            with pytest.raises(StoreUnavailable, match="the latch cannot be written"):
                latch.write(LIFE[-1])
        else:  # a copy too many does no harm
            assert disk.failed == "remove"
            assert latch.read() == LIFE[-1]
        failed.add(disk.failed)
        for files in disk.left_by_crash():
            found = a_latch(CrashingDisk(files)).read()
            assert found in ((done[-1], doing) if done else (None, CALM)), at
    assert failed == {"make", "write", "sync", "rename", "sync_directory", "remove"}


Damage = Callable[[bytes], bytes]
DAMAGES: dict[str, Damage] = {
    "empty": lambda _: b"",
    "torn": lambda data: data[: len(data) // 2],
    "zeros": lambda data: bytes(len(data)),
    "no JSON": lambda data: data.replace(b"{", b"["),
    "not a mapping": lambda _: b"[1, 2]",
    "calmed": lambda data: data.replace(b"EMERGENCY", b"NORMAL"),
    "one digit": lambda data: data.replace(b'"peak": 102.0', b'"peak": 103.0'),
    "no such mode": lambda data: data.replace(b"EMERGENCY", b"WORRIED"),
    "longer": lambda data: data + b"\n",
    "deeply nested": lambda _: b"[" * 100_000,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_latest_copy_that_is_damaged_leaves_nothing_to_believe(damage: Damage) -> None:
    files = written(*LIFE)
    latest = max(files)
    damaged = damage(files[latest])
    assert damaged != files[latest]
    assert a_latch(CrashingDisk(files | {latest: damaged})).read() is None


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_an_older_copy_that_is_damaged_is_known_to_be_older(damage: Damage) -> None:
    files = written(*LIFE)
    older = min(files)
    found = a_latch(CrashingDisk(files | {older: damage(files[older]) + b"."})).read()
    assert found == LIFE[-1]


@pytest.mark.parametrize("which", [min, max])
def test_a_copy_that_is_gone_leaves_nothing_to_believe(which: Callable[[Files], Path]) -> None:
    files = written(*LIFE)
    del files[which(files)]
    assert a_latch(CrashingDisk(files)).read() is None


def test_an_old_copy_under_the_name_of_a_new_one_is_not_believed() -> None:
    files = written(*LIFE[:4])
    disk = CrashingDisk(files | {WHERE / "latch-00000006.json": files[min(files)]})
    assert a_latch(disk).read() is None


def test_a_copy_of_a_lower_epoch_after_a_higher_one_is_not_believed() -> None:
    high, low = written(*LIFE), written(*(each._replace(epoch=0) for each in LIFE))
    mixed = {min(high): high[min(high)], max(low): low[max(low)]}
    assert a_latch(CrashingDisk(mixed)).read() is None


def test_over_damage_nothing_below_the_copy_that_can_be_read_is_written() -> None:
    files = written(*LIFE)
    files[max(files)] = b""
    latch = a_latch(CrashingDisk(files))
    with pytest.raises(IntegrityFailure, match="epoch 4 and cannot go back to 3"):
        latch.write(LIFE[2])
    latch.write(LIFE[4])
    assert latch.read() == LIFE[4]


def test_a_file_of_another_name_is_left_alone() -> None:
    files = written(*LIFE) | {WHERE / "notes.txt": b"mine", WHERE / "latch-x.json": b"?"}
    disk = CrashingDisk(files)
    latch = a_latch(disk)
    latch.write(LIFE[-1])
    assert latch.read() == LIFE[-1]
    assert disk.read(WHERE / "notes.txt") == b"mine"


def test_a_person_can_read_it() -> None:
    files = written(*LIFE)
    shown = json.loads(files[max(files)])
    assert shown["mode"] == "EMERGENCY"
    assert shown["causes"] == ["daily_loss"]
    assert shown["epoch"] == 5
    assert len(files[max(files)].splitlines()) > 8


def test_a_directory_that_cannot_be_listed_is_not_calm() -> None:
    class Locked(CrashingDisk):
        def names(self, directory: Path) -> list[str]:
            raise PermissionError(directory)

    latch = a_latch(Locked())
    assert latch.read() is None
    with pytest.raises(StoreUnavailable):
        latch.write(LIFE[0])
