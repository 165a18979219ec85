"""The back-test: one market played through the venue and the desk, as fast as what happens in it.

Rule 1: visiting every row and skipping give the same decisions, fills and ledger.
Rule 2: a row is played when the venue could act in it, and heard when the desk could; both say
beforehand where that is (`bounds`, `attention`), and rows between are passed over together.
Rule 3: before the venue acts after a stretch, the desk hears how high equity was in it, so that
every fill meets the drawdown that visiting would have shown.
Rule 4: a row in which the desk wants a tick is played, and the tick told at its place in it.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from application.engine import Engine
from application.permits import PERMIT_DEAD, WITHDRAWN, called_off, stands
from application.ports.latch import LatchStore
from application.ports.matching import MatchingVenue
from application.ports.notifier import Notifier
from application.ports.tape import Stretch, Tape
from application.ticks import RowTicks
from application.urgency import urgent_first
from application.watchlist import Watchlist
from domain.decision.attention import Attention, attention, next_tick
from domain.decision.messages import (
    Command,
    Heard,
    MarketAdvanced,
    NoteEmergency,
    Page,
    SessionOpened,
    SetLatch,
)
from domain.execution.messages import (
    OrderCanceled,
    OrderRejected,
    PlaceEntry,
    ReadAccount,
    Report,
)

Progress = Callable[[int], None]
_PROGRESS_ROWS: Final = 4096
_NOTHING_PASSED: Final = Stretch(0, 0.0)


class Backtest:
    """Plays a tape. `skipping` False visits every row: slow, and the measure of skipping."""

    def __init__(
        self,
        engine: Engine,
        venue: MatchingVenue,
        tape: Tape,
        notifier: Notifier,
        latch: LatchStore,
        note: Callable[[NoteEmergency], None],
        *,
        skipping: bool = True,
    ) -> None:
        """Join the parts. The engine must be fresh; *note* tells the policy store."""
        self._engine = engine
        self._venue = venue
        self._tape = tape
        self._notifier = notifier
        self._latch = latch
        self._note = note
        self._skipping = skipping
        self._played = -1
        self._heard = -1
        self._passed = _NOTHING_PASSED
        self._watch = Watchlist(tape, venue)

    def open(self, session: SessionOpened, deposit: Decimal) -> None:
        """Open the desk with *deposit* USD."""
        self._tell((session, self._venue.deposit(session.at_ms, deposit)))

    def run(self, progress: Progress, stopped: Callable[[], bool]) -> int:
        """Play until the tape ends or *stopped* says so; return the number of rows played."""
        end, due = len(self._tape), _PROGRESS_ROWS
        while self._played < end - 1 and not stopped():
            if self._skipping:
                self._skip_on(end)
            else:
                self._play(self._played + 1)
                self._listen(self._played)
            if self._played >= due:
                progress(self._played)
                due = self._played + _PROGRESS_ROWS
        self._engine.commit()
        progress(self._played + 1)
        return self._played + 1

    def _skip_on(self, end: int) -> None:
        """Go to the next row at which anything can happen, and let it happen."""
        state = self._engine.state
        wanted, due = attention(state), next_tick(state)
        venue_row = self._watch.venue_row(self._played + 1, state)
        if due is not None:
            venue_row = min(venue_row, max(self._played + 1, self._tape.row_at(due)))
        desk_row = self._desk_row(wanted, min(end, venue_row))
        if desk_row <= self._played:  # the row just played asks to be heard after all
            self._listen(desk_row)
            return
        row = min(desk_row, venue_row)
        if row >= end:
            self._summarise(end)
            self._played = end - 1
            return
        if venue_row <= row:
            self._summarise(row)
            self._play(row)
        self._played = row
        if desk_row <= row:
            self._listen(row)

    def _desk_row(self, wanted: Attention, limit: int) -> int:
        """Return the first row not yet heard that the desk must hear, or *limit*."""
        tape, first = self._tape, self._heard + 1
        row = min(limit, tape.next_signal(first), tape.row_at(wanted.timer_ms))
        row = self._watch.desk_row(first, max(row, first), wanted.bands)
        exposure = self._engine.state.exposure
        band = (wanted.floor, wanted.ceiling)
        if exposure.held:
            # Not `row` itself: should the venue act in it, its equity is not that of this exposure.
            stretch = tape.equity_over(exposure, first, row, band, wanted.fall)
            self._passed = stretch
            return min(row, stretch.row)
        at_edge = not wanted.floor < exposure.base < wanted.ceiling
        return min(row, first) if at_edge and first <= self._played else row

    def _summarise(self, before: int) -> None:
        """Let the desk hear of the rows passed over before *before*."""
        if self._engine.state.exposure.held and self._heard < before - 1:
            self._listen(before - 1)

    def _play(self, row: int) -> None:
        """Let the venue play *row*, and the desk answer each of its reports at once."""
        venue, tape, now = self._venue, self._tape, self._engine.state
        symbols = self._watch.to_play(row, now) if self._skipping else tape.symbols
        if self._skipping:
            self._watch.mark_held(row - 1, now)
        # What arrives at a symbol without a bar arrives all the same: any bar tells the time.
        bars = tape.bars(row, symbols) or tape.bars(row, tape.symbols)
        venue.begin(bars, tape.funding(row), tape.finer(row, symbols))
        ticks = RowTicks(tape.time_ms(row))
        while True:
            due = ticks.due(self._engine.state)
            if reports := venue.advance(due):
                for report in reports:
                    self._watch.touch(report)
                self._tell(reports)
            elif due is not None:
                self._tell((ticks.tick(due),))
            else:
                break
        # Some things happen without a report: a stop that triggers where there is no volume.
        self._watch.stale.update(symbols)
        self._played = row

    def _listen(self, row: int) -> None:
        """Let the desk hear the close of *row*."""
        tape, state = self._tape, self._engine.state
        candidates = tape.candidates(row)
        symbols = state.watched if self._skipping else tape.symbols
        if self._skipping:
            self._watch.mark_held(row, state)
            for candidate in candidates:
                self._watch.mark(candidate.quote.symbol, row)
        stretch = self._passed
        self._passed, self._heard = _NOTHING_PASSED, row
        advanced = MarketAdvanced(
            tape.time_ms(row),
            tape.marks(row, symbols),
            stretch.high,
            tape.turns(row),
            candidates,
            tape.bulletin(row),
            stretch.passed,
        )
        self._tell((advanced,))

    def _tell(self, news: Iterable[Heard]) -> None:
        """Let the desk hear *news*, send what it asks, and go on with what is replied."""
        engine = self._engine
        while news:
            asked: list[Command] = []
            for heard in news:
                asked += engine.hear(heard)
            news = self._act(asked, engine.state.at_ms) if asked else ()

    def _act(self, asked: list[Command], at_ms: int) -> list[Report]:
        """Send what is asked, what removes risk first; return the replies."""
        entries = [command for command in asked if isinstance(command, PlaceEntry)]
        off = called_off(asked, entries) if entries else frozenset()
        for command in asked:
            if isinstance(command, SetLatch):
                self._latch.write(command.latch)
            elif isinstance(command, NoteEmergency):
                self._note(command)
            elif isinstance(command, Page):
                self._notifier.notify(command)
        replies: list[Report] = []
        for urgent in urgent_first(asked):
            if isinstance(urgent, ReadAccount):
                replies.append(self._venue.account(at_ms))
            elif urgent.client_id not in off:
                self._watch.stale.add(urgent.symbol)
                replies += self._venue.send(urgent, at_ms)
        for entry in entries:
            replies += self._enter(entry, at_ms, is_off=entry.client_id in off)
        return replies

    def _enter(self, entry: PlaceEntry, at_ms: int, *, is_off: bool) -> list[Report]:
        """Send an entry, unless it was called off or its permit is dead."""
        name, symbol = entry.client_id, entry.symbol
        if is_off:
            return [OrderCanceled(at_ms, name, symbol, WITHDRAWN)]
        if not stands(entry, self._engine.state):
            return [OrderRejected(at_ms, name, symbol, PERMIT_DEAD)]
        self._watch.stale.add(symbol)
        return self._venue.send(entry, at_ms)
