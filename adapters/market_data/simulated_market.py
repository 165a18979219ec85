"""A seeded market for a first run with no file and no network.

Symbols share one factor (see `simulated_factor`), each with its own beta, noise and jumps; volume
follows volatility, funding follows the recent trend. The same arguments give the same bytes. A
symbol's own noise is seeded by its name, so that others beside it change nothing.
"""

from typing import Final, NamedTuple
from zlib import crc32

import numpy as np

from adapters.bar_arrays import Floats, Ints
from adapters.market_data.columns import Rows, bar_columns
from adapters.market_data.simulated_factor import (
    JUMPS_HOUR,
    STEPS,
    VOLATILITY_HOUR,
    Factor,
    factor_path,
)
from application.errors import BadInput
from application.ports.market_history import History, MarketHistory
from domain.market.bars import DAY_MS, HOUR_MS, MINUTE_MS, BarColumns, FundingRate
from domain.shared.identity import is_symbol

DEFAULT_SYMBOLS: Final = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT")
DEFAULT_START_MS: Final = 1_735_689_600_000  # 2025-01-01, for no other reason than to be a date
DEFAULT_BARS: Final = 30 * 288
FUNDING_MS: Final = 8 * HOUR_MS

_FUNDING_BASE: Final = 0.0001
_FUNDING_TREND: Final = 0.004
_FUNDING_NOISE: Final = 0.00002
_FUNDING_MAX: Final = 0.003
_JUMP_OWN: Final = 0.006
_VOLUME_USD_HOUR: Final = 100_000_000.0
_VOLUME_VOLATILITY: Final = 1.2
_VOLUME_NOISE: Final = 0.35
_VOLUME_OF_DAY: Final = 0.3
# In a crash everything falls together: betas move this part of the way to one.
_STORM: Final = 2.5
_STORM_CONVERGENCE: Final = 0.6


class _Kind(NamedTuple):
    price: float
    decimals: int
    volume_decimals: int
    beta: float
    own: float
    turnover: float


# fmt: off
_KINDS: Final = {
    "BTCUSDT": _Kind(60_000.0, 1, 3, 1.00, 0.35, 10.0),
    "ETHUSDT": _Kind(3_000.0,  2, 3, 1.15, 0.50, 6.0),
    "SOLUSDT": _Kind(150.0,    2, 2, 1.40, 0.80, 2.5),
    "BNBUSDT": _Kind(600.0,    2, 2, 0.85, 0.50, 1.0),
    "XRPUSDT": _Kind(0.6,      4, 1, 1.20, 0.75, 1.5),
}
# fmt: on


class SimulatedMarket:
    """Simulates *bars* bars of each symbol from *start_ms* on.

    *crash_at* is the fraction of the bars after which the one crash begins, None for none.
    """

    def __init__(
        self,
        seed: int,
        symbols: tuple[str, ...] = DEFAULT_SYMBOLS,
        interval_ms: int = 5 * MINUTE_MS,
        start_ms: int = DEFAULT_START_MS,
        bars: int = DEFAULT_BARS,
        crash_at: float | None = 0.6,
    ) -> None:
        """Remember what to simulate. Raises `BadInput` for what cannot be."""
        problems = [
            f"symbol {symbol!r} is not spelt in 2 to 17 capitals and digits"
            for symbol in symbols
            if not is_symbol(symbol)
        ]
        checks = (
            (seed >= 0, f"seed {seed}: choose one from 0 on"),
            (bars >= 1, f"{bars} bars: simulate 1 or more"),
            (interval_ms >= MINUTE_MS, f"interval {interval_ms} ms: a minute at the least"),
            (start_ms % max(1, interval_ms) == 0, f"start {start_ms} ms: not on the bars' grid"),
            (crash_at is None or 0 <= crash_at < 1, f"crash at {crash_at}: choose within [0, 1)"),
        )
        problems += [text for holds, text in checks if not holds]
        if problems:
            raise BadInput(*problems)
        self._seed = seed
        self._symbols = tuple(dict.fromkeys(symbols))
        self._interval_ms = interval_ms
        self._start_ms = start_ms
        self._bars = bars
        self._crash_bar = None if crash_at is None else int(crash_at * bars)

    @property
    def crash_ms(self) -> int | None:
        """Return when the bar opens in which the crash begins, in UTC ms; None for no crash."""
        if self._crash_bar is None:
            return None
        return self._start_ms + self._crash_bar * self._interval_ms

    def load(self) -> History:
        """Return the whole history."""
        rng = np.random.default_rng([self._seed, 0])
        factor = factor_path(rng, self._bars, self._interval_ms, self._crash_bar)
        bars: dict[str, BarColumns] = {}
        funding: list[FundingRate] = []
        for symbol in self._symbols:
            own = np.random.default_rng([self._seed, 1 + crc32(symbol.encode())])
            bars[symbol] = self._simulated(own, symbol, factor)
            funding += _funding(own, bars[symbol])
        return History(bars, tuple(sorted(funding, key=lambda rate: (rate.at_ms, rate.symbol))))

    def _simulated(self, rng: np.random.Generator, symbol: str, factor: Factor) -> BarColumns:
        kind = _KINDS.get(symbol) or _any_kind(rng)
        steps = _own_steps(rng, kind, factor, self._interval_ms / HOUR_MS)
        prices = kind.price * np.exp(np.cumsum(steps.ravel())).reshape(steps.shape)
        # A price of no tick at all would be no price.
        prices = np.maximum(np.round(prices, kind.decimals), 10.0**-kind.decimals)
        close = prices[:, -1]
        opened = np.append(np.round(kind.price, kind.decimals), close[:-1])
        times = self._start_ms + np.arange(self._bars, dtype=np.int64) * self._interval_ms
        rows = Rows(
            times,
            opened,
            np.maximum(opened, prices.max(axis=1)),
            np.minimum(opened, prices.min(axis=1)),
            close,
            _volume(rng, kind, times, steps, close),
        )
        return bar_columns(symbol, self._interval_ms, rows)


