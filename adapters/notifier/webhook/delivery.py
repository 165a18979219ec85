"""One alert to one receiver: asked again a few times, within bounds, following nobody.

Rule 1: no redirect, no cookie, no proxy of the environment, no more of an answer than its status.
Rule 2: what may pass is tried again after a pause that doubles; what will not is given up at once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import SystemRandom
from typing import Final, NamedTuple, Self

import aiohttp

from adapters.notifier.webhook.addresses import (
    STRICT,
    ForbiddenAddress,
    Leave,
    PublicResolver,
    checked_url,
    shown,
)
from adapters.notifier.webhook.bodies import Letter, Receiver, written
from application.errors import BadInput
from domain.decision.messages import Page, Severity

PAUSE_S: Final = 1.0
PAUSE_S_MAX: Final = 30.0
_OK: Final = range(200, 300)
_REDIRECTED: Final = range(300, 400)
_PASSING: Final = frozenset({408, 425, 429, *range(500, 600)})
_LADDER: Final = tuple(Severity)


class Route(NamedTuple):
    """Where alerts of at least *severity* go. `url` and `secret` are never shown."""

    receiver: Receiver
    url: str
    severity: Severity = Severity.WARNING
    secret: str = ""

    def takes(self, page: Page) -> bool:
        """Tell whether *page* is severe enough."""
        return _LADDER.index(page.severity) >= _LADDER.index(self.severity)

    def __repr__(self) -> str:
        """Show no secret."""
        return f"Route({self.receiver.value}, {shown(self.url)}, {self.severity.value})"


class Result(NamedTuple):
    """What became of it. `problem` is empty when it was taken; `tries` at least 1."""

    problem: str
    tries: int

    @property
    def delivered(self) -> bool:
        """Tell whether it was taken."""
        return not self.problem


class _Try(NamedTuple):
    problem: str
    is_final: bool = False
    wait_s: float = 0.0


class Delivery:
    """Sends letters. Use it as an async context."""

    def __init__(
        self,
        leave: Leave = STRICT,
        *,
        timeout_s: float = 5.0,
        tries_max: int = 4,
        resolver: PublicResolver | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = SystemRandom().random,  # noqa: B008 - it holds no state
    ) -> None:
        """Try *tries_max* times, for *timeout_s* each; *jitter* is from [0, 1)."""
        self._leave = leave
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._tries_max = tries_max
        self._resolver = resolver
        self._pause = pause
        self._jitter = jitter
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the pool: no connection is kept, so every one is to an address checked for it."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver or PublicResolver(self._leave),
                use_dns_cache=False,
                force_close=True,
                limit=4,
            ),
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()

    async def send(self, page: Page, route: Route) -> Result:
        """Send *page*, again and again within bounds. Raises nothing."""
        try:
            checked_url("alerts", route.url, self._leave)
        except BadInput as error:
            return Result(str(error), 1)
        pause_s = PAUSE_S
        attempt = _Try("not tried")
        for number in range(1, self._tries_max + 1):
            letter = written(page, route.receiver, route.secret, int(time.time()))
            attempt = await self._try(route, letter)
            if not attempt.problem or attempt.is_final or number == self._tries_max:
                return Result(attempt.problem, number)
            wait_s = max(attempt.wait_s, pause_s * (1 + self._jitter()))
            await self._pause(min(wait_s, PAUSE_S_MAX))
            pause_s *= 2
        return Result(attempt.problem, self._tries_max)

    async def _try(self, route: Route, letter: Letter) -> _Try:
        if self._session is None:
            return _Try("the pool is closed", is_final=True)
        try:
            async with self._session.post(
                route.url, data=letter.body, headers=letter.headers, allow_redirects=False
            ) as answer:
                return _judged(answer.status, answer.headers.get("Retry-After", ""))
        except ForbiddenAddress:
            return _Try("leads to an address that is not public", is_final=True)
        except aiohttp.ClientSSLError as error:
            return _Try(f"is not who it says it is ({type(error).__name__})", is_final=True)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The text of such an error may hold the URL.
            if isinstance(error.__cause__, ForbiddenAddress):
                return _Try("leads to an address that is not public", is_final=True)
            return _Try(f"no answer ({type(error).__name__})")


def _judged(status: int, retry_after: str) -> _Try:
    if status in _OK:
        return _Try("")
    if status in _REDIRECTED:
        return _Try(f"http {status}: redirects are not followed", is_final=True)
    wait_s = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0
    return _Try(f"http {status}", is_final=status not in _PASSING, wait_s=wait_s)
