"""What keeps one peer from taking everything: rates, nonces used once, answers given before.

Every memory here has a bound; what falls out of it is the oldest.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

PEERS_MAX: Final = 1_024
KEYS_MAX: Final = 4_096
NONCES_MAX: Final = 16_384
SKEW_MS_MAX: Final = 30_000


class Rate:
    """Token buckets, one a peer."""

    def __init__(self, per_s: float, burst: float, now_s: Callable[[], float]) -> None:
        """Let each peer have *per_s* a second, and *burst* at once. *now_s* is a steady clock."""
        self._per_s, self._burst, self._now_s = per_s, burst, now_s
        self._peers: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, peer: str) -> float:
        """Take one for *peer*; return 0.0, or the seconds after which there will be one."""
        left, now = self._left(peer)
        allowed = left >= 1.0
        self._peers[peer] = (left - 1.0 if allowed else left, now)
        self._peers.move_to_end(peer)
        if len(self._peers) > PEERS_MAX:
            self._peers.popitem(last=False)
        return 0.0 if allowed else (1.0 - left) / self._per_s

    def wait_s(self, peer: str) -> float:
        """Return 0.0 while *peer* has one left, else the seconds until it has; take none."""
        left, _ = self._left(peer)
        return 0.0 if left >= 1.0 else (1.0 - left) / self._per_s

    def _left(self, peer: str) -> tuple[float, float]:
        now = self._now_s()
        left, at = self._peers.get(peer, (self._burst, now))
        return min(self._burst, left + (now - at) * self._per_s), now


class Nonces:
    """Knows which nonces were used lately. What is older than `SKEW_MS_MAX` is stale anyway."""

    def __init__(self, began_ms: int) -> None:
        """Take none from before *began_ms*: what was used before that is forgotten."""
        self._began_ms = began_ms
        self._used: OrderedDict[str, int] = OrderedDict()

    def problem(self, nonce: str, at_ms: int, now_ms: int) -> str:
        """Return why a request made *at_ms* is not taken, "" when it is; then its nonce is used."""
        while self._used and next(iter(self._used.values())) < now_ms - 2 * SKEW_MS_MAX:
            self._used.popitem(last=False)
        if abs(now_ms - at_ms) > SKEW_MS_MAX:
            return f"X-QT-Timestamp is {now_ms - at_ms} ms off; at most {SKEW_MS_MAX}"
        if at_ms < self._began_ms:
            return "X-QT-Timestamp is of before this process began; ask again"
        if nonce in self._used:
            return "X-QT-Nonce was used before"
        if len(self._used) >= NONCES_MAX:
            return "too many requests lately; wait a minute"
        self._used[nonce] = now_ms
        return ""


class Given(NamedTuple):
    """An answer that was given: to which request, and what. `status` 0: it is being made."""

    request: bytes
    status: int
    body: bytes


class Answers:
    """Remembers what was answered to an idempotency key."""

    def __init__(self) -> None:
        """Begin with none."""
        self._given: OrderedDict[tuple[str, str], Given] = OrderedDict()

    @staticmethod
    def digest(path: str, body: bytes) -> bytes:
        """Return what tells two requests apart."""
        return hashlib.sha256(path.encode() + b"\0" + body).digest()

    def find(self, who: str, key: str) -> Given | None:
        """Return what *who* was answered to *key*."""
        return self._given.get((who, key))

    def keep(self, who: str, key: str, given: Given) -> None:
        """Remember an answer to *key*."""
        self._given[who, key] = given
        self._given.move_to_end((who, key))
        if len(self._given) > KEYS_MAX:
            self._given.popitem(last=False)

    def forget(self, who: str, key: str) -> None:
        """Forget *key*: nothing came of it."""
        self._given.pop((who, key), None)
