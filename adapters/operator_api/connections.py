"""Connections, watched: bounded in number, and in the time a request may take to arrive.

Rule 1: there is always room for one more. When the bound is reached, one on which no request is
being answered is let go of: of the peer that holds most, the one that was quiet for longest.
Rule 2: a request has `ARRIVAL_S` from its first byte until it is here in whole, body included;
then it is told 408. A connection that says nothing at all is closed after `QUIET_S`.
"""

import asyncio
from collections import Counter
from typing import Final, cast

CONNECTIONS_MAX: Final = 256
ARRIVAL_S: Final = 5.0
QUIET_S: Final = 30.0
_LOOK_S: Final = 0.5
_LATE: Final = (
    b"HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b'Content-Length: 62\r\n\r\n{"status":408,"problem":"the request took too long to arrive"}'
)


class Watched(asyncio.Protocol):
    """One connection: hands everything on to the protocol that speaks HTTP."""

    def __init__(self, inner: asyncio.Protocol, all_of_them: "Connections") -> None:
        """Stand before *inner*."""
        self._inner = inner
        self._all = all_of_them
        self.transport: asyncio.Transport | None = None
        self.since_s = all_of_them.now_s()
        self.arriving = self.busy = False
        self.peer = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast("asyncio.Transport", transport)
        self.peer = str((transport.get_extra_info("peername") or [""])[0])
        self._all.add(self)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Hand *data* on; the first of it starts the time of a request."""
        if not (self.arriving or self.busy):
            self.arriving, self.since_s = True, self._all.now_s()
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Hand it on."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Hand it on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Hand it on."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._all.remove(self)
        self._inner.connection_lost(exc)

    def let_go(self, *, late: bool = False) -> None:
        """Close at once; tell a request that is *late* so."""
        if self.transport is None or self.transport.is_closing():
            return
        if late:
            self.transport.write(_LATE)
            self.transport.close()
        else:
            self.transport.abort()

    def answering(self, *, busy: bool) -> None:
        """Note that a request is here in whole, or that it is answered."""
        self.busy, self.arriving, self.since_s = busy, False, self._all.now_s()


class Connections:
    """All connections of a server."""

    def __init__(self, most: int = CONNECTIONS_MAX, arrival_s: float = ARRIVAL_S) -> None:
        """Keep at most *most*; a request has *arrival_s* to arrive."""
        self._most, self.arrival_s = most, arrival_s
        # By the transport that a request knows: the same object for as long as it is open.
        self._open: dict[Watched, None] = {}
        self._of: dict[int, Watched] = {}
        self.evicted = self.late = 0

    def now_s(self) -> float:
        """Return the time of the loop."""
        return asyncio.get_running_loop().time()

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._open)

    def add(self, one: Watched) -> None:
        """Make room and keep *one*."""
        if len(self._open) >= self._most:
            self._evict()
        self._open[one] = None
        self._of[id(one.transport)] = one

    def remove(self, one: Watched) -> None:
        """Forget *one*."""
        self._open.pop(one, None)
        self._of.pop(id(one.transport), None)

    def of(self, transport: asyncio.BaseTransport | None) -> Watched | None:
        """Return the connection of *transport*."""
        return self._of.get(id(transport))

    def _evict(self) -> None:
        """Let go of the quietest of the peer that holds most: who takes all pays for it."""
        idle = [one for one in self._open if not one.busy]
        if idle:
            self.evicted += 1
            held = Counter(one.peer for one in idle)
            most = max(held.values())
            quietest = min(
                (one for one in idle if held[one.peer] == most), key=lambda one: one.since_s
            )
            self.remove(quietest)
            quietest.let_go()

    async def sweep(self) -> None:
        """Let go of what takes too long, until cancelled."""
        while True:
            await asyncio.sleep(min(_LOOK_S, self.arrival_s / 2))
            now = self.now_s()
            for one in tuple(self._open):
                bound = self.arrival_s if one.arriving else QUIET_S
                if not one.busy and now - one.since_s > bound:
                    self.late += one.arriving
                    one.let_go(late=one.arriving)

    def let_go(self) -> None:
        """Close all."""
        for one in tuple(self._open):
            one.let_go()
