"""Wishes that the interface refused, on their way into the audit: a bounded number of them.

Rule 1: one a minute of each action is written down; how many others there were stands beside the
next. Whoever knocks all night fills no record.
"""

from collections.abc import Callable
from typing import Final

from application.operator_text import ACTOR_MAX, REASON_MAX, cleaned
from domain.decision.messages import Heard, WishRefused

EVERY_MS: Final = 60_000
_ACTION_MAX: Final = 32


class RefusedWishes:
    """Hands what was refused to the desk, which writes it down and does nothing."""

    def __init__(self, put: Callable[[Heard], None], now_ms: Callable[[], int]) -> None:
        """Speak to the desk by *put*, in its time, *now_ms* (UTC)."""
        self._put = put
        self._now_ms = now_ms
        self._told: dict[str, tuple[int, int]] = {}

    def __call__(self, action: str, actor: str, reason: str) -> None:
        """Note that *action* was refused to *actor*, and why. *action* is one of a few."""
        now = self._now_ms()
        told_ms, others = self._told.get(action, (None, 0))
        if told_ms is not None and 0 <= now - told_ms < EVERY_MS:
            self._told[action] = (told_ms, others + 1)
            return
        self._told[action] = (now, 0)
        more = f" (and {others} more since the last that is written down)" if others else ""
        reason = cleaned(reason, REASON_MAX - len(more), "no reason") + more
        named = cleaned(action, _ACTION_MAX, "?")
        self._put(WishRefused(now, named, cleaned(actor, ACTOR_MAX, "unknown"), reason))
