"""The clock of a live session. It never jumps: durations are real, whatever the wall clock does."""

from typing import Protocol


class Clock(Protocol):
    """Time in UTC ms."""

    def now_ms(self) -> int:
        """Return the time: the wall clock of the start, plus what a steady clock has counted."""

    def skew_ms(self) -> int:
        """Return by how much the wall clock has moved against the steady one since the start."""
