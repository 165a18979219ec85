"""Plays a tape at the pace of the wall clock: what took the market minutes takes so many ms.

Rule 1: the bars of a row open when the row begins and close when it ends, on the wall clock, so
that every time that the venue tells is real; finer bars and funding keep their place within.
Rule 2: a row that begins late, because the process was held up, is caught up with, not skipped.
Rule 3: behind the last row the market stands still but stays open: whoever holds something can
always leave.
"""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Final

from adapters.exchange.simulated.shore import Shore
from application.ports.matching import NO_FINER
from application.ports.tape import Tape
from domain.market.bars import Bar, FundingRate

_STILL_VOLUME: Final = 1e12


class Playing:
    """Rows of a tape, squeezed. `row` is the one being played, -1 before the first."""

    def __init__(
        self,
        shore: Shore,
        tape: Tape,
        pace_ms: int,
        closed: Callable[[int, int], None],
        first_row: int = 0,
    ) -> None:
        """Play *tape* from *first_row* on; tell *closed* of each row and its close in UTC ms."""
        self._shore = shore
        self._tape = tape
        self._pace_ms = pace_ms
        self._closed = closed
        self._next = first_row
        self._end_ms: int | None = None
        self.row = -1
        self.last: tuple[int, int] | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether the last row has closed."""
        return self.row >= len(self._tape)

    def start(self) -> None:
        """Let the first row begin now; nothing when it has begun already."""
        if self._end_ms is None:
            self._begin(self._shore.times.now_ms())

    def keep_up(self) -> None:
        """Let everything happen that happens up to now."""
        self._shore.play()
        while self._end_ms is not None and self._end_ms <= self._shore.times.now_ms():
            self._shore.play()  # to the end of the row, which may have come while we looked
            end_ms, row = self._end_ms, self.row
            self._begin(end_ms)
            if row < len(self._tape):
                self.last = (row, end_ms)
                self._closed(row, end_ms)
            self._shore.play()

    def _begin(self, start_ms: int) -> None:
        self.row = min(self._next, len(self._tape))
        self._next += 1
        self._end_ms = start_ms + self._pace_ms
        if self.is_over:
            self._shore.venue.begin(self._still(start_ms), (), NO_FINER)
            return
        symbols = self._tape.symbols
        bars = self._tape.bars(self.row, symbols)
        if not bars:
            return
        finer = self._tape.finer(self.row, symbols)
        span = _Span(min(bar.open_ms for bar in bars), bars[0].close_ms, start_ms, self._pace_ms)
        self._shore.venue.begin(
            [span.whole(bar) for bar in bars],
            [span.funding(rate) for rate in self._tape.funding(self.row)],
            span.finer(finer),
        )

    def _still(self, start_ms: int) -> list[Bar]:
        marks = self._tape.marks(len(self._tape) - 1, self._tape.symbols)
        end_ms = start_ms + self._pace_ms
        return [
            Bar(symbol, start_ms, end_ms, mark, mark, mark, mark, _STILL_VOLUME)
            for symbol, mark in marks
            if isfinite(mark)
        ]


class _Span:
    """A stretch of the tape's time, laid over one of the wall clock."""

    def __init__(self, open_ms: int, close_ms: int, start_ms: int, pace_ms: int) -> None:
        self._open_ms = open_ms
        self._length_ms = close_ms - open_ms
        self._start_ms = start_ms
        self._pace_ms = pace_ms

    def at(self, time_ms: int) -> int:
        """Return the wall clock's time for *time_ms* of the tape."""
        into = min(max(time_ms - self._open_ms, 0), self._length_ms)
        return self._start_ms + into * self._pace_ms // self._length_ms

    def whole(self, bar: Bar) -> Bar:
        """Return *bar* over the whole of the span."""
        return bar._replace(open_ms=self._start_ms, close_ms=self._start_ms + self._pace_ms)

    def funding(self, rate: FundingRate) -> FundingRate:
        """Return *rate* at its place within the span."""
        at_ms = min(self.at(rate.at_ms), self._start_ms + self._pace_ms - 1)
        return rate._replace(at_ms=at_ms)

    def finer(self, finer: Mapping[str, Sequence[Bar]]) -> Mapping[str, Sequence[Bar]]:
        """Return the *finer* bars within the span, without those too many for its ms."""
        return {
            symbol: [
                bar._replace(open_ms=self.at(bar.open_ms), close_ms=self.at(bar.close_ms))
                for bar in bars
            ]
            for symbol, bars in finer.items()
            if len(bars) <= self._pace_ms
        }
