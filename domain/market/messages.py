"""What is heard of markets."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from domain.shared.enums import RunMode


class Regime(StrEnum):
    """The state of one symbol's market. UNKNOWN is treated as defensive."""

    ILLIQUID = "ILLIQUID"
    HIGH_VOLATILITY = "HIGH_VOLATILITY"
    TREND_UP = "TREND_UP"
    TREND_DOWN = "TREND_DOWN"
    RANGE = "RANGE"
    UNKNOWN = "UNKNOWN"


class DataFault(StrEnum):
    """Why a symbol's data may not carry an entry."""

    NON_FINITE = "non_finite"
    NON_POSITIVE = "non_positive"
    HIGH_BELOW_LOW = "high_below_low"
    OUT_OF_ORDER = "out_of_order"
    DUPLICATE = "duplicate"
    GAP = "gap"
    JUMP = "jump"
    STALE = "stale"
    WARM_UP = "warm_up"


class Quote(NamedTuple):
    """What is known of one symbol when its bar closed.

    `price` is the close. `atr_fraction` is ATR(14)/price on the regime interval (NaN: unknown).
    `spread_fraction` is (ask - bid)/mid. `source` is the environment whose market this is.
    """

    symbol: str
    price: Decimal
    atr_fraction: float
    regime: Regime
    spread_fraction: float
    fault: DataFault | None
    source: RunMode
