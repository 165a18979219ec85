"""What events of markets, signals, trades and positions hold.

Flat, of plain values, apart from the domain's own facts. Money in USD, distances, losses and rates
as fractions, times in UTC ms. A float is None where it is unknown or without bound. A field is only
ever added with a new schema version of its type.
"""

from decimal import Decimal
from typing import NamedTuple


class Ticked(NamedTuple):
    """The mark of a symbol moved."""

    symbol: str
    price: float | None


class BarClosed(NamedTuple):
    """A bar closed that somebody has something to say about."""

    symbol: str
    price: Decimal
    atr_fraction: float | None
    spread_fraction: float | None
    regime: str
    fault: str | None


class RegimeMoved(NamedTuple):
    """A confirmed change of regime."""

    symbol: str
    old: str
    new: str


class SignalGenerated(NamedTuple):
    """Voters spoke of a symbol; three columns of equal length."""

    symbol: str
    price: Decimal
    models: tuple[str, ...]
    actions: tuple[str, ...]
    confidences: tuple[float | None, ...]


class SignalRejected(NamedTuple):
    """The voters did not agree well enough."""

    symbol: str
    action: str
    reason: str
    value: float | None
    limit: float | None


class TradeDecided(NamedTuple):
    """An entry passed every gate."""

    symbol: str
    side: str
    price: Decimal
    quantity: Decimal
    notional: Decimal
    leverage: int
    confidence: float | None
    agreement: float | None
    models: tuple[str, ...]
    stop_fraction: Decimal
    reward_fraction: Decimal
    size_factor: Decimal
    regime: str
    policy_version: int


class ExecutionRequested(NamedTuple):
    """An entry is to be executed, soon or not at all. The desk's own permit governs whether."""

    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    leverage: int
    policy_version: int


class TradeFilled(NamedTuple):
    """The entry of a trade is complete. `slippage` in USD per unit against the decision price."""

    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    size_usd: Decimal
    slippage: Decimal
    order_id: str


class TradeEnded(NamedTuple):
    """A trade is flat; `net_r` is net PnL over the initial risk."""

    symbol: str
    side: str
    entry_ms: int
    entry_price: Decimal
    exit_price: Decimal
    quantity: Decimal
    realised: Decimal
    fees: Decimal
    funding: Decimal
    net_pnl: Decimal
    net_r: float | None
    reason: str
    regime: str


class TradeGivenUp(NamedTuple):
    """An entry ended without a fill."""

    symbol: str
    reason: str


class PositionOpened(NamedTuple):
    """A position stands as its trade wanted it."""

    symbol: str
    side: str
    quantity: Decimal
    price: Decimal


class PositionMoved(NamedTuple):
    """A fill moved a position, or one appeared unexpectedly. `side` is that of the fill."""

    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    order_id: str


class PositionClosed(NamedTuple):
    """A position is flat."""

    symbol: str
    net_pnl: Decimal
    reason: str


class EntryBlocked(NamedTuple):
    """An entry met objections of the risk pipeline."""

    symbol: str
    side: str
    price: Decimal
    confidence: float | None
    objections: tuple[str, ...]
    policy_version: int
