"""The system's clock, anchored once: whatever is done to the wall clock later, time goes on.

The steady clock is the one that also counts while the machine is suspended, where there is one: a
machine that slept has aged, and every wait and permit in it with it.
"""

import time
from collections.abc import Callable
from typing import Final

from application.ports.clock import Clock

_NS_PER_MS: Final = 1_000_000


def steady_ns() -> int:
    """Return what the steady clock counts, in ns from nobody knows when."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic_ns() if boot is None else time.clock_gettime_ns(boot)


class SystemClock:
    """Satisfies `Clock`."""

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        steady_ns: Callable[[], int] = steady_ns,
    ) -> None:
        """Anchor the steady clock to the wall clock as it is now. Both count ns."""
        self._wall_ns = wall_ns
        self._steady_ns = steady_ns
        self._ahead_ns = wall_ns() - steady_ns()
        self._lifted_ns = 0

    def not_before(self, at_ms: int) -> None:
        """Begin no earlier than *at_ms*, UTC ms: what was lived through is not lived again.

        A wall clock that was ahead in an earlier life makes this necessary; that it is ahead still
        is then for the comparison with the venue's time to find.
        """
        self._lifted_ns += max(0, at_ms - self.now_ms()) * _NS_PER_MS

    def now_ms(self) -> int:
        """Return the time in UTC ms; it never goes back, and never jumps."""
        return (self._steady_ns() + self._ahead_ns + self._lifted_ns) // _NS_PER_MS

    def skew_ms(self) -> int:
        """Return by how many ms the wall clock has moved against the steady one since the start."""
        return round((self._wall_ns() - self._steady_ns() - self._ahead_ns) / _NS_PER_MS)


_: type[Clock] = SystemClock
