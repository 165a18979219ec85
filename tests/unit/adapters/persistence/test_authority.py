"""The fencing epoch on a disk that loses power and fails, and the names of accounts."""

from pathlib import Path
from random import Random

import pytest

from adapters.persistence.authority import raised_epoch, safe_name
from adapters.persistence.simulated_disk import SimulatedDisk
from application.errors import IntegrityFailure, StoreUnavailable
from tests.unit.adapters.persistence.journal_life import PowerCut

pytestmark = pytest.mark.unit

WHERE = Path("state") / "account.epoch"


def test_each_start_has_an_epoch_one_higher() -> None:
    disk = SimulatedDisk()
    assert [raised_epoch(disk, WHERE) for _ in range(4)] == [1, 2, 3, 4]


def test_no_epoch_is_given_twice_whenever_the_power_goes() -> None:
    for seed in range(1000):
        rng = Random(seed)
        disk, given = SimulatedDisk(rng), 0
        for _ in range(8):
            left = rng.randrange(12)

            def before(_: str, __: Path) -> None:
                nonlocal left
                left -= 1
                if left < 0:
                    raise PowerCut

            disk.before = before
            try:
                while True:
                    epoch = raised_epoch(disk, WHERE)
                    assert epoch > given
                    given = epoch
            except PowerCut:
                disk = disk.crash(rng)


def test_an_epoch_that_may_not_last_is_not_given() -> None:
    disk = SimulatedDisk()
    disk.sync_error = 1.0
    with pytest.raises(StoreUnavailable, match="cannot be kept"):
        raised_epoch(disk, WHERE)


def test_a_damaged_epoch_is_not_guessed() -> None:
    for data in (b"", b"epoch 7\n", b"epoch 7\nsha256 " + b"0" * 64 + b"\n"):
        disk = SimulatedDisk()
        disk.write(WHERE, data)
        with pytest.raises(IntegrityFailure, match="damaged"):
            raised_epoch(disk, WHERE)


def test_two_accounts_have_two_names_and_both_are_safe() -> None:
    accounts = ("a/b", "a-b", "A-B", "../../x", "", "é", "x" * 400, "venue:main")
    names = [safe_name(account) for account in accounts]
    assert len(set(names)) == len(accounts)
    for name in names:
        assert name.isascii()
        assert not set(name) & set("/\\. ")
        assert len(name) < 60
