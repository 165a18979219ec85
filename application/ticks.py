"""The ticks between two rows: when the desk wants one, and how many it may want.

A tick has its place among what happens at the venue: what happens up to its instant comes first.
"""

from typing import Final

from domain.decision.attention import next_tick
from domain.decision.messages import ClockTicked
from domain.decision.state import State
from domain.shared.errors import InvariantBroken

TICKS_MAX: Final = 1_000


class RowTicks:
    """The ticks while one row is played. `end_ms` is its close, which is no tick: it is heard."""

    __slots__ = ("_end_ms", "_told")

    def __init__(self, end_ms: int) -> None:
        self._end_ms = end_ms
        self._told = 0

    def due(self, state: State) -> int | None:
        """Return when *state* wants a tick in this row, None when it wants none."""
        due = next_tick(state)
        return None if due is None or due >= self._end_ms else due

    def tick(self, due: int) -> ClockTicked:
        """Return the tick of *due*. Raises `InvariantBroken` when there are too many."""
        self._told += 1
        if self._told > TICKS_MAX:
            raise InvariantBroken(f"more than {TICKS_MAX} ticks before {self._end_ms}: a loop")
        return ClockTicked(due)
