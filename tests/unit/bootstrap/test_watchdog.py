import threading

import pytest

from bootstrap.watchdog import Watchdog

pytestmark = pytest.mark.unit


class Bitten:
    """A watchdog whose bite is only noted."""

    def __init__(self, patience_s: float = 3.0) -> None:
        self.reasons: list[str] = []
        self.bites = 0
        self.bitten = threading.Event()
        self.dog = Watchdog(patience_s, self._trip, self._bite, look_s=1.0)

    def _trip(self, reason: str) -> None:
        self.reasons.append(reason)

    def _bite(self) -> None:
        self.bites += 1
        self.bitten.set()


def test_a_loop_that_stands_still_for_so_many_looks_is_halted_and_then_ended() -> None:
    bitten = Bitten()
    assert [bitten.dog.look() for _ in range(3)] == [False, False, True]
    assert bitten.reasons == ["the loop stood still for 3 s"]
    assert bitten.bites == 1


def test_a_loop_that_moves_now_and_then_is_left_alone() -> None:
    bitten = Bitten()
    for _ in range(50):
        assert not bitten.dog.look()
        assert not bitten.dog.look()
        bitten.dog.alive()
        assert not bitten.dog.look()


def test_a_halt_that_cannot_be_set_does_not_keep_it_from_ending_the_process() -> None:
    bitten = Bitten()

    def full(_: str) -> None:
        raise OSError("no space")

    dog = Watchdog(1.0, full, bitten._bite, look_s=1.0)
    with pytest.raises(OSError, match="no space"):
        dog.look()
    assert bitten.bites == 1


def test_its_thread_bites_by_itself() -> None:
    bitten = Bitten()
    with Watchdog(0.002, bitten._trip, bitten._bite, look_s=0.001):
        assert bitten.bitten.wait(timeout=10)


def test_without_patience_there_is_no_thread() -> None:
    before = threading.active_count()
    with Watchdog(0.0, lambda _: None, lambda: None):
        assert threading.active_count() == before
