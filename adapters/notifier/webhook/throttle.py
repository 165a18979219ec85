"""How often a person is called: not twice for the same, and not more often than one can bear.

Rule 1: the same alert counts again after a while only; what was held back is told with it.
Rule 2: so many alerts a minute; a quarter of them are for what is critical alone.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from domain.decision.messages import Page, Severity

_MINUTE_S: Final = 60.0
_REMEMBERED_MAX: Final = 1_000
_CRITICAL_SHARE: Final = 4


class Throttle:
    """Remembers what was let through."""

    def __init__(self, dedup_s: float, per_minute: int, steady_s: Callable[[], float]) -> None:
        """Hold the same back for *dedup_s*, and let *per_minute* through; *steady_s*: seconds."""
        self._dedup_s = dedup_s
        self._per_minute = per_minute
        self._steady_s = steady_s
        # When it was let through, and how often it was held back since, the oldest first.
        self._known: dict[tuple[Severity, str], list[float]] = {}
        self._let: deque[float] = deque()
        self.held_back = 0

    def let(self, page: Page) -> Page | None:
        """Return *page* as it is to be told, None when it is held back."""
        now = self._steady_s()
        while self._let and self._let[0] <= now - _MINUTE_S:
            self._let.popleft()
        key = (page.severity, page.text)
        known = self._known.get(key)
        if known is not None and now - known[0] < self._dedup_s:
            known[1] += 1
            self.held_back += 1
            return None
        room = self._per_minute
        if page.severity is not Severity.CRITICAL:
            room -= self._per_minute // _CRITICAL_SHARE
        if len(self._let) >= room:
            self.held_back += 1
            return None
        self._let.append(now)
        self._known.pop(key, None)
        self._known[key] = [now, 0.0]
        if len(self._known) > _REMEMBERED_MAX:
            del self._known[next(iter(self._known))]
        if known is not None and known[1]:
            return page._replace(text=f"{page.text} (and {known[1]:.0f} times more)")
        return page
