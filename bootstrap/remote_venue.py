"""The venue beyond the wire, as a run sees it: greeted, the same market, and its time."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from adapters.exchange.served.digests import instruments_digest, market_digest
from adapters.exchange.served.line import Line
from adapters.exchange.served.protocol import Hello, TimeMs
from adapters.exchange.served.reader import ServedReader
from application.errors import BadInput, VenueUnavailable
from application.ports.clock import Clock
from application.ports.notifier import Notifier
from bootstrap.market import Market
from bootstrap.settings import Settings
from domain.decision.messages import Page, Severity

_PAUSE_S: Final = 0.2
_PAUSE_S_MAX: Final = 2.0
_PAGE_S: Final = 5.0
# An answer about the time that took longer says too little.
_ROUND_TRIP_MS_MAX: Final = 800
_OK: Final = 200


class _Time(msgspec.Struct, frozen=True):
    at_ms: TimeMs


def state_dir_of(settings: Settings) -> Path:
    """Return where locks and epochs of accounts are kept: one place for all runs of a user."""
    if settings.state_dir is not None:
        return settings.state_dir.absolute()
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "quantum-trader"


async def greeted(
    reader: ServedReader, clock: Clock, notifier: Notifier, stopped: Callable[[], bool]
) -> Hello | None:
    """Return the venue's greeting, asking until it comes; None when *stopped* came first.

    A person is called when that takes long.
    """
    began, pause_s, told = clock.now_ms(), _PAUSE_S, False
    while not stopped():
        try:
            return await reader.hello()
        except VenueUnavailable as error:
            waited_s = (clock.now_ms() - began) / 1000
            if waited_s >= _PAGE_S and not told:
                told = True
                text = f"the venue does not answer since {waited_s:.0f} s: {error}"
                notifier.notify(Page(clock.now_ms(), Severity.CRITICAL, text))
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _PAUSE_S_MAX)
    return None


def require_same_market(hello: Hello, market: Market) -> None:
    """Raise `BadInput` unless the venue plays the market that the desk looks at."""
    if hello.market != market_digest(market.history.bars):
        raise BadInput(
            "--venue: plays another market than the one prepared here (its symbols: "
            f"{', '.join(hello.symbols[:8])}); name the same --data, or as --seed the venue's "
            "--market-seed and the same --days and --no-models, as the venue was started with"
        )
    if hello.instruments != instruments_digest(market.instruments):
        raise BadInput(
            "--venue: has other filters and fees; name the same --instruments as the venue's"
        )


class VenueTime:
    """Asks the venue for its time."""

    def __init__(self, line: Line, clock: Clock) -> None:
        """Ask by *line*; hold the answer against *clock*."""
        self._line = line
        self._clock = clock

    async def offset_ms(self) -> int:
        """Return by how many ms the venue's time is ahead of ours. Raises `VenueUnavailable`."""
        asked = self._clock.now_ms()
        answer = await self._line.ask("/time")
        took = self._clock.now_ms() - asked
        if answer.status != _OK:
            raise VenueUnavailable(f"http {answer.status}")
        if took > _ROUND_TRIP_MS_MAX:
            raise VenueUnavailable(f"the answer took {took} ms")
        try:
            said = msgspec.json.decode(answer.body, type=_Time)
        except ValueError:
            raise VenueUnavailable("an answer that is no time") from None
        return said.at_ms - asked - took // 2
