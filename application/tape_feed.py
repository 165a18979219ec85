"""A tape as a live feed: the venue says which row closed, the tape knows what that means.

Rule 1: the desk hears the instant at which it closes here, by the clock of the session: instants
within the news are moved with it.
Rule 2: rows that closed while nobody listened are not told one by one. Of their turns, feeds and
funding the last ones are told with the next row; their jolts and candidates are of the past.
"""

from collections.abc import Callable
from typing import Final

from application.ports.clock import Clock
from application.ports.tape import Tape
from domain.decision.messages import Heard, MarketAdvanced
from domain.market.messages import Bulletin, FeedTurn, PredictedFunding, Regime

# A time later than this is no instant but "for ever", and is not moved.
_FOREVER_MS: Final = 1 << 60


class TapeFeed:
    """Turns closes of rows into market events."""

    def __init__(self, tape: Tape, clock: Clock, hear: Callable[[Heard], None]) -> None:
        """Tell *hear* of each close."""
        self._tape = tape
        self._clock = clock
        self._hear = hear
        self._next = 0

    @property
    def next_row(self) -> int:
        """The first row that was not told yet."""
        return self._next

    def closed(self, row: int) -> None:
        """Tell of the close of *row*; one that was told already, or is none, is nothing new."""
        if not self._next <= row < len(self._tape):
            return
        turns, news = self._missed(row)
        tape, at_ms = self._tape, self._clock.now_ms()
        turns.update(tape.turns(row))
        bulletin = tape.bulletin(row)
        if bulletin is not None:
            news = _after(news, bulletin)._replace(jolts=bulletin.jolts)
        told = moved(news, at_ms - tape.time_ms(row)) if news != Bulletin() else None
        marks = tape.marks(row, tape.symbols)
        self._next = row + 1
        self._hear(
            MarketAdvanced(at_ms, marks, 0.0, tuple(turns.items()), tape.candidates(row), told)
        )

    def _missed(self, row: int) -> tuple[dict[str, Regime], Bulletin]:
        """Return the last turns and news of the rows before *row* that were not told."""
        turns: dict[str, Regime] = {}
        news = Bulletin()
        at = self._tape.next_signal(self._next)
        while at < row:
            turns.update(self._tape.turns(at))
            bulletin = self._tape.bulletin(at)
            if bulletin is not None:
                news = _after(news, bulletin)._replace(jolts=())
            at = self._tape.next_signal(at + 1)
        return turns, news


def _after(older: Bulletin, newer: Bulletin) -> Bulletin:
    """Return what is known after both: of each symbol the last word."""
    funding = {one.symbol: one for one in (*older.funding, *newer.funding)}
    feeds = {one.symbol: one for one in (*older.feeds, *newer.feeds)}
    return Bulletin(
        tuple(funding.values()),
        (*older.jolts, *newer.jolts),
        tuple(feeds.values()),
        newer.measures or older.measures,
    )


def moved(news: Bulletin, by_ms: int) -> Bulletin:
    """Return *news* with every instant in it later by *by_ms*."""
    measures = news.measures
    return Bulletin(
        tuple(_funding_moved(one, by_ms) for one in news.funding),
        news.jolts,
        tuple(FeedTurn(one.symbol, one.stale, one.fresh_ms + by_ms) for one in news.feeds),
        measures and measures._replace(at_ms=measures.at_ms + by_ms),
    )


def _funding_moved(one: PredictedFunding, by_ms: int) -> PredictedFunding:
    if one.until_ms > _FOREVER_MS:
        return one
    return one._replace(until_ms=one.until_ms + by_ms)
