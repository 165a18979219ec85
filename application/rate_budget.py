"""The rate budget: how much may be sent to a venue, and by whom, so that exits always may.

Rule 1: what was sent within a window counts until it has left the window, to the millisecond;
no window of the venue, however it is aligned, ever holds more than its limit.
Rule 2: each kind of call stops at its own share of a limit, the less urgent the earlier: reads,
then entries, then cancels, and closes at the limit itself. A fifth is beyond the reach of what adds
risk, and of reads. Reads keep an even pace as well, so that they never run dry for long, and the
light ones, which ask for a single order, always find room before the heavy ones.
Rule 3: told to wait, everything waits but exits, which are tried at the pace of who retries them.
Time is told by the caller, in ms, and never goes back.
"""

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from domain.execution.outcomes import CONCERNS, Concern


class Call(StrEnum):
    """What a request is for."""

    READ = "read"
    ENTRY = "entry"
    CANCEL = "cancel"
    EXIT = "exit"


class Limits(NamedTuple):
    """What the venue allows. Orders are writes of any kind; a write weighs 1."""

    orders_10s: int = 300
    orders_minute: int = 1_200
    weight_minute: int = 2_400


SHARES: Final[Mapping[Call, float]] = {
    Call.READ: 0.7,
    Call.ENTRY: 0.8,
    Call.CANCEL: 0.95,
    Call.EXIT: 1.0,
}
STANDARD: Final = Limits()
WRITE_WEIGHT: Final = 1
# In so long reads may use as large a part of their share as it is of a minute.
READ_PACE_MS: Final = 10_000
# What weighs more than this part of that is heavy, and leaves this part of it to the light.
LIGHT_SHARE: Final = 0.1
# How long to leave the venue alone when it does not say: a ban takes two minutes at the least.
UNSAID_MS: Final[Mapping[str, int]] = {"http 418": 120_000}
UNSAID_MS_ELSE: Final = 10_000
BAN_MS_MAX: Final = 3 * 24 * 3_600_000


class _Window:
    """What was sent in the last `span_ms`, at most `limit` of it."""

    __slots__ = ("_sent", "_used", "limit", "span_ms")

    def __init__(self, limit: int, span_ms: int) -> None:
        self.limit = limit
        self.span_ms = span_ms
        self._used = 0
        self._sent: deque[tuple[int, int]] = deque()

    def used(self, now_ms: int) -> int:
        """Return what counts at *now_ms*, forgetting what does not any more."""
        while self._sent and self._sent[0][0] <= now_ms - self.span_ms:
            self._used -= self._sent.popleft()[1]
        return self._used

    def wait_ms(self, cost: int, ceiling: float, now_ms: int) -> int:
        """Return how long until *cost* more keeps within *ceiling*, or the window is empty."""
        excess = self.used(now_ms) + cost - ceiling
        for at_ms, amount in self._sent:
            if excess <= 0:
                return 0
            excess -= amount
            if excess <= 0:
                return at_ms + self.span_ms - now_ms
        # Empty, or more than ever fits: something must get through all the same.
        return self._sent[-1][0] + self.span_ms - now_ms if self._sent else 0

    def take(self, cost: int, now_ms: int) -> None:
        """Count *cost*."""
        self._used += cost
        if self._sent and self._sent[-1][0] == now_ms:
            cost += self._sent.pop()[1]
        self._sent.append((now_ms, cost))


class RateBudget:
    """Remembers what was sent. Memory is bounded by the limits."""

    def __init__(self, limits: Limits = STANDARD) -> None:
        """Start with nothing sent, within *limits*."""
        self._orders = (
            _Window(limits.orders_10s, 10_000),
            _Window(limits.orders_minute, 60_000),
        )
        self._weight = _Window(limits.weight_minute, 60_000)
        self._reads = _Window(limits.weight_minute * READ_PACE_MS // 60_000, READ_PACE_MS)
        self._silent_until_ms = 0

    def wait_ms(self, call: Call, now_ms: int, weight: int = WRITE_WEIGHT) -> int:
        """Return how long *call* must wait, in ms; 0: it may go out now."""
        share = SHARES[call]
        waits = [self._weight.wait_ms(weight, share * self._weight.limit, now_ms)]
        if call is Call.READ:
            pace = share * self._reads.limit
            light = pace * LIGHT_SHARE
            ceiling = pace if weight <= light else pace - light
            waits.append(self._reads.wait_ms(weight, ceiling, now_ms))
        else:
            waits += [one.wait_ms(1, share * one.limit, now_ms) for one in self._orders]
        if call is not Call.EXIT:
            waits.append(self.silence_ms(now_ms))
        return max(waits)

    def take(self, call: Call, now_ms: int, weight: int = WRITE_WEIGHT) -> None:
        """Count a call that goes out now."""
        self._weight.take(weight, now_ms)
        if call is Call.READ:
            self._reads.take(weight, now_ms)
        else:
            for window in self._orders:
                window.take(1, now_ms)

    def told(self, code: str, wait_ms: int, now_ms: int) -> int:
        """Hear the answer *code*, which asks to be left alone for *wait_ms*; return for how long.

        0 where neither is said. A wait told before is never shortened.
        """
        concern = CONCERNS.get(code)
        if concern in (Concern.RATE, Concern.FIREWALL) and wait_ms <= 0:
            wait_ms = UNSAID_MS.get(code, UNSAID_MS_ELSE)
        wait_ms = max(0, min(wait_ms, BAN_MS_MAX))
        self._silent_until_ms = max(self._silent_until_ms, now_ms + wait_ms)
        return wait_ms

    def silence_ms(self, now_ms: int) -> int:
        """Return for how long the venue is still to be left alone."""
        return max(0, self._silent_until_ms - now_ms)

    def remaining(self, now_ms: int) -> dict[str, float]:
        """Return what is left of each limit, from 1 (all) to 0."""
        named = zip(("orders_10s", "orders_minute"), self._orders, strict=True)
        windows = {**dict(named), "weight_minute": self._weight}
        return {
            name: max(0.0, 1 - window.used(now_ms) / window.limit)
            for name, window in windows.items()
        }
