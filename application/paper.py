"""The paper session: the live desk, fed by a market that is played to it.

Every row is played and heard: venue reports by the inbox as they happen, then the close. With a
pace of 0 the next row follows as soon as the desk has settled; else bars close as often as the
pace says. A stop at any time leaves everything written down.
"""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

from application.backtest import Progress
from application.desk import Desk
from application.inbox import Inbox
from application.ports.matching import MatchingVenue
from application.ports.tape import Tape
from domain.decision.messages import MarketAdvanced, SessionOpened

_PROGRESS_ROWS = 64


class PaperSession:
    """Plays a tape to a live desk."""

    def __init__(
        self,
        desk: Desk,
        inbox: Inbox,
        venue: MatchingVenue,
        tape: Tape,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Join the parts. *pause* waits for seconds."""
        self._desk = desk
        self._inbox = inbox
        self._venue = venue
        self._tape = tape
        self._pause = pause
        self.played = 0

    async def run(
        self,
        session: SessionOpened,
        deposit: Decimal,
        progress: Progress,
        stopped: Callable[[], bool],
        pace_s: float = 0.0,
    ) -> None:
        """Open the desk and play until the tape ends or *stopped* says so."""
        running = asyncio.create_task(self._desk.run())
        try:
            self._inbox.put(session)
            self._inbox.put(self._venue.deposit(session.at_ms, deposit))
            await self._settle(running)
            for row in range(len(self._tape)):
                if stopped():
                    break
                await self._play(row, running)
                self.played = row + 1
                if row % _PROGRESS_ROWS == 0:
                    progress(row + 1)
                if pace_s:
                    await self._pause(pace_s)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            self._desk.close()
        progress(self.played)

    async def _play(self, row: int, running: asyncio.Task[None]) -> None:
        tape, venue = self._tape, self._venue
        finer = tape.finer(row, tape.symbols)
        venue.begin(tape.bars(row, tape.symbols), tape.funding(row), finer)
        while reports := venue.advance():
            for report in reports:
                self._inbox.put(report)
            await self._settle(running)
        marks = tape.marks(row, tape.symbols)
        turns, candidates = tape.turns(row), tape.candidates(row)
        self._inbox.put(MarketAdvanced(tape.time_ms(row), marks, 0.0, turns, candidates))
        await self._settle(running)

    async def _settle(self, running: asyncio.Task[None]) -> None:
        """Wait until the desk has done with everything, or pass on what stopped it."""
        settled = asyncio.create_task(self._desk.settled())
        await asyncio.wait({settled, running}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            settled.cancel()
            _raise_cause(running)


def _raise_cause(ended: asyncio.Task[None]) -> None:
    """Raise what stopped the desk, without the groups that its tasks were in."""
    cause = ended.exception()
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    if cause is not None:
        raise cause
