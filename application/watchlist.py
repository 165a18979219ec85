"""Where on the tape the venue or the desk may next have something to do, symbol by symbol.

A search is done again only when what bounds it has changed; until then it is carried on from where
it ended. Searching too much costs time; forgetting a change would be a bug.
"""

from collections.abc import Mapping
from math import inf
from typing import Final

from application.ports.matching import MatchingVenue
from application.ports.tape import Tape
from domain.decision.state import State
from domain.execution.messages import (
    AccountRead,
    Deposited,
    FundingSettled,
    Report,
    StreamTurned,
)
from domain.execution.trade import worked

_AHEAD_ROWS: Final = 256


class Watchlist:
    """Remembers, for each symbol, the row at which its bounds are left."""

    def __init__(self, tape: Tape, venue: MatchingVenue) -> None:
        """Start with nothing known."""
        self._tape = tape
        self._venue = venue
        self._bounds: dict[str, tuple[float, float]] = {}
        self._exit: dict[str, tuple[int, bool]] = {}
        self.stale: set[str] = set()

    def touch(self, report: Report) -> None:
        """Remember that the bounds of the symbol of *report* may have changed."""
        if not isinstance(report, (Deposited, FundingSettled, AccountRead, StreamTurned)):
            self.stale.add(report.symbol)

    def venue_row(self, row: int, state: State) -> int:
        """Return the first row at or after *row* in which the venue may act."""
        held = state.exposure.held
        first = self._tape.next_funding(row) if held else len(self._tape)
        if self.stale:
            # One change moves what every position may lose before a liquidation.
            self.stale.update(symbol for symbol, _ in held)
            self._refresh()
        for symbol in self._bounds:
            first = min(first, self._exit_row(symbol, row))
        return first

    def _refresh(self) -> None:
        for symbol in self.stale:
            low, high = self._venue.bounds(symbol)
            if (low, high) == (-inf, inf):
                self._bounds.pop(symbol, None)
                self._exit.pop(symbol, None)
                continue
            old_low, old_high = self._bounds.get(symbol, (-inf, inf))
            # A band found before that lies within the new one is only more careful: keep it.
            if not (low <= old_low <= old_high <= high):
                self._bounds[symbol] = (low, high)
                self._exit.pop(symbol, None)
        self.stale.clear()

    def _exit_row(self, symbol: str, row: int) -> int:
        """Return the first row from *row* on that leaves the bounds of *symbol*."""
        known, found = self._exit.get(symbol, (row, False))
        if found and known >= row:
            return known
        low, high = self._bounds[symbol]
        if low > high:  # something is on its way, and may act whether there is a bar or not
            return row
        start, end = max(known, row), len(self._tape)
        stop = min(start + _AHEAD_ROWS, end)
        exit_row = self._tape.first_exit(symbol, start, stop, low, high)
        self._exit[symbol] = (exit_row, exit_row < stop or stop == end)
        return exit_row

    def desk_row(self, start: int, stop: int, bands: Mapping[str, tuple[float, float]]) -> int:
        """Return the first row in [start, stop) that leaves one of the desk's *bands*."""
        for symbol, (low, high) in bands.items():
            stop = self._tape.first_exit(symbol, start, stop, low, high)
        return stop

    def to_play(self, row: int, state: State) -> list[str]:
        """Return the symbols whose bar at *row* must be played.

        All that are held are among them: whatever acts may close the others, or take their margin.
        So are those being entered: the next order may come at any time.
        """
        if self._tape.next_funding(row) == row:
            return list(self._tape.symbols)
        held = _moving(state)
        return [*held, *(s for s in self._bounds if s not in held and self._leaves(s, row))]

    def _leaves(self, symbol: str, row: int) -> bool:
        low, high = self._bounds[symbol]
        return self._tape.first_exit(symbol, row, row + 1, low, high) == row

    def mark_held(self, row: int, state: State) -> None:
        """Tell the venue the marks of what is held or being entered, at the close of *row*."""
        for symbol in _moving(state):
            self.mark(symbol, row)

    def mark(self, symbol: str, row: int) -> None:
        """Tell the venue the mark of *symbol* at the close of *row*."""
        if row >= 0:
            ((_, price),) = self._tape.marks(row, (symbol,))
            self._venue.mark(symbol, price)


def _moving(state: State) -> dict[str, None]:
    """Return the symbols that are held or being entered, each once."""
    held = (symbol for symbol, _ in state.exposure.held)
    return dict.fromkeys((*held, *worked(state.trades)))
