"""Risk measures of all symbols together: scenarios, correlations and betas of recent hours.

Rule 1: an hour is [k, k + 1) hours since the epoch, UTC. Its return is that of the mark from the
        end of the hour before to its own end. A mark is the last close; it is carried over hours
        without a bar, `CARRIED_MAX` of them at most. An hour without a bar, or whose last bar
        cannot be, has no return: the move over a gap belongs to the first hour after it.
Rule 2: what is said at a time is made of the hours that have ended by then, and of nothing else.
Rule 3: too little is nothing: a symbol, a pair without enough hours is left out, so unknown.
Rule 4: of bars coarser than an hour, the bar's own interval takes the place of the hour in all
        of this. Whoever reads scenarios scales an hour to a day by sqrt(24), so the returns of
        such an interval are divided by the root of its hours.

Scenarios are simple returns; correlations and betas are of log returns.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from adapters.bar_arrays import Floats, Ints, arrays, impossible
from application.ports.analyst import RiskAnalyst, RiskSurvey
from domain.market.bars import HOUR_MS, BarColumns
from domain.market.messages import Measures

WINDOW_HOURS: Final = 30 * 24
SCENARIO_HOURS: Final = 240  # the 99th percentile of fewer would be a guess
# One in twenty may be missing from the scenarios, and counts as an hour in which nothing moved.
CARRIED_MAX: Final = SCENARIO_HOURS // 20
SCENARIOS_MIN: Final = SCENARIO_HOURS - CARRIED_MAX
SAMPLES_MIN: Final = 100
# Correlations lean towards the mean of all as if that had been seen in so many hours more: by
# 1/3 at 100 common hours, by 1/15 at 720. After Ledoit and Wolf's constant-correlation target.
PRIOR_HOURS: Final = 50
# The last bits of a sum of products depend on the machine; these decimals do not.
DECIMALS: Final = 6
_FLAT: Final = 1e-12  # of the mean square: a variance below this is rounding alone


class HourlyRisk:
    """Surveys whole markets. What a survey says of a time does not depend on what follows it."""

    def survey(self, bars: Mapping[str, BarColumns]) -> RiskSurvey:
        """Return the survey of *bars*, which are keyed by symbol."""
        return HourlySurvey(bars)


class HourlySurvey:
    """The hourly returns of a market, and what they say at any time of it.

    All is laid out beforehand, a row a symbol and a column an hour, so that a day costs little.
    """

    def __init__(self, bars: Mapping[str, BarColumns]) -> None:
        """Lay the returns of *bars* out, hour by hour; symbols without a bar are left out."""
        own = [bars[symbol] for symbol in sorted(bars) if len(bars[symbol].open_time)]
        self._symbols = tuple(each.symbol for each in own)
        self._unit_ms = max([HOUR_MS, *(each.interval_ms for each in own)])
        self._ends = _hour_ends(own, self._unit_ms)
        shape = (len(own), len(self._ends))
        self._returns: Floats = np.zeros(shape)
        for row, each in enumerate(own):
            self._returns[row] = _returns(each, self._ends, self._unit_ms)
        known = ~np.isnan(self._returns)
        self._returns[~known] = 0.0
        self._known = known.astype(np.float64)
        self._counts: Ints = np.zeros((shape[0], shape[1] + 1), np.int64)
        np.cumsum(known, axis=1, out=self._counts[:, 1:])
        market = self._returns.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        self._powers = np.array([np.ones(shape[1]), market, market**2])

    @property
    def ready_ms(self) -> Sequence[int]:
        """Return the ends of the hours at which a beta or the scenarios of a symbol are new."""
        ready = set()
        for hours, least in ((WINDOW_HOURS, SAMPLES_MIN), (SCENARIO_HOURS, SCENARIOS_MIN)):
            for total in self._counts:
                enough = total[hours:] - total[:-hours] >= least
                if enough.any():
                    ready.add(int(self._ends[hours - 1 + int(enough.argmax())]))
        return sorted(ready)

    def measures(self, at_ms: int) -> Measures:
        """Return the measures from the hours ended at or before *at_ms*, a time of the market."""
        stop = int(self._ends.searchsorted(at_ms, side="right"))
        if stop < WINDOW_HOURS:
            return Measures(at_ms, (), (), ())
        window = slice(stop - WINDOW_HOURS, stop)
        return Measures(at_ms, self._scenarios(stop), self._pairs(window), self._betas(window))

    def _scenarios(self, stop: int) -> tuple[tuple[str, tuple[float, ...]], ...]:
        start, scale = stop - SCENARIO_HOURS, (self._unit_ms / HOUR_MS) ** 0.5
        moves = (np.expm1(self._returns[:, start:stop]) / scale).tolist()
        hours = (self._counts[:, stop] - self._counts[:, start]).tolist()
        return tuple(
            (symbol, tuple(moved))
            for symbol, moved, count in zip(self._symbols, moves, hours, strict=True)
            if count >= SCENARIOS_MIN
        )

    def _pairs(self, window: slice) -> tuple[tuple[str, str, float], ...]:
        if len(self._symbols) == 1:
            return ()
        first, second = np.triu_indices(len(self._symbols), 1)
        found = correlated(self._returns[:, window], self._known[:, window])
        correlations, hours = (each[first, second] for each in found)
        kept = np.flatnonzero((hours >= SAMPLES_MIN) & ~np.isnan(correlations))
        leaning = shrunk(correlations[kept], hours[kept]).tolist()
        pairs = zip(first[kept].tolist(), second[kept].tolist(), leaning, strict=True)
        names = self._symbols
        return tuple((names[one], names[other], value) for one, other, value in pairs)

    def _betas(self, window: slice) -> tuple[tuple[str, float], ...]:
        """Return the betas, each over the hours known of its symbol."""
        powers = self._powers[:, window]
        hours, mean, square = powers @ self._known[:, window].T
        own, product = powers[:2] @ self._returns[:, window].T
        # All of these are sums over the hours; so `spread` is variance times hours squared.
        spread = square * hours - mean * mean
        moved = (hours >= SAMPLES_MIN) & (spread > _FLAT * square * hours)
        spread[~moved] = np.nan
        betas = np.round((product * hours - own * mean) / spread, DECIMALS).tolist()
        known = zip(self._symbols, moved.tolist(), betas, strict=True)
        return tuple((symbol, beta) for symbol, told, beta in known if told)


def correlated(returns: Floats, known: Floats) -> tuple[Floats, Floats]:
    """Return Pearson's correlation of each two rows over the hours known of both, and how many.

    *known* is 1 where a return is, else 0, where *returns* must be 0 too. NaN where one of the two
    did not move.
    """
    hours = known @ known.T
    samples = np.maximum(hours, 1.0)
    mean = returns @ known.T / samples
    square = returns**2 @ known.T / samples
    variance = square - mean**2
    variance[variance <= _FLAT * square] = np.nan
    covariance = returns @ returns.T / samples - mean * mean.T
    return covariance / np.sqrt(variance * variance.T), hours


def shrunk(correlations: Floats, hours: Floats) -> Floats:
    """Return *correlations*, each seen in so many *hours*, drawn towards the mean of all."""
    if not len(correlations):
        return correlations
    prior = PRIOR_HOURS * float(correlations.mean())
    drawn = (hours * correlations + prior) / (hours + PRIOR_HOURS)
    return np.clip(np.round(drawn, DECIMALS), -1.0, 1.0)


def _hour_ends(bars: Sequence[BarColumns], unit_ms: int) -> Ints:
    """Return the ends of all hours of *bars*, and of as many before them as a window holds."""
    if not bars:
        return np.empty(0, np.int64)
    first = min(int(each.open_time[0]) for each in bars) // unit_ms
    last = max(int(each.open_time[-1]) + each.interval_ms for each in bars) // unit_ms
    return np.arange(first - WINDOW_HOURS + 1, last + 1, dtype=np.int64) * unit_ms


def _returns(bars: BarColumns, ends: Ints, unit_ms: int) -> Floats:
    """Return the log return of each hour, NaN where there is none."""
    opened = np.asarray(bars.open_time, np.int64)
    last = np.searchsorted(opened, ends - bars.interval_ms, side="right") - 1
    at = np.maximum(last, 0)
    prices = arrays(*(np.asarray(column)[at] for column in bars[3:]))
    fresh = (last >= 0) & (ends - opened[at] - bars.interval_ms < unit_ms)
    fresh &= impossible(*prices) == 0
    hours = np.arange(len(ends))
    marked = np.maximum.accumulate(np.where(fresh, hours, -1))
    before = np.concatenate([[-1], marked[:-1]])
    moved = fresh & (before >= 0) & (hours - 1 - before <= CARRIED_MAX)
    close = prices[3]
    returns = np.full(len(ends), np.nan)
    returns[moved] = np.log(close[moved] / close[before[moved]])
    return returns


_: type[RiskAnalyst] = HourlyRisk