def _any_kind(rng: np.random.Generator) -> _Kind:
    """Return the nature of a symbol that has no place in the table."""
    price = float(np.round(np.exp(rng.normal(2.0, 1.0)), 2)) + 0.5
    return _Kind(price, 4, 1, rng.uniform(0.8, 1.5), rng.uniform(0.5, 0.9), rng.uniform(0.3, 1.5))


def _own_steps(rng: np.random.Generator, kind: _Kind, factor: Factor, hours: float) -> Floats:
    """Return the symbol's log returns, bars x STEPS."""
    storm = np.clip(factor.volatility / _STORM, 0.0, 1.0) * _STORM_CONVERGENCE
    beta = kind.beta + (1.0 - kind.beta) * storm
    scale = kind.own * VOLATILITY_HOUR * np.sqrt(hours / STEPS)
    own = rng.standard_normal(factor.steps.shape) * (scale * np.sqrt(factor.volatility))[:, None]
    rows = np.flatnonzero(rng.random(len(own)) < JUMPS_HOUR * hours)
    own[rows, rng.integers(STEPS, size=len(rows))] += rng.standard_normal(len(rows)) * _JUMP_OWN
    steps: Floats = factor.steps * beta[:, None] + own
    return steps


def _volume(
    rng: np.random.Generator, kind: _Kind, times: Ints, steps: Floats, close: Floats
) -> Floats:
    """Return volumes in base asset: more where prices move more, and in the afternoon."""
    realised = np.sqrt((steps**2).sum(axis=1))
    usual = float(np.median(realised))
    activity = (realised / usual) ** _VOLUME_VOLATILITY if usual > 0 else np.ones(len(close))
    of_day = 1 + _VOLUME_OF_DAY * np.sin(2 * np.pi * ((times % DAY_MS) / DAY_MS - 0.375))
    noise = np.exp(rng.standard_normal(len(close)) * _VOLUME_NOISE)
    interval_hours = float(times[1] - times[0]) / HOUR_MS if len(times) > 1 else 1.0
    usd = _VOLUME_USD_HOUR * kind.turnover * interval_hours * activity * of_day * noise
    least = 10.0**-kind.volume_decimals
    volume: Floats = np.maximum(np.round(usd / close, kind.volume_decimals), least)
    return volume


def _funding(rng: np.random.Generator, bars: BarColumns) -> list[FundingRate]:
    """Return the settlements after the first bar up to the end, each from bars closed by then."""
    times, close = np.asarray(bars.open_time), np.asarray(bars.close)
    first, end = int(times[0]), int(times[-1]) + bars.interval_ms
    due = np.arange(first // FUNDING_MS * FUNDING_MS + FUNDING_MS, end + 1, FUNDING_MS)
    rows = np.searchsorted(times + bars.interval_ms, due, side="right") - 1
    known = rows >= 0
    due, rows = due[known], rows[known]
    trend = np.log(close[rows] / close[np.maximum(rows - DAY_MS // bars.interval_ms, 0)])
    rates = _FUNDING_BASE + _FUNDING_TREND * trend
    rates += rng.standard_normal(len(due)) * _FUNDING_NOISE
    rates = np.round(np.clip(rates, -_FUNDING_MAX, _FUNDING_MAX), 8)
    return [
        FundingRate(bars.symbol, at_ms, rate)
        for at_ms, rate in zip(due.tolist(), rates.tolist(), strict=True)
    ]


_: type[MarketHistory] = SimulatedMarket
