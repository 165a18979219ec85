"""The clearance: what the process knows of itself that forbids to add risk this instant.

The desk decides on events; that the process slept, that its clock is wrong, that it is about to
stop, it may hear only after something was asked. So it is looked at once more, as permits are, at
the moment a command would leave. Exits never ask.
"""

from collections.abc import Callable
from typing import Final

from application.permits import stands
from domain.decision.state import State
from domain.execution.messages import PlaceEntry

# Between two signs of life; longer is a sleep, and what was decided before it may be out of date.
ASLEEP_MS: Final = 2_000


class Clearance:
    """Remembers who bars entries and why, and when the process was last seen awake."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        """Begin with nothing barred; *now_ms* is the time in UTC ms."""
        self._now_ms = now_ms
        self._reasons: dict[str, str] = {}
        self.seen_ms = now_ms()

    def bar(self, part: str, reason: str) -> None:
        """Forbid entries for *reason*, until *part* takes it back."""
        self._reasons[part] = reason

    def clear(self, part: str) -> None:
        """Take back what *part* said."""
        self._reasons.pop(part, None)

    @property
    def barred(self) -> str | None:
        """Why entries are forbidden, None when they are not."""
        if self._now_ms() - self.seen_ms > ASLEEP_MS:
            return "asleep until now"
        return next(iter(self._reasons.values()), None)

    def stands(self, entry: PlaceEntry, state: State) -> bool:
        """Tell whether *entry* may go out: nothing bars it, and its permit stands now."""
        if self.barred is not None or self._now_ms() > entry.permit.expires_ms:
            return False
        return stands(entry, state)
