"""A tape of closes written by hand: flat bars, candidates and funding where the test puts them."""

from collections.abc import Mapping, Sequence
from math import isnan

from application.ports.tape import Stretch, Tape
from domain.decision.messages import Candidate
from domain.market.bars import Bar, FundingRate
from domain.market.messages import Bulletin, Regime
from domain.portfolio.book import Exposure
from tests.builders import MINUTE_MS, START_MS

ROW_MS = 5 * MINUTE_MS


class FakeTape:
    """One close a symbol and row, five minutes apart; NaN where the symbol has no bar.

    A bar spans from the close before it to its own. `asked` remembers the searches for an exit, as
    (symbol, first row, row before which to stop). `flash_ms` is the window of what has passed.
    """

    def __init__(self, closes: Mapping[str, Sequence[float]]) -> None:
        self._closes = {symbol: list(closes[symbol]) for symbol in sorted(closes)}
        self._marks = {symbol: _carried_forward(column) for symbol, column in self._closes.items()}
        self.candidates_at: dict[int, tuple[Candidate, ...]] = {}
        self.turns_at: dict[int, tuple[tuple[str, Regime], ...]] = {}
        self.bulletin_at: dict[int, Bulletin] = {}
        self.funding_at: dict[int, tuple[FundingRate, ...]] = {}
        self.flash_ms = 5 * MINUTE_MS
        self.asked: list[tuple[str, int, int]] = []

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self._closes)

    def __len__(self) -> int:
        return max(map(len, self._closes.values()), default=0)

    def time_ms(self, row: int) -> int:
        return START_MS + (row + 1) * ROW_MS

    def row_at(self, at_ms: int) -> int:
        return min(max(0, -(-(at_ms - START_MS) // ROW_MS) - 1), len(self))

    def bars(self, row: int, symbols: Sequence[str]) -> list[Bar]:
        return [self._bar(symbol, row) for symbol in symbols if self._has(symbol, row)]

    def finer(self, row: int, symbols: Sequence[str]) -> Mapping[str, Sequence[Bar]]:
        assert row < len(self)
        assert set(symbols) <= set(self._closes)
        return {}

    def marks(self, row: int, symbols: Sequence[str]) -> tuple[tuple[str, float], ...]:
        return tuple((symbol, self._mark(symbol, row)) for symbol in symbols)

    def next_signal(self, row: int) -> int:
        return self._next(row, {*self.candidates_at, *self.turns_at, *self.bulletin_at})

    def candidates(self, row: int) -> tuple[Candidate, ...]:
        return self.candidates_at.get(row, ())

    def turns(self, row: int) -> tuple[tuple[str, Regime], ...]:
        return self.turns_at.get(row, ())

    def bulletin(self, row: int) -> Bulletin | None:
        return self.bulletin_at.get(row)

    def funding(self, row: int) -> tuple[FundingRate, ...]:
        return self.funding_at.get(row, ())

    def next_funding(self, row: int) -> int:
        return self._next(row, set(self.funding_at))

    def first_exit(self, symbol: str, start: int, stop: int, low: float, high: float) -> int:
        self.asked.append((symbol, start, stop))
        for row in range(start, stop):
            if self._has(symbol, row):
                bar = self._bar(symbol, row)
                if bar.low <= low or bar.high >= high:
                    return row
        return stop

    def equity_over(
        self, exposure: Exposure, start: int, stop: int, band: tuple[float, float], fall: float
    ) -> Stretch:
        peak = high = 0.0
        for row in range(start, stop):
            equity = self._equity(exposure, row)
            peak = max(peak, equity)
            if equity <= band[0] or equity >= band[1] or equity <= peak * (1.0 - fall):
                return Stretch(row, high, self._passed(exposure, start, row))
            high = peak
        return Stretch(stop, high, self._passed(exposure, start, stop))

    def _equity(self, exposure: Exposure, row: int) -> float:
        return exposure.equity(dict(self.marks(row, self.symbols)))

    def _passed(self, exposure: Exposure, start: int, row: int) -> tuple[tuple[int, float], ...]:
        since_ms = self.time_ms(row - 1) - self.flash_ms
        return tuple(
            (self.time_ms(before), self._equity(exposure, before))
            for before in range(start, row)
            if self.time_ms(before) >= since_ms
        )

    def _has(self, symbol: str, row: int) -> bool:
        closes = self._closes[symbol]
        return row < len(closes) and not isnan(closes[row])

    def _bar(self, symbol: str, row: int) -> Bar:
        closed = self._closes[symbol][row]
        opened = self._mark(symbol, row - 1) if row else closed
        opened = closed if isnan(opened) else opened
        end = self.time_ms(row)
        low, high = min(opened, closed), max(opened, closed)
        return Bar(symbol, end - ROW_MS, end, opened, high, low, closed, 1e9)

    def _mark(self, symbol: str, row: int) -> float:
        return self._marks[symbol][row]

    def _next(self, row: int, rows: set[int]) -> int:
        return min((each for each in rows if each >= row), default=len(self))


def _carried_forward(closes: Sequence[float]) -> list[float]:
    marks = list(closes)
    for row in range(1, len(marks)):
        if isnan(marks[row]):
            marks[row] = marks[row - 1]
    return marks


_: type[Tape] = FakeTape
