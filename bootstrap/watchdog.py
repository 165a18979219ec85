"""The watchdog: a thread that ends a process whose loop stands still, and leaves it halted.

It knows nothing of trading. It counts its own looks at which the loop had not moved since the one
before, not the time: a process that was stopped, or a machine that slept, was not hung.
"""

import faulthandler
import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

LOOK_S: Final = 1.0


def end() -> None:
    """Show where every thread stands, and end the process here."""
    faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
    os.abort()


class Watchdog:
    """Bites when `alive` has not been called for *patience_s*; use it as a context."""

    def __init__(
        self,
        patience_s: float,
        trip: Callable[[str], None],
        bite: Callable[[], None] = end,
        look_s: float = LOOK_S,
    ) -> None:
        """Call *trip* with the reason, then *bite*. Look every *look_s*; *patience_s* 0: never."""
        self._looks_max = patience_s / look_s
        self._trip = trip
        self._bite = bite
        self._look_s = look_s
        self._beats = self._seen = 0
        self._still = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def alive(self) -> None:
        """Say that the loop moves."""
        self._beats += 1

    def look(self) -> bool:
        """Look once; return whether it bit."""
        self._still = self._still + 1 if self._beats == self._seen else 0
        self._seen = self._beats
        if self._still < self._looks_max:
            return False
        try:
            self._trip(f"the loop stood still for {self._still * self._look_s:.0f} s")
        finally:
            self._bite()
        return True

    def _watch(self) -> None:
        while not self._over.wait(self._look_s):
            if self.look():
                return

    def __enter__(self) -> Self:
        """Begin to watch."""
        if self._looks_max:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Watch no more."""
        self._over.set()
