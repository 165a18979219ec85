"""Examine the venue of a run: does it answer, does it know us, is our clock its clock."""

import asyncio
from pathlib import Path
from typing import Final

from adapters.clock.system import SystemClock
from adapters.exchange.served.line import Line
from adapters.exchange.served.reader import ServedReader
from adapters.exchange.served.token import checked_url, token_in
from bootstrap.doctor.finding import Findings
from bootstrap.remote_venue import VenueTime

_OFFSET_MS_WARN: Final = 250
_OFFSET_MS_FAIL: Final = 500
_WAIT_S: Final = 10.0


def examine_venue(url: str, token_file: Path | None, found: Findings) -> None:
    """Examine the venue at *url*, as the one whose token is in *token_file*."""
    remedy = "start it, or correct --venue and --token-file"
    with found.failing("venue", remedy):
        checked = checked_url(url)
        token = token_in(token_file) if token_file is not None else None

        async def asked() -> None:
            clock = SystemClock()
            async with Line(checked, token) as line:
                reader = ServedReader(line, clock.now_ms)
                hello = await reader.hello()
                found.ok("venue", f"{checked} answers; {len(hello.symbols)} symbols")
                _clock(await VenueTime(line, clock).offset_ms(), found)
                account = await reader.account()
                found.ok("venue: account", f"can be read; {len(account.positions)} positions")

        try:
            asyncio.run(asyncio.wait_for(asked(), _WAIT_S))
        except TimeoutError:
            found.fail("venue", f"{checked}: no answer within {_WAIT_S:.0f} s", remedy)


def _clock(offset_ms: int, found: Findings) -> None:
    text = f"the venue's clock is {offset_ms:+d} ms from ours"
    remedy = "let a time service set the clock of this machine"
    if abs(offset_ms) > _OFFSET_MS_FAIL:
        found.fail(
            "venue: clock", text, f"{remedy}: orders are not sent beyond {_OFFSET_MS_FAIL} ms"
        )
    elif abs(offset_ms) > _OFFSET_MS_WARN:
        found.warn("venue: clock", text, remedy)
    else:
        found.ok("venue: clock", text)
