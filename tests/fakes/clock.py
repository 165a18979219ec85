"""A clock that is moved by hand."""

from application.ports.clock import Clock
from tests.builders import START_MS


class FakeClock:
    """Shows `at_ms`, with the wall clock moved by `skewed_ms`; `pause` lets time pass at once."""

    def __init__(self, at_ms: int = START_MS) -> None:
        self.at_ms = at_ms
        self.skewed_ms = 0

    def now_ms(self) -> int:
        return self.at_ms

    def skew_ms(self) -> int:
        return self.skewed_ms


_: type[Clock] = FakeClock
