"""The one feature definition: what a voter sees of a symbol, in bulk and bar by bar alike.

Rule 1: every feature is stationary (returns, ratios, positions), so that one model serves every
        symbol and price level.
Rule 2: row t uses rows up to t only. Means that never quite forget (Wilder, exponential) are
        given `WARM_UP_ROWS` to do so: after those, a longer past changes a value by less than
        what float32 resolves, so a live desk may keep a window of `2 * WARM_UP_ROWS` bars.
Rule 3: a bad bar or a gap starts the warm-up again. In warm-up, and where a value is not finite
        or beyond `VALUE_MAX`, the row has NaN: the voter abstains.
"""

import hashlib
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.features import indicators as ta
from adapters.features.labels import ROUND_TRIP_COST, triple_barrier
from application.ports.features import FeatureSource
from domain.market.bars import DAY_MS, BarColumns

WARM_UP_ROWS: Final = 300
VALUE_MAX: Final = 100.0
_VERSION: Final = 1
_RETURN_BARS: Final = (1, 3, 12, 48, 96)
_MEAN_BARS: Final = (20, 50, 200)
_CHANNEL_BARS: Final = (20, 96)
NAMES: Final = (
    *(f"return_{bars}" for bars in _RETURN_BARS),
    "volatility_level",
    "volatility_ratio",
    "atr_level",
    *(f"distance_sma_{bars}" for bars in _MEAN_BARS),
    "bollinger_20",
    "macd_histogram",
    "rsi_14",
    "adx_14",
    "direction_14",
    *(f"channel_{bars}" for bars in _CHANNEL_BARS),
    "volume_z_96",
    "body",
    "wicks",
    "range_atr",
    "hour_sine",
    "hour_cosine",
)

Floats = NDArray[np.float64]


