"""The streams of the served venue: every client that listens gets every message, in order.

A client that does not keep up is disconnected: it finds out what it missed by asking.
"""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import web

from adapters.exchange.served.protocol import Beat, Told, encoded
from adapters.exchange.simulated.shore import Times

BACKLOG_MAX: Final = 10_000
BEAT_S: Final = 0.5


class Broadcast:
    """Those who listen. `silent_until_ms`: until then nothing is told, though they stay."""

    def __init__(self, times: Times) -> None:
        """Begin without anybody."""
        self._times = times
        self._backlogs: dict[web.WebSocketResponse, asyncio.Queue[bytes | None]] = {}
        self.silent_until_ms = 0
        self.is_over = False

    def tell(self, message: Told) -> None:
        """Put *message* into everybody's backlog."""
        if self._times.now_ms() < self.silent_until_ms:
            return
        body = encoded(message)
        for backlog in self._backlogs.values():
            _put(backlog, body)

    def drop_all(self) -> None:
        """Disconnect everybody."""
        for backlog in self._backlogs.values():
            _end(backlog)

    async def serve(self, socket: web.WebSocketResponse, greeting: list[Told]) -> None:
        """Serve one client until it leaves, or is disconnected."""
        backlog: asyncio.Queue[bytes | None] = asyncio.Queue(BACKLOG_MAX)
        for message in greeting:
            _put(backlog, encoded(message))
        self._backlogs[socket] = backlog
        sending = asyncio.create_task(self._send(socket, backlog))
        try:
            async for _ in socket:
                pass  # a client has nothing to say here
        finally:
            del self._backlogs[socket]
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send(
        self, socket: web.WebSocketResponse, backlog: asyncio.Queue[bytes | None]
    ) -> None:
        with suppress(ConnectionError, RuntimeError):
            while True:
                try:
                    body = await asyncio.wait_for(backlog.get(), BEAT_S)
                except TimeoutError:
                    now = self._times.now_ms()
                    if now < self.silent_until_ms:
                        continue
                    body = encoded(Beat(now, self.is_over))
                if body is None:
                    await socket.close(code=1012)
                    return
                await socket.send_bytes(body)


def _put(backlog: asyncio.Queue[bytes | None], body: bytes) -> None:
    if backlog.qsize() < BACKLOG_MAX - 1:
        backlog.put_nowait(body)
    else:
        _end(backlog)


def _end(backlog: asyncio.Queue[bytes | None]) -> None:
    while not backlog.empty():
        backlog.get_nowait()
    backlog.put_nowait(None)
