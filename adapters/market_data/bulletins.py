"""Bulletins: what is news of a market beside its prices, found for all rows at once.

Row t is told nothing that was not known at its close, but for one thing that takes the whole
history: a symbol that is settled nowhere in it has no funding to pay, and row 0 says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np

from adapters.bar_arrays import Codes, Ints
from adapters.market_data.feeds import feed_turns
from adapters.market_data.grid import Grid
from adapters.market_data.jolts import jolted
from application.ports.analyst import RiskSurvey
from application.ports.market_history import History
from domain.governance.policy import Policy
from domain.market.bars import DAY_MS, HOUR_MS, MINUTE_MS, FundingRate
from domain.market.instrument import Instrument
from domain.market.messages import Bulletin, Jolt, PredictedFunding

FOREVER_MS: Final = 1 << 62
# How many settlements the last rate is believed for.
_SETTLEMENTS: Final = 2
News = TypeVar("News")


class Bulletins:
    """The news of every row."""

    def __init__(
        self,
        grid: Grid,
        history: History,
        faults: Sequence[Codes],
        funding: Mapping[int, tuple[FundingRate, ...]],
        instruments: Mapping[str, Instrument],
        policy: Policy,
        survey: RiskSurvey | None,
    ) -> None:
        """Find the news; without a *survey* no measures are told.

        *faults* has a column for each symbol of *grid*; *funding* is what settles in each row.
        """
        funded = {rate.symbol for rate in history.funding}
        unpaid = [symbol for symbol in grid.symbols if symbol not in funded]
        own = [history.bars[symbol].interval_ms for symbol in grid.symbols]
        windows = [max(policy.flash_minutes * MINUTE_MS, each) for each in own]
        limits = [max(policy.feed_stale_minutes * MINUTE_MS, each) for each in own]
        self._times = grid.times
        self._survey = survey
        self._measured = _measured(grid.times, () if survey is None else survey.ready_ms)
        self._funding = _by_row(_predictions(grid.times, unpaid, funding, instruments))
        self._jolts = _by_row(
            news
            for at, window_ms in enumerate(windows)
            for news in _jolts_of(grid, at, faults[at], window_ms, policy.flash_move)
        )
        self._feeds = _by_row(
            news
            for symbol, rows, limit_ms in zip(grid.symbols, grid.rows, limits, strict=True)
            for news in feed_turns(symbol, grid.times, rows, limit_ms).items()
        )
        self._rows = {*self._funding, *self._jolts, *self._feeds, *self._measured}

    @property
    def rows(self) -> list[int]:
        """Return the rows that have news, sorted."""
        return sorted(self._rows)

    def at(self, row: int) -> Bulletin | None:
        """Return the news of *row*, None when there is none."""
        if row not in self._rows:
            return None
        measures = None
        if self._survey is not None and row in self._measured:
            measures = self._survey.measures(int(self._times[row]))
        return Bulletin(
            self._funding.get(row, ()), self._jolts.get(row, ()), self._feeds.get(row, ()), measures
        )


def _by_row(news: Iterable[tuple[int, News]]) -> dict[int, tuple[News, ...]]:
    found: dict[int, tuple[News, ...]] = {}
    for row, one in news:
        found[row] = (*found.get(row, ()), one)
    return found


def _predictions(
    times: Ints,
    unpaid: Sequence[str],
    funding: Mapping[int, tuple[FundingRate, ...]],
    instruments: Mapping[str, Instrument],
) -> Iterator[tuple[int, PredictedFunding]]:
    """Yield, by row, that the rate settled last is expected next, until that is too long ago."""
    if len(times):
        for symbol in unpaid:
            yield 0, PredictedFunding(symbol, 0.0, FOREVER_MS)
    for row, rates in funding.items():
        last = {rate.symbol: rate for rate in sorted(rates, key=lambda each: each.at_ms)}
        for symbol, rate in sorted(last.items()):
            until_ms = rate.at_ms + _believed_ms(instruments[symbol])
            if until_ms > times[row]:
                yield row, PredictedFunding(symbol, rate.rate, until_ms)


def _believed_ms(instrument: Instrument) -> int:
    return _SETTLEMENTS * instrument.funding_interval_hours * HOUR_MS


def _jolts_of(
    grid: Grid, at: int, fault: Codes, window_ms: int, move: float
) -> Iterator[tuple[int, Jolt]]:
    rows, symbol = grid.rows[at], grid.symbols[at]
    times, close = grid.times, grid.close[at]
    if len(rows) < len(times):
        times, close, fault = times[rows], close[rows], fault[rows]
    found = jolted(times, close, fault, window_ms, move)
    for row, fall, rise in zip(*(column.tolist() for column in found), strict=True):
        yield int(rows[row]), Jolt(symbol, fall, rise)


def _measured(times: Ints, ready_ms: Sequence[int]) -> frozenset[int]:
    """Return the first rows at which a measure is known, and from then on that of each UTC day."""
    if not ready_ms:
        return frozenset()
    first_day = ready_ms[0] // DAY_MS + 1
    days = np.arange(first_day, int(times[-1]) // DAY_MS + 1, dtype=np.int64) * DAY_MS
    return frozenset(np.searchsorted(times, np.append(days, ready_ms)).tolist())
