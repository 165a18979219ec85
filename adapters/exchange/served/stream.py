"""The stream of the served venue: reports as they happen, and the closes of its rows.

Rule 1: whoever listens is told when the stream is lost and when it is there again; in between,
reports may be missing, and only questions find them.
Rule 2: a stream that says nothing for longer than the bound is lost, however healthy its
connection looks; so is one that says something that cannot be read.
Rule 3: it is connected again for ever, after pauses that double up to a cap and are drawn at
random below that, so that many clients do not come back at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

import aiohttp

from adapters.exchange.served.line import Line
from adapters.exchange.served.protocol import (
    MESSAGE_BYTES_MAX,
    Beat,
    Hello,
    Row,
    Told,
    Unreadable,
    told_of,
)
from adapters.exchange.served.translation import report_of
from application.errors import VenueUnavailable
from application.ports.source import Source
from domain.decision.messages import Heard
from domain.execution.messages import StreamTurned

SILENCE_S: Final = 3.0
PAUSE_S_MIN: Final = 0.1
PAUSE_S_MAX: Final = 5.0
_PAYLOADS: Final = (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT)


class ServedStream:
    """Satisfies `Source`. Rows that closed while it was lost are not told, but for the last."""

    def __init__(
        self,
        line: Line,
        now_ms: Callable[[], int],
        on_row: Callable[[int, int], None],
        *,
        rng: Random,
        on_over: Callable[[], None] = lambda: None,
        silence_s: float = SILENCE_S,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Listen by *line*.

        *on_row* is told of each row that closes and its close in UTC ms, *on_over* once that no
        more will. *rng* draws the pauses between attempts, and *pause* waits for them.
        """
        self._line = line
        self._now_ms = now_ms
        self._on_row = on_row
        self._on_over = on_over
        self._rng = rng
        self._silence_s = silence_s
        self._pause = pause
        self._is_up: bool | None = None
        self._session = ""
        self._row = -1
        self._over = False
        self._failures = 0

    async def run(self, hear: Callable[[Heard], None]) -> None:
        """Tell *hear* of everything, in order, until cancelled."""
        while True:
            reason = await self._listen(hear)
            if self._is_up is not False:
                self._is_up = False
                hear(StreamTurned(self._now_ms(), up=False, reason=reason))
            await self._pause(self._next_pause_s())

    def _next_pause_s(self) -> float:
        cap = min(PAUSE_S_MAX, PAUSE_S_MIN * 2 ** min(self._failures, 10))
        self._failures += 1
        return self._rng.uniform(PAUSE_S_MIN / 2, cap)

    async def _listen(self, hear: Callable[[Heard], None]) -> str:
        """Listen until the stream is lost; return why it is."""
        try:
            socket = await self._line.stream("/stream", MESSAGE_BYTES_MAX)
        except VenueUnavailable as error:
            return str(error)
        try:
            while True:
                # Not the socket's own bound: that one starts anew with every ping.
                async with asyncio.timeout(self._silence_s):
                    message = await socket.receive()
                if message.type not in _PAYLOADS:
                    return f"the stream ended: {message.type.name}"
                self._told(told_of(_bytes_of(message.data)), hear)
        except TimeoutError:
            return f"nothing was heard for {self._silence_s:g} s"
        except Unreadable as error:
            return f"a message that cannot be read: {error}"
        except (aiohttp.ClientError, OSError) as error:
            return f"the stream broke: {type(error).__name__}"
        finally:
            await socket.close()

    def _told(self, told: Told, hear: Callable[[Heard], None]) -> None:
        match told:
            case Hello():
                self._greeted(told, hear)
            case Row():
                if told.row > self._row:
                    self._row = told.row
                    self._on_row(told.row, told.at_ms)
            case Beat():
                if told.over and not self._over:
                    self._over = True
                    self._on_over()
            case _:
                report = report_of(told, self._now_ms())
                if report is not None:
                    hear(report)

    def _greeted(self, hello: Hello, hear: Callable[[Heard], None]) -> None:
        if hello.session != self._session:
            self._session, self._row, self._over = hello.session, -1, False
        self._failures = 0
        if not self._is_up:
            self._is_up = True
            hear(StreamTurned(self._now_ms(), up=True, reason=""))


def _bytes_of(payload: object) -> bytes:
    return payload if isinstance(payload, bytes) else str(payload).encode()


_: type[Source] = ServedStream
