"""The core features: what a symbol's own bars say of it. Finite windows throughout."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.features import finite
from adapters.features import indicators as ta
from domain.market.bars import DAY_MS, BarColumns

RETURN_BARS: Final = (1, 3, 12, 48, 96)
MEAN_BARS: Final = (20, 50, 200)
CHANNEL_BARS: Final = (20, 96)
_WEEK_MS: Final = 7 * DAY_MS
CORE: Final = (
    *(f"return_{bars}" for bars in RETURN_BARS),
    "volatility_level",
    "volatility_ratio",
    "range_volatility_20",
    "downside_96",
    "skew_96",
    "atr_level",
    *(f"distance_sma_{bars}" for bars in MEAN_BARS),
    "bollinger_20",
    "zscore_96",
    "macd_histogram",
    "rsi_14",
    "adx_14",
    "direction_14",
    *(f"channel_{bars}" for bars in CHANNEL_BARS),
    "efficiency_20",
    "memory_20",
    "volume_z_96",
    "volume_ratio_12",
    "signed_volume_20",
    "money_flow_20",
    "illiquidity_20",
    "body",
    "wicks",
    "range_atr",
    "hour_sine",
    "hour_cosine",
    "week_sine",
    "week_cosine",
)

Floats = NDArray[np.float64]


class Clean(NamedTuple):
    """Bars fit to compute with: bad rows carry the close before them, and are blanked later."""

    open_time: NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    since_fault: NDArray[np.int64]

    def part(self, rows: slice) -> "Clean":
        """Return some rows."""
        prices = (self.open[rows], self.high[rows], self.low[rows], self.close[rows])
        return Clean(self.open_time[rows], *prices, self.volume[rows], self.since_fault[rows])


def cleaned(bars: BarColumns) -> Clean:
    """Return bars without faults, and for each the number of rows since the last one."""
    columns = (bars.open, bars.high, bars.low, bars.close)
    prices = [np.asarray(column, np.float64) for column in columns]
    volume = np.asarray(bars.volume, np.float64)
    times = np.asarray(bars.open_time, np.int64)
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
    broken[1:] |= np.diff(times) != bars.interval_ms
    since = rows - np.maximum.accumulate(np.where(broken, rows, 0))
    return Clean(times, prices[0], prices[1], prices[2], prices[3], volume, since)


def core_features(bars: Clean, interval_ms: int) -> dict[str, Floats]:
    """Return the columns of `CORE` by name."""
    log_close = np.log(bars.close)
    change = np.diff(log_close, prepend=log_close[:1])
    atr = finite.atr(bars.high, bars.low, bars.close)
    return (
        _of_returns(bars, log_close, change)
        | _of_trend(bars, log_close, change, atr)
        | _of_volume(bars, change)
        | _of_the_bar(bars, atr)
        | _of_the_clock(bars.open_time + interval_ms)
    )


def _of_returns(bars: Clean, log_close: Floats, change: Floats) -> dict[str, Floats]:
    """Return moves in units of their usual size, and how that size behaves."""
    squares = change * change
    variance = ta.rolling_mean(squares, 96)
    long_vol = np.sqrt(variance)
    short_vol = np.sqrt(ta.rolling_mean(squares, 12))
    span = np.log(bars.high / bars.low)
    # Parkinson: the range of a driftless walk is so much wider than its step.
    ranged = np.sqrt(ta.rolling_mean(span * span, 20) / (4 * np.log(2)))
    out = {
        f"return_{ahead}": (log_close - ta.shifted(log_close, ahead)) / (long_vol * ahead**0.5)
        for ahead in RETURN_BARS
    }
    out["volatility_level"] = np.log(long_vol)
    out["volatility_ratio"] = np.log(short_vol / long_vol)
    out["range_volatility_20"] = ranged / long_vol
    out["downside_96"] = ta.rolling_mean(np.where(change < 0, squares, 0.0), 96) / variance
    out["skew_96"] = ta.rolling_mean(squares * change, 96) / (variance * long_vol)
    return out


def _of_trend(bars: Clean, log_close: Floats, change: Floats, atr: Floats) -> dict[str, Floats]:
    """Return where the price stands against its past, and how straight its way was."""
    strength = finite.directional(bars.high, bars.low)
    macd = finite.ema(bars.close, 12) - finite.ema(bars.close, 26)
    out = {"atr_level": np.log(atr / bars.close)}
    for length in MEAN_BARS:
        out[f"distance_sma_{length}"] = (bars.close - ta.rolling_mean(bars.close, length)) / atr
    for name, length in (("bollinger_20", 20), ("zscore_96", 96)):
        out[name] = finite.share(
            log_close - ta.rolling_mean(log_close, length), ta.rolling_std(log_close, length), 0.0
        )
    out["macd_histogram"] = (macd - finite.ema(macd, 9)) / atr
    out["rsi_14"] = finite.rsi(np.diff(bars.close, prepend=bars.close[:1]))
    out["adx_14"] = strength.adx
    out["direction_14"] = strength.balance
    for length in CHANNEL_BARS:
        top, bottom = ta.rolling_max(bars.high, length), ta.rolling_min(bars.low, length)
        out[f"channel_{length}"] = 2 * finite.share(bars.close - bottom, top - bottom, 0.5) - 1
    way = ta.rolling_sum(np.abs(change), 20)
    out["efficiency_20"] = finite.share(ta.rolling_sum(change, 20), way, 0.0)
    products = change * ta.shifted(change, 1)
    out["memory_20"] = finite.share(
        ta.rolling_mean(products, 20), ta.rolling_mean(change * change, 20), 0.0
    )
    return out


def _of_volume(bars: Clean, change: Floats) -> dict[str, Floats]:
    """Return how unusual the volume is, whose it was, and how far it moved the price."""
    log_volume = np.log1p(bars.volume)
    usual, spread = ta.rolling_mean(log_volume, 96), ta.rolling_std(log_volume, 96)
    recent = ta.rolling_sum(bars.volume, 20)
    place = finite.share(2 * bars.close - bars.high - bars.low, bars.high - bars.low, 0.0)
    # Amihud: the move a unit of volume made; against its own usual, as units differ by symbol.
    cost = finite.share(np.abs(change), bars.volume, 0.0)
    ratio = finite.share(ta.rolling_mean(cost, 20), ta.rolling_mean(cost, 96), 1.0)
    volumes = finite.share(ta.rolling_mean(bars.volume, 12), ta.rolling_mean(bars.volume, 96), 1.0)
    return {
        "volume_z_96": np.where(spread > 0, (log_volume - usual) / spread, 0.0),
        "volume_ratio_12": np.log1p(volumes),
        "signed_volume_20": finite.share(
            ta.rolling_sum(np.sign(change) * bars.volume, 20), recent, 0.0
        ),
        "money_flow_20": finite.share(ta.rolling_sum(place * bars.volume, 20), recent, 0.0),
        "illiquidity_20": np.log1p(ratio),
    }


def _of_the_bar(bars: Clean, atr: Floats) -> dict[str, Floats]:
    """Return the shape of the candle."""
    span = bars.high - bars.low
    # A bar that did not move has no shape: all its parts are zero, not unknown.
    whole = np.where(span > 0, span, 1.0)
    return {
        "body": (bars.close - bars.open) / whole,
        "wicks": (bars.high + bars.low - bars.open - bars.close) / whole,
        "range_atr": span / atr,
    }


def _of_the_clock(closes: NDArray[np.int64]) -> dict[str, Floats]:
    """Return the UTC time of day and of week at which the bar closes, as points on circles."""
    day = (closes % DAY_MS) * (2 * np.pi / DAY_MS)
    week = (closes % _WEEK_MS) * (2 * np.pi / _WEEK_MS)
    return {
        "hour_sine": np.sin(day),
        "hour_cosine": np.cos(day),
        "week_sine": np.sin(week),
        "week_cosine": np.cos(week),
    }
