"""The rest of a tape: what is still to come when a daemon is started in the middle of it."""

from collections.abc import Mapping, Sequence

from application.ports.tape import Stretch, Tape
from domain.decision.messages import Candidate
from domain.market.bars import Bar, FundingRate
from domain.market.messages import Bulletin, Regime
from domain.portfolio.book import Exposure


class Rest:
    """Satisfies `Tape`: *tape* from row *first* on, its rows counted from there."""

    def __init__(self, tape: Tape, first: int) -> None:
        """Begin at row *first* of *tape*."""
        self._tape = tape
        self._first = first

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols, sorted."""
        return self._tape.symbols

    def __len__(self) -> int:
        """Return the number of rows left."""
        return max(len(self._tape) - self._first, 0)

    def time_ms(self, row: int) -> int:
        """Return when the bars of *row* close."""
        return self._tape.time_ms(self._first + row)

    def row_at(self, at_ms: int) -> int:
        """Return the first row that closes at or after *at_ms*."""
        return max(self._tape.row_at(at_ms) - self._first, 0)

    def bars(self, row: int, symbols: Sequence[str]) -> list[Bar]:
        """Return the bars of *row*."""
        return self._tape.bars(self._first + row, symbols)

    def finer(self, row: int, symbols: Sequence[str]) -> Mapping[str, Sequence[Bar]]:
        """Return the finer bars within *row*."""
        return self._tape.finer(self._first + row, symbols)

    def marks(self, row: int, symbols: Sequence[str]) -> tuple[tuple[str, float], ...]:
        """Return the marks at the close of *row*."""
        return self._tape.marks(self._first + row, symbols)

    def next_signal(self, row: int) -> int:
        """Return the first row at or after *row* with something to hear."""
        return self._tape.next_signal(self._first + row) - self._first

    def candidates(self, row: int) -> tuple[Candidate, ...]:
        """Return the symbols voters speak of at *row*."""
        return self._tape.candidates(self._first + row)

    def turns(self, row: int) -> tuple[tuple[str, Regime], ...]:
        """Return the confirmed changes of regime at *row*."""
        return self._tape.turns(self._first + row)

    def bulletin(self, row: int) -> Bulletin | None:
        """Return the news of *row*."""
        return self._tape.bulletin(self._first + row)

    def funding(self, row: int) -> tuple[FundingRate, ...]:
        """Return the funding that settles in *row*."""
        return self._tape.funding(self._first + row)

    def next_funding(self, row: int) -> int:
        """Return the first row at or after *row* with funding."""
        return self._tape.next_funding(self._first + row) - self._first

    def first_exit(self, symbol: str, start: int, stop: int, low: float, high: float) -> int:
        """Return the first row whose bar of *symbol* is not strictly inside, or *stop*."""
        first = self._first
        return self._tape.first_exit(symbol, first + start, first + stop, low, high) - first

    def equity_over(
        self, exposure: Exposure, start: int, stop: int, band: tuple[float, float], fall: float
    ) -> Stretch:
        """Return what equity does over [start, stop)."""
        first = self._first
        stretch = self._tape.equity_over(exposure, first + start, first + stop, band, fall)
        return stretch._replace(row=stretch.row - first)


_: type[Tape] = Rest
