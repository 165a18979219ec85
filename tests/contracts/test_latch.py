"""What every latch does, the fake included."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.persistence.latch import FileLatch
from application.errors import IntegrityFailure
from domain.risk.emergency_stop import CAUTIOUS, EMERGENCY, NORMAL, Cause, Latch
from tests.fakes.latch import MemoryLatch

pytestmark = pytest.mark.integration

MAKERS: dict[str, Callable[[Path], FileLatch | MemoryLatch]] = {
    "fake": lambda _: MemoryLatch(),
    "files": lambda path: FileLatch(path / "latch"),
    "files that need not last": lambda path: FileLatch(path / "latch", durable=False),
}
GRAVE = Latch(3, EMERGENCY, (Cause.DRAWDOWN, Cause.OPERATOR), (Cause.OPERATOR,), 17, 10_000.1, -0.5)


@pytest.fixture(params=MAKERS)
def latch(request: pytest.FixtureRequest, tmp_path: Path) -> FileLatch | MemoryLatch:
    return MAKERS[request.param](tmp_path)


def test_a_latch_that_was_never_laid_out_cannot_be_read(latch: FileLatch | MemoryLatch) -> None:
    assert latch.read() is None


def test_a_new_latch_is_calm(latch: FileLatch | MemoryLatch) -> None:
    latch.create()
    assert latch.read() == Latch(0, NORMAL, (), (), 0, 0.0, 0.0)


def test_a_latch_is_laid_out_once(latch: FileLatch | MemoryLatch) -> None:
    latch.create()
    with pytest.raises(IntegrityFailure, match="already"):
        latch.create()


def test_the_latest_latch_is_read_whole(latch: FileLatch | MemoryLatch) -> None:
    latch.create()
    for epoch in range(1, 4):
        latch.write(GRAVE._replace(epoch=epoch))
    assert latch.read() == GRAVE


def test_the_same_epoch_may_be_told_anew(latch: FileLatch | MemoryLatch) -> None:
    latch.create()
    latch.write(GRAVE)
    latch.write(GRAVE._replace(peak=10_001.0))
    assert latch.read() == GRAVE._replace(peak=10_001.0)


def test_the_epoch_never_falls(latch: FileLatch | MemoryLatch) -> None:
    latch.create()
    latch.write(GRAVE)
    with pytest.raises(IntegrityFailure, match="cannot go back to 2"):
        latch.write(GRAVE._replace(epoch=2, mode=CAUTIOUS))
    assert latch.read() == GRAVE


def test_a_latch_that_is_missing_can_be_written(latch: FileLatch | MemoryLatch) -> None:
    latch.write(GRAVE)
    assert latch.read() == GRAVE
