"""A market made to order, and voters who say their lines.

The market is quiet for as long as averages take to warm up; then, at noon, the story begins. Bars
are of five minutes. What a seed may vary (levels, ranges, noise) comes in as numbers.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.market_data.layout import Voter
from application.ports.predictor import VoteColumns
from domain.market.bars import DAY_MS, HOUR_MS, MINUTE_MS, BarColumns

Floats = NDArray[np.float64]

INTERVAL_MS: Final = 5 * MINUTE_MS
NOON_MS: Final = 19_603 * DAY_MS + 12 * HOUR_MS
WARM_BARS: Final = 60 * HOUR_MS // INTERVAL_MS
# So long until correlations are known (a hundred hours) and a day more.
WARM_BARS_CORRELATED: Final = 126 * HOUR_MS // INTERVAL_MS
BARS_AN_HOUR: Final = HOUR_MS // INTERVAL_MS

BUY, SELL, HOLD, FLAT = 1, -1, 0, 2
BTC: Final = "BTCUSDT"
ETH: Final = "ETHUSDT"
SOL: Final = "SOLUSDT"
# Where prices of these symbols may lie, in USD.
LEVELS: Final[Mapping[str, tuple[float, float]]] = {
    BTC: (30_000.0, 90_000.0),
    ETH: (1_500.0, 4_500.0),
    SOL: (80.0, 250.0),
}
_OTHER_LEVELS: Final = (20.0, 500.0)
_VOLUME_USD: Final = 2e8


class Line(NamedTuple):
    """What one voter says of a symbol at the close of a bar of the story."""

    bar: int
    symbol: str
    action: int
    confidence: float


class Look(NamedTuple):
    """What a market looks like. `hourly_range` and `noise` as fractions of the price.

    Every bar spans *hourly_range* of its price around the way from its open to its close; closes
    lie off the story by `noise` (a standard deviation). `volume_usd` trades in a bar.
    """

    price: float
    hourly_range: float
    noise: float = 0.0
    volume_usd: float = _VOLUME_USD


def level_of(symbol: str, dice: Random) -> float:
    """Return a price level for *symbol*, in USD."""
    return round(dice.uniform(*LEVELS.get(symbol, _OTHER_LEVELS)), 2)


def market_of(
    symbol: str, story: Sequence[float], look: Look, dice: Random, warm: int = WARM_BARS
) -> BarColumns:
    """Return *warm* quiet bars, then the closes of *story* (factors of the price of *look*)."""
    factors = np.concatenate([np.ones(warm), np.asarray(story, np.float64)])
    return along(symbol, factors, look, dice, warm)


def along(
    symbol: str, factors: Floats, look: Look, dice: Random, warm: int = WARM_BARS
) -> BarColumns:
    """Return bars whose closes are *factors* of the price of *look*; *warm* of them before noon."""
    noise = np.random.default_rng(dice.getrandbits(64)).normal(0.0, look.noise, len(factors))
    close = np.round(look.price * factors * (1.0 + noise), 2)
    opened = np.concatenate([close[:1], close[:-1]])
    away = look.hourly_range / 2
    high = np.round(np.maximum(opened, close) * (1 + away), 2)
    low = np.round(np.minimum(opened, close) * (1 - away), 2)
    times = NOON_MS + (np.arange(len(close), dtype=np.int64) - warm) * INTERVAL_MS
    volume = np.round(look.volume_usd / close, 3)
    return BarColumns(symbol, INTERVAL_MS, times, opened, high, low, close, volume)


def gapped(columns: BarColumns, row: int) -> BarColumns:
    """Return *columns* with the bar of *row* opening where it closes: nothing traded on the way."""
    opened, high, low = (np.array(each) for each in (columns.open, columns.high, columns.low))
    close = np.asarray(columns.close)[row]
    half = (1.0 - low[row] / min(opened[row], close)) if opened[row] else 0.0
    opened[row] = close
    high[row], low[row] = np.round(close * (1 + half), 2), np.round(close * (1 - half), 2)
    return columns._replace(open=opened, high=high, low=low)


def fields_of(bars: Mapping[str, BarColumns]) -> dict[str, dict[str, Any]]:
    """Return overrides of instruments: a step worth about a tenth of a USD, orders from 5 USD."""
    fields = {}
    for symbol, columns in bars.items():
        decimals = int(np.ceil(np.log10(float(np.median(np.asarray(columns.close))) / 0.1)))
        step = Decimal(1).scaleb(-max(decimals, 0))
        fields[symbol] = {"step": step, "quantity_max": Decimal(10**7), "notional_min": Decimal(5)}
    return fields


def voter_of(
    name: str,
    bars: Mapping[str, BarColumns],
    lines: Sequence[Line],
    *,
    warm: int = WARM_BARS,
    fallback: bool = False,
) -> Voter:
    """Return a voter who says *lines*, and nothing else."""
    votes = {}
    for symbol, columns in bars.items():
        action = np.zeros(len(columns.close), np.int8)
        confidence: Floats = np.full(len(columns.close), np.nan)
        for line in lines:
            if line.symbol == symbol:
                action[warm + line.bar] = line.action
                confidence[warm + line.bar] = line.confidence
        votes[symbol] = VoteColumns(action, confidence)
    return Voter(name, fallback=fallback, votes=votes)
