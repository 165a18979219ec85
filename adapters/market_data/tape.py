"""The tape over columns: market, analytics and votes of a whole history, ready to be played.

All that can be known without the desk is computed for all rows at once, messages row by row.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Final

import numpy as np

from adapters.bar_arrays import Floats, Ints
from adapters.market_data.bulletins import Bulletins
from adapters.market_data.equity import path_of, stretch_of
from adapters.market_data.finer import FinerBars
from adapters.market_data.grid import Grid
from adapters.market_data.layout import (
    FAULTS,
    REGIMES,
    Goes,
    Voter,
    adopted,
    carried_forward,
    funding_by_row,
    laid_out,
    level_at,
    signal_rows,
    turned_rows,
    wanted_rows,
)
from application.ports.analyst import AnalyticsColumns, RiskAnalyst
from application.ports.market_history import History
from application.ports.matching import NO_FINER
from application.ports.tape import Stretch
from domain.ai.prediction import Prediction
from domain.decision.messages import Candidate
from domain.governance.policy import Policy
from domain.market.bars import MINUTE_MS, Bar, FundingRate
from domain.market.instrument import Instrument
from domain.market.messages import Bulletin, Quote, Regime
from domain.portfolio.book import Exposure
from domain.shared.amounts import decimal_of
from domain.shared.enums import Action, RunMode

_ACTIONS: Final = {1: Action.BUY, -1: Action.SELL, 0: Action.HOLD, 2: Action.FLAT}


class MarketTape:
    """Satisfies `Tape`. Spread is the venue's own, as a fraction of the price.

    *policy* says what a jolt, a stale feed and the flash window are; without *risk* there are no
    risk measures in the news.
    """

    def __init__(
        self,
        history: History,
        analytics: Mapping[str, AnalyticsColumns],
        voters: Sequence[Voter],
        instruments: Mapping[str, Instrument],
        source: RunMode,
        spread_fraction: float,
        policy: Policy | None = None,
        risk: RiskAnalyst | None = None,
    ) -> None:
        """Lay everything out on one grid."""
        self._grid = Grid(history.bars)
        self._bars = history.bars
        self._finer = FinerBars(history.finer) if history.finer else None
        self._instruments = instruments
        self._source = source
        self._spread = spread_fraction
        self._index = {symbol: at for at, symbol in enumerate(self._grid.symbols)}
        self._marks = tuple(carried_forward(column) for column in self._grid.close)
        self._mark_views = tuple(column.data for column in self._marks)
        self._of = tuple(
            laid_out(self._grid, at, analytics[symbol], voters, symbol)
            for symbol, at in self._index.items()
        )
        self._wanted = tuple(wanted_rows(one.votes, len(self._grid)) for one in self._of)
        self._turned = tuple(turned_rows(one.regime) for one in self._of)
        self._funding = funding_by_row(history.funding, self._grid, self._index)
        self._funding_rows = sorted(self._funding)
        ruling = policy or Policy()
        self._flash_ms = ruling.flash_minutes * MINUTE_MS
        self._news = Bulletins(
            self._grid,
            history,
            [one.fault for one in self._of],
            self._funding,
            instruments,
            ruling,
            risk.survey(history.bars) if risk is not None else None,
        )
        self._signals = signal_rows((*self._wanted, *self._turned), self._news.rows)
        self._times: memoryview = self._grid.times.data

    def adopt(self, voter: Voter, from_row: int, goes: Goes | None = None) -> None:
        """Let *voter* speak from *from_row* on where *goes* (by symbol and close; None: always)."""
        for symbol, at in self._index.items():
            fresh = adopted(self._grid, at, self._of[at], symbol, (voter, from_row, goes))
            self._of = (*self._of[:at], fresh, *self._of[at + 1 :])
        self._wanted = tuple(wanted_rows(one.votes, len(self._grid)) for one in self._of)
        self._signals = signal_rows((*self._wanted, *self._turned), self._news.rows)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols, sorted."""
        return self._grid.symbols

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._grid)

    def time_ms(self, row: int) -> int:
        """Return when the bars of *row* close."""
        return int(self._times[row])

    def row_at(self, at_ms: int) -> int:
        """Return the first row that closes at or after *at_ms*."""
        return bisect_left(self._times, at_ms)

    def bars(self, row: int, symbols: Sequence[str]) -> list[Bar]:
        """Return the bars of *row*, of those of *symbols* that have one."""
        grid, close_ms, bars = self._grid, int(self._times[row]), []
        for symbol, at in ((symbol, self._index[symbol]) for symbol in symbols):
            if grid.present[at][row]:
                bars.append(
                    Bar(
                        symbol,
                        close_ms - self._bars[symbol].interval_ms,
                        close_ms,
                        float(grid.open[at][row]),
                        float(grid.high[at][row]),
                        float(grid.low[at][row]),
                        float(grid.close[at][row]),
                        float(grid.volume[at][row]),
                    )
                )
        return bars

    def finer(self, row: int, symbols: Sequence[str]) -> Mapping[str, Sequence[Bar]]:
        """Return the finer bars within *row*, oldest first, of those of *symbols* that have any."""
        if self._finer is None:
            return NO_FINER
        close_ms = int(self._times[row])
        opens = {
            symbol: close_ms - self._bars[symbol].interval_ms
            for symbol in symbols
            if self._grid.present[self._index[symbol]][row]
        }
        return self._finer.within(symbols, opens, close_ms)

    def marks(self, row: int, symbols: Sequence[str]) -> tuple[tuple[str, float], ...]:
        """Return the mark of each of *symbols* at the close of *row*."""
        index, views = self._index, self._mark_views
        return tuple((symbol, views[index[symbol]][row]) for symbol in symbols)

    def next_signal(self, row: int) -> int:
        """Return the first row at or after *row* with a candidate, a turn of regime or news."""
        at = bisect_left(self._signals, row)
        return self._signals[at] if at < len(self._signals) else len(self._grid)

    def candidates(self, row: int) -> tuple[Candidate, ...]:
        """Return the symbols that a voter has something to say about at *row*, sorted."""
        return tuple(
            self._candidate(symbol, at, row)
            for symbol, at in self._index.items()
            if self._wanted[at][row]
        )

    def _candidate(self, symbol: str, at: int, row: int) -> Candidate:
        one, tick = self._of[at], self._instruments[symbol].tick
        quote = Quote(
            symbol,
            decimal_of(self._mark_views[at][row], tick),
            float(one.atr_fraction[row]),
            REGIMES[one.regime[row]],
            self._spread,
            FAULTS[one.fault[row]],
            self._source,
            self._depth(at, row),
        )
        votes, stop, target = [], None, None
        for model, fallback, action, confidence, stops, targets in one.votes:
            sure = float(confidence[row])
            if isnan(sure):
                continue
            votes.append(Prediction(model, _ACTIONS[int(action[row])], sure, fallback))
            stop = level_at(stops, row, tick) if stop is None else stop
            target = level_at(targets, row, tick) if target is None else target
        return Candidate(quote, tuple(votes), stop, target)

    def _depth(self, at: int, row: int) -> float:
        """Return what the bar of *row* traded in USD; 0 where there is none."""
        traded = float(self._grid.volume[at][row] * self._mark_views[at][row])
        return traded if self._grid.present[at][row] and traded > 0.0 else 0.0

    def turns(self, row: int) -> tuple[tuple[str, Regime], ...]:
        """Return the confirmed changes of regime at *row*."""
        return tuple(
            (symbol, REGIMES[self._of[at].regime[row]])
            for symbol, at in self._index.items()
            if self._turned[at][row]
        )

    def bulletin(self, row: int) -> Bulletin | None:
        """Return what analytics have to tell at the close of *row*, None when there is nothing."""
        return self._news.at(row)

    def funding(self, row: int) -> tuple[FundingRate, ...]:
        """Return the funding that settles while the bars of *row* are forming."""
        return self._funding.get(row, ())

    def next_funding(self, row: int) -> int:
        """Return the first row at or after *row* with funding."""
        at = bisect_left(self._funding_rows, row)
        return self._funding_rows[at] if at < len(self._funding_rows) else len(self._grid)

    def first_exit(self, symbol: str, start: int, stop: int, low: float, high: float) -> int:
        """Return the first row whose bar of *symbol* is not strictly inside, or *stop*."""
        return self._grid.first_exit(self._index[symbol], start, stop, low, high)

    def equity_over(
        self, exposure: Exposure, start: int, stop: int, band: tuple[float, float], fall: float
    ) -> Stretch:
        """Return what equity does over [start, stop); see `Tape`."""
        if start >= stop:
            return Stretch(stop, 0.0)
        path, times = self._path(exposure, start, stop), self._grid.times
        return stretch_of(path, times, start, band, fall, self._flash_ms)

    def _path(self, exposure: Exposure, start: int, stop: int) -> Floats:
        marks = {symbol: self._marks[self._index[symbol]] for symbol, _ in exposure.held}
        return path_of(exposure, marks, start, stop)

    def bars_until(self, rows: int) -> int:
        """Return how many bars the first *rows* rows hold, over all symbols."""
        return sum(int(present[:rows].sum()) for present in self._grid.present)

    def equity_curve(self, changes: Sequence[tuple[int, Exposure]]) -> tuple[Ints, Floats]:
        """Return times and equity at every close, given each exposure and the time it began."""
        curve = np.zeros(len(self._grid))
        rows = [self.row_at(at_ms) for at_ms, _ in changes]
        for at, (_, exposure) in enumerate(changes):
            stop = rows[at + 1] if at + 1 < len(rows) else len(curve)
            if rows[at] < stop:
                curve[rows[at] : stop] = self._path(exposure, rows[at], stop)
        return self._grid.times, curve
