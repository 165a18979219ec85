"""The data guard: which bars may not carry an entry, and which may not be used at all.

Rule 1: a bar that is impossible (non-finite, non-positive, high below low) or that comes at the
        wrong time (out of order, duplicate) is not used: the state does not move.
Rule 2: a bar after a gap, a jump, or a stretch without a trade is used, but carries no entry;
        after a gap this lasts `gap_pause_bars` bars, after a stretch until something trades.
Rule 3: one fault a bar: the first that applies, in the order of the checks.
"""

from math import isfinite
from typing import Final, NamedTuple, Protocol

from domain.market.bars import MINUTE_MS, Bar
from domain.market.messages import DataFault

UNUSABLE: Final = frozenset(
    {
        DataFault.NON_FINITE,
        DataFault.NON_POSITIVE,
        DataFault.HIGH_BELOW_LOW,
        DataFault.OUT_OF_ORDER,
        DataFault.DUPLICATE,
    }
)


class GuardRules(Protocol):
    """The part of the policy that governs data quality."""

    @property
    def jump_max(self) -> float:
        """Return the greatest bar-to-bar move of the close, as a fraction."""

    @property
    def gap_pause_bars(self) -> int:
        """Return how many bars after a gap carry no entry."""

    @property
    def stale_minutes(self) -> int:
        """Return how long a stretch without a trade makes the data stale."""


class GuardState(NamedTuple):
    """What the guard remembers of one symbol: its last usable bar, and what is not over yet.

    `close_ms` is 0 before the first bar. `pause_bars` bars are still to be passed over after a
    gap. `idle_ms` is how long nothing has traded.
    """

    open_ms: int = -1
    close_ms: int = 0
    close: float = 0.0
    pause_bars: int = 0
    idle_ms: int = 0


def observe(state: GuardState, bar: Bar, policy: GuardRules) -> tuple[GuardState, DataFault | None]:
    """Return the state after *bar*, and what is wrong with it."""
    fault = _impossible(bar) or _untimely(state, bar)
    if fault is not None:
        return state, fault
    gap = state.close_ms > 0 and bar.open_ms > state.close_ms
    pause = policy.gap_pause_bars if gap else state.pause_bars
    idle_ms = state.idle_ms + bar.close_ms - bar.open_ms if bar.volume == 0 else 0
    after = GuardState(bar.open_ms, bar.close_ms, bar.close, max(0, pause - 1), idle_ms)
    if pause > 0:
        return after, DataFault.GAP
    if state.close > 0 and abs(bar.close / state.close - 1) > policy.jump_max:
        return after, DataFault.JUMP
    if idle_ms >= policy.stale_minutes * MINUTE_MS:
        return after, DataFault.STALE
    return after, None


def _impossible(bar: Bar) -> DataFault | None:
    # A sum is finite only if all of its parts are.
    if not isfinite(bar.open + bar.high + bar.low + bar.close + bar.volume):
        return DataFault.NON_FINITE
    if min(bar.open, bar.high, bar.low, bar.close) <= 0 or bar.volume < 0:
        return DataFault.NON_POSITIVE
    if bar.high < max(bar.open, bar.close) or bar.low > min(bar.open, bar.close):
        return DataFault.HIGH_BELOW_LOW
    return None


def _untimely(state: GuardState, bar: Bar) -> DataFault | None:
    if bar.open_ms == state.open_ms:
        return DataFault.DUPLICATE
    return DataFault.OUT_OF_ORDER if bar.open_ms < state.open_ms else None