class _Clean(NamedTuple):
    """Bars fit to compute with: bad rows carry the close before them, and are blanked later."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    since_fault: NDArray[np.int64]


class OhlcvFeatures:
    """Features of one symbol's bars, and the labels of what followed."""

    def __init__(self, round_trip_cost: float = ROUND_TRIP_COST) -> None:
        self._round_trip_cost = round_trip_cost

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns, in order."""
        return NAMES

    @property
    def schema_hash(self) -> str:
        """Return the sha-256 of names, windows and version."""
        schema = f"{_VERSION};{WARM_UP_ROWS};{VALUE_MAX};{','.join(NAMES)}"
        return hashlib.sha256(schema.encode()).hexdigest()

    def table(self, bars: BarColumns) -> NDArray[np.float32]:
        """Return rows x features (float32)."""
        columns = np.empty((len(NAMES), len(bars.close)), np.float32)
        if not len(bars.close):
            return columns.T
        clean = _cleaned(bars)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            values = _features(clean, bars)
            for row, name in enumerate(NAMES):
                columns[row] = values[name]
        columns[:, clean.since_fault < WARM_UP_ROWS] = np.nan
        columns[~(np.abs(columns) <= VALUE_MAX)] = np.nan
        return np.ascontiguousarray(columns.T)

    def labels(self, bars: BarColumns, horizon: int, barrier_atr: float) -> Floats:
        """Return what happened after each bar (see `labels`), NaN while not yet known."""
        clean = _cleaned(bars)
        out = triple_barrier(
            clean.high,
            clean.low,
            clean.close,
            horizon=horizon,
            barrier_atr=barrier_atr,
            round_trip_cost=self._round_trip_cost,
        )
        # A fault within the horizon shows `horizon` rows later as one not yet outlived.
        if len(out) > horizon:
            out[:-horizon][clean.since_fault[horizon:] < horizon] = np.nan
        return out


def _cleaned(bars: BarColumns) -> _Clean:
    """Return bars without faults, and for each the number of rows since the last one."""
    columns = (bars.open, bars.high, bars.low, bars.close)
    prices = [np.asarray(column, np.float64) for column in columns]
    volume = np.asarray(bars.volume, np.float64)
    good = (prices[1] >= prices[2]) & (volume >= 0) & np.isfinite(volume)
    for column in prices:
        good &= (column > 0) & np.isfinite(column)
    rows = np.arange(len(good))
    if not good.all():
        source = np.maximum.accumulate(np.where(good, rows, 0))
        carried = np.where(good[source], prices[3][source], 1.0)
        prices = [np.where(good, column, carried) for column in prices]
        volume = np.where(good, volume, 0.0)
    broken = ~good
    broken[:1] = True
    broken[1:] |= np.diff(np.asarray(bars.open_time, np.int64)) != bars.interval_ms
    since = rows - np.maximum.accumulate(np.where(broken, rows, 0))
    return _Clean(prices[0], prices[1], prices[2], prices[3], volume, since)


def _features(bars: _Clean, raw: BarColumns) -> dict[str, Floats]:
    """Return the columns by name, in the order of `NAMES`."""
    log_close = np.log(bars.close)
    change = np.diff(log_close, prepend=log_close[:1])
    squares = change * change
    long_vol = np.sqrt(ta.rolling_mean(squares, 96))
    short_vol = np.sqrt(ta.rolling_mean(squares, 12))
    atr = ta.atr(bars.high, bars.low, bars.close)
    strength = ta.directional(bars.high, bars.low)
    macd = ta.ema(bars.close, 12) - ta.ema(bars.close, 26)
    deviation = ta.rolling_std(log_close, 20)
    out = {
        f"return_{ahead}": (log_close - ta.shifted(log_close, ahead)) / (long_vol * ahead**0.5)
        for ahead in _RETURN_BARS
    }
    out["volatility_level"] = np.log(long_vol)
    out["volatility_ratio"] = np.log(short_vol / long_vol)
    out["atr_level"] = np.log(atr / bars.close)
    for length in _MEAN_BARS:
        mean = ta.rolling_mean(bars.close, length)
        out[f"distance_sma_{length}"] = (bars.close - mean) / atr
    out["bollinger_20"] = (log_close - ta.rolling_mean(log_close, 20)) / deviation
    out["macd_histogram"] = (macd - ta.ema(macd, 9)) / atr
    out["rsi_14"] = ta.rsi(bars.close) / 50 - 1
    out["adx_14"] = strength.adx / 100
    out["direction_14"] = strength.balance
    for length in _CHANNEL_BARS:
        top, bottom = ta.rolling_max(bars.high, length), ta.rolling_min(bars.low, length)
        out[f"channel_{length}"] = 2 * (bars.close - bottom) / (top - bottom) - 1
    return out | _of_the_bar(bars, atr) | _of_the_clock(raw)


def _of_the_bar(bars: _Clean, atr: Floats) -> dict[str, Floats]:
    """Return how unusual the volume is, and the shape of the candle."""
    log_volume = np.log1p(bars.volume)
    usual, spread = ta.rolling_mean(log_volume, 96), ta.rolling_std(log_volume, 96)
    span = bars.high - bars.low
    # A bar that did not move has no shape: all its parts are zero, not unknown.
    whole = np.where(span > 0, span, 1.0)
    return {
        "volume_z_96": np.where(spread > 0, (log_volume - usual) / spread, 0.0),
        "body": (bars.close - bars.open) / whole,
        "wicks": (bars.high + bars.low - bars.open - bars.close) / whole,
        "range_atr": span / atr,
    }


def _of_the_clock(bars: BarColumns) -> dict[str, Floats]:
    """Return the UTC time of day at which the bar closes, as a point on a circle."""
    closes = np.asarray(bars.open_time, np.int64) + bars.interval_ms
    angle = (closes % DAY_MS) * (2 * np.pi / DAY_MS)
    return {"hour_sine": np.sin(angle), "hour_cosine": np.cos(angle)}


_: type[FeatureSource] = OhlcvFeatures
