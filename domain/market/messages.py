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


class PredictedFunding(NamedTuple):
    """The funding rate that is expected next for `symbol`: a fraction a settlement.

    Positive: longs pay. It is believed until `until_ms`; after that it is unknown again.
    """

    symbol: str
    rate: float
    until_ms: int


class Jolt(NamedTuple):
    """A move of `symbol` within the flash window that ends now, large enough to tell of.

    `fall` and `rise` are non-negative fractions: from the window's highest close, from its lowest.
    """

    symbol: str
    fall: float
    rise: float


class FeedTurn(NamedTuple):
    """The data of `symbol` went stale, or are fresh again. `fresh_ms`: the last time before."""

    symbol: str
    stale: bool
    fresh_ms: int


class Measures(NamedTuple):
    """What recent history says of risk, for all symbols together; taken once a UTC day.

    `scenarios` are the returns (fractions) of the same past hours for every symbol, oldest first,
    as many for each; a symbol with too few has none. `correlations` are (first, second, shrunk
    correlation) of log returns for every pair that is known, first < second. `betas` are to the
    mean of all symbols.
    """

    at_ms: int
    scenarios: tuple[tuple[str, tuple[float, ...]], ...]
    correlations: tuple[tuple[str, str, float], ...]
    betas: tuple[tuple[str, float], ...]


class Bulletin(NamedTuple):
    """What analytics have to tell beside prices, when there is anything: news, not states."""

    funding: tuple[PredictedFunding, ...] = ()
    jolts: tuple[Jolt, ...] = ()
    feeds: tuple[FeedTurn, ...] = ()
    measures: Measures | None = None


class Quote(NamedTuple):
    """What is known of one symbol when its bar closed.

    `price` is the close. `atr_fraction` is ATR(14)/price on the regime interval (NaN: unknown).
    `spread_fraction` is (ask - bid)/mid. `source` is the environment whose market this is.
    `depth_usd` is what the market trades in USD in one bar, 0 where that is not known.
    """

    symbol: str
    price: Decimal
    atr_fraction: float
    regime: Regime
    spread_fraction: float
    fault: DataFault | None
    source: RunMode
    depth_usd: float = 0.0
