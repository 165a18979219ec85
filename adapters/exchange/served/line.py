"""The line to the served venue: one request, one answer, nothing repeated, everything bounded.

Rule 1: `NotSent` only when no connection came about: no byte of the request can have left.
Rule 2: the line follows no redirect, keeps no cookie, asks for no compression and reads no more
of an answer than it was told to. It never asks twice; that is for whoever calls.
Rule 3: an answer is a status and bytes. What they mean is for whoever calls.
"""

import asyncio
from collections.abc import Mapping
from typing import Final, NamedTuple, Self

import aiohttp

from adapters.exchange.served.protocol import BODY_BYTES_MAX
from adapters.exchange.served.token import checked_url, header_of
from application.errors import NotSent, VenueUnavailable
from application.secret import Secret

CONNECT_S: Final = 2.0
REPLY_S: Final = 5.0
# Whoever has fallen silent does not say good-bye either.
_GOODBYE_S: Final = 0.2
_WAIT_S_MAX: Final = 3 * 86_400
_NEVER_CONNECTED: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class Answer(NamedTuple):
    """What came back. `wait_ms`: how long it asks to be left alone, 0 when it does not."""

    status: int
    body: bytes
    wait_ms: int = 0


class Line:
    """A connection pool to one venue. Use it as an async context, within the loop that asks."""

    def __init__(
        self,
        url: str,
        token: Secret | None = None,
        *,
        connect_s: float = CONNECT_S,
        reply_s: float = REPLY_S,
    ) -> None:
        """Lead to *url*. Raises `BadInput` when a token or an order should not be sent there."""
        self.url = checked_url(url)
        self._token = token
        self._timeout = aiohttp.ClientTimeout(
            total=reply_s, connect=connect_s, sock_connect=connect_s
        )
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the pool."""
        self._session = aiohttp.ClientSession(
            headers={"Accept-Encoding": "identity", **header_of(self._token)},
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()

    async def send(self, path: str, body: bytes) -> Answer:
        """Post *body*. Raises `NotSent`, or `VenueUnavailable` when the outcome is unknown."""
        return await self._ask("POST", path, body=body)

    async def ask(self, path: str, query: Mapping[str, str | int] | None = None) -> Answer:
        """Ask. Raises `VenueUnavailable`."""
        return await self._ask("GET", path, query=query)

    async def stream(self, path: str, bytes_max: int) -> aiohttp.ClientWebSocketResponse:
        """Return a stream of messages of at most *bytes_max* each. Raises `VenueUnavailable`."""
        try:
            async with asyncio.timeout(self._timeout.connect):
                return await self._open().ws_connect(
                    self.url + path,
                    max_msg_size=bytes_max,
                    compress=0,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_GOODBYE_S),
                )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise VenueUnavailable(f"no stream: {type(error).__name__}") from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            raise NotSent("the line to the venue is closed")
        return self._session

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Answer:
        session = self._open()
        try:
            async with session.request(
                method, self.url + path, data=body, params=query, allow_redirects=False
            ) as response:
                return await _read(response)
        except _NEVER_CONNECTED as error:
            raise NotSent(f"the venue cannot be reached: {type(error).__name__}") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise VenueUnavailable(f"no answer: {type(error).__name__}") from None


async def _read(response: aiohttp.ClientResponse) -> Answer:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            response.close()
            raise VenueUnavailable(f"the answer has more than {BODY_BYTES_MAX} bytes")
    return Answer(response.status, bytes(body), _wait_ms(response.headers.get("Retry-After", "")))


def _wait_ms(text: str) -> int:
    """Return the wait that *text*, whole seconds, asks for; 0 when it asks for none."""
    if not (text.isascii() and text.isdigit()):
        return 0
    return min(int(text[:9]), _WAIT_S_MAX) * 1_000
