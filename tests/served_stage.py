"""A served venue of two calm symbols on a real socket, with a client on the line."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from adapters.clock.system import SystemClock
from adapters.exchange.served.line import Line
from adapters.exchange.served.reader import ServedReader
from adapters.exchange.served.serving import Served, Terms, serving
from adapters.exchange.served.writer import ServedWriter
from adapters.exchange.simulated.ledger import LedgerVenue
from adapters.exchange.simulated.venue import SimulatedVenue
from application.ports.tape import Tape
from application.secret import Secret
from tests.fakes.tape import FakeTape
from tests.unit.adapters.exchange.simulated.scene import AAA, BBB, IDEAL, INSTRUMENTS, D

CALM_TAPE: Final = {AAA: [100.0] * 400, BBB: [50.0] * 400}
TERMS: Final = Terms("0" * 64, "1" * 64, pace_ms=50)
PATIENCE_S: Final = 10.0


class Stage(NamedTuple):
    """A venue and a client of it."""

    served: Served
    line: Line
    writer: ServedWriter
    reader: ServedReader
    now_ms: Callable[[], int]


@asynccontextmanager
async def staged(
    terms: Terms = TERMS,
    tape: Tape | None = None,
    *,
    token: Secret | None = None,
    ledger: Path | None = None,
    reply_s: float = 5.0,
) -> AsyncIterator[Stage]:
    """Serve while the block runs; 10,000 USD are in the account."""
    clock = SystemClock()
    venue = LedgerVenue(SimulatedVenue(INSTRUMENTS, IDEAL))
    venue.deposit(clock.now_ms(), D(10_000))
    served = Served(venue, tape or FakeTape(CALM_TAPE), terms, clock.now_ms, token, ledger)
    async with serving(served), Line(served.url, token, reply_s=reply_s) as line:
        await until(lambda: served.playing.row >= 1 or terms.waits)
        writer, reader = ServedWriter(line, clock.now_ms), ServedReader(line, clock.now_ms)
        yield Stage(served, line, writer, reader, clock.now_ms)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail when it takes too long."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - a real process has no event to wait for
            await asyncio.sleep(0.005)
