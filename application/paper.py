"""The paper session: the live desk, fed by a market that is played to it.

Every row is played and heard: venue reports by the inbox as they happen, then the close. With a
pace of 0 the next row follows as soon as the desk has settled; else bars close as often as the
pace says. A stop at any time leaves everything written down.

Before each close the watchers are asked what else there is to hear: policies, health, directives.
While a run that was resumed catches up they are not: what they told then is in the journal.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Final

from application.backtest import Progress
from application.desk import Desk
from application.inbox import Inbox
from application.ports.matching import MatchingVenue
from application.ports.tape import Tape
from application.ticks import RowTicks
from domain.decision.messages import Heard, MarketAdvanced, SessionOpened

Watcher = Callable[[int], tuple[Heard, ...]]
"""Asked with the time of a close, in UTC ms, for what there is to hear before it."""

# Venue and book are held against each other so often while anything is held.
RECONCILE_MS: Final = 30_000
_PROGRESS_ROWS: Final = 64


class PaperSession:
    """Plays a tape to a live desk."""

    def __init__(
        self,
        desk: Desk,
        inbox: Inbox,
        venue: MatchingVenue,
        tape: Tape,
        watchers: Sequence[Watcher] = (),
        *,
        reconcile_ms: int = RECONCILE_MS,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Join the parts. *pause* waits for seconds.

        The account is read every *reconcile_ms* of market time while anything is held, at the
        next close; 0: never.
        """
        self._desk = desk
        self._inbox = inbox
        self._venue = venue
        self._tape = tape
        self._watchers = tuple(watchers)
        self._reconcile_ms = reconcile_ms
        self._read_ms = 0
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
        ticks = RowTicks(tape.time_ms(row))
        while True:
            due = ticks.due(self._desk.state)
            if reports := venue.advance(due):
                for report in reports:
                    self._inbox.put(report)
            elif due is not None:
                self._inbox.put(ticks.tick(due))
            else:
                break
            await self._settle(running)
        await self._look_around(tape.time_ms(row), running)
        advanced = MarketAdvanced(
            tape.time_ms(row),
            tape.marks(row, tape.symbols),
            0.0,
            tape.turns(row),
            tape.candidates(row),
            tape.bulletin(row),
        )
        self._inbox.put(advanced)
        await self._settle(running)

    async def _look_around(self, at_ms: int, running: asyncio.Task[None]) -> None:
        """Hear what is not of the market, before the close at *at_ms*."""
        due = self._reconcile_ms and at_ms - self._read_ms >= self._reconcile_ms
        if due and self._desk.state.exposure.held:
            self._read_ms = at_ms
            self._inbox.put(self._venue.account(at_ms))
        while (outside := self._desk.outside(at_ms)) is not None:
            self._inbox.put(outside)
            await self._settle(running)
        if self._desk.caught_up:
            for watcher in self._watchers:
                for heard in watcher(at_ms):
                    self._inbox.put(heard)
        if len(self._inbox):
            await self._settle(running)

    async def _settle(self, running: asyncio.Task[None]) -> None:
        """Wait until the desk has done with everything, or pass on what stopped it."""
        settled = asyncio.create_task(self._desk.settled())
        await asyncio.wait({settled, running}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            settled.cancel()
            raise_cause(running)


def raise_cause(ended: asyncio.Task[None]) -> None:
    """Raise what stopped the desk, without the groups that its tasks were in."""
    cause = ended.exception()
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    if cause is not None:
        raise cause
