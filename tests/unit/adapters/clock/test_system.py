import pytest

from adapters.clock.system import SystemClock

pytestmark = pytest.mark.unit

MS = 1_000_000


class Hands:
    """Two clocks of one machine, moved by hand."""

    def __init__(self) -> None:
        self.wall_ms, self.steady_ms = 1_700_000_000_000, 5_000
        self.clock = SystemClock(lambda: self.wall_ms * MS, lambda: self.steady_ms * MS)

    def passes(self, ms: int) -> None:
        self.wall_ms += ms
        self.steady_ms += ms


@pytest.mark.parametrize("step_ms", [-3_600_000, -1, 0, 1, 3_600_000])
def test_a_step_of_the_wall_clock_moves_the_skew_and_not_the_time(step_ms: int) -> None:
    hands = Hands()
    began = hands.clock.now_ms()
    hands.passes(1_000)
    hands.wall_ms += step_ms
    hands.passes(1_000)
    assert hands.clock.now_ms() == began + 2_000
    assert hands.clock.skew_ms() == step_ms


def test_time_that_was_lived_through_is_not_lived_again() -> None:
    hands = Hands()
    later = hands.clock.now_ms() + 3_600_000
    hands.clock.not_before(later)
    assert hands.clock.now_ms() == later
    hands.clock.not_before(later - 10)
    hands.passes(7)
    assert hands.clock.now_ms() == later + 7
    assert hands.clock.skew_ms() == 0


def test_the_clock_of_this_machine_does_not_go_back() -> None:
    clock = SystemClock()
    times = [clock.now_ms() for _ in range(1_000)]
    assert times == sorted(times)
    assert abs(clock.skew_ms()) < 1_000
