"""What the desk says: facts, a closed union.

They feed the audit, the metrics and whoever asks why. Money in USD, distances and losses as
fractions, times in UTC ms.
"""

from decimal import Decimal
from typing import NamedTuple

from domain.decision.safety_facts import SafetyFact
from domain.market.messages import Regime
from domain.risk.verdict import Check
from domain.shared.enums import Action, RunMode, Side


class SignalSkipped(NamedTuple):
    """The voters spoke, but not well enough to propose an entry."""

    at_ms: int
    trace: str
    symbol: str
    action: Action
    reason: str
    value: float
    limit: float
    is_noisy: bool


class EntryRefused(NamedTuple):
    """A proposal met objections: every gate's verdict, value and limit."""

    at_ms: int
    trace: str
    symbol: str
    side: Side
    price: Decimal
    confidence: float
    objections: tuple[str, ...]
    checks: tuple[Check, ...]
    policy_version: int


class EntryApproved(NamedTuple):
    """A proposal passed every gate and became an order. Money in USD, distances as fractions."""

    at_ms: int
    trace: str
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    notional: Decimal
    leverage: int
    confidence: float
    agreement: float
    models: tuple[str, ...]
    stop: Decimal
    reward: Decimal
    atr_fraction: float
    regime: Regime
    factor: Decimal
    checks: tuple[Check, ...]
    policy_version: int


class TradeExecuted(NamedTuple):
    """The entry of a trade is complete. `slippage` is USD per unit against the decision price."""

    at_ms: int
    trade_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    size_usd: Decimal
    slippage: Decimal
    client_id: str


class StopPlaced(NamedTuple):
    """The venue holds a stop for the trade."""

    at_ms: int
    trade_id: str
    symbol: str
    stop: Decimal
    client_id: str


class TradeClosed(NamedTuple):
    """A trade is flat. Money in USD; `net_r` is net PnL over the initial risk, net of costs."""

    at_ms: int
    trade_id: str
    symbol: str
    side: Side
    entry_ms: int
    entry_price: Decimal
    exit_price: Decimal
    quantity: Decimal
    realised: Decimal
    fees: Decimal
    funding: Decimal
    net_pnl: Decimal
    net_r: float
    reason: str
    confidence: float
    regime: Regime


class TradeAborted(NamedTuple):
    """An entry ended without a fill."""

    at_ms: int
    trade_id: str
    symbol: str
    reason: str


class RiskModeChanged(NamedTuple):
    """The emergency stop moved. Drawdown and loss as fractions, equity in USD."""

    at_ms: int
    old: str
    new: str
    causes: tuple[str, ...]
    drawdown: float
    daily_loss: float
    equity: float
    epoch: int
    closing: tuple[str, ...]


class RegimeChanged(NamedTuple):
    """A confirmed change of a symbol's regime."""

    at_ms: int
    symbol: str
    old: Regime
    new: Regime


class PolicyChanged(NamedTuple):
    """Another version of the policy governs."""

    at_ms: int
    old_version: int
    new_version: int
    changes: tuple[str, ...]
    actor: str
    reason: str


class OperatorActed(NamedTuple):
    """What an operator did, and why."""

    at_ms: int
    action: str
    actor: str
    reason: str


class OrderRefusedByVenue(NamedTuple):
    """The venue rejected an order of ours, or ended it before its time."""

    at_ms: int
    trade_id: str
    symbol: str
    client_id: str
    code: str


class UnexpectedFill(NamedTuple):
    """A fill of no order the desk knows to be live; it is booked all the same."""

    at_ms: int
    symbol: str
    client_id: str
    side: Side
    quantity: Decimal
    price: Decimal


class SessionBegan(NamedTuple):
    """The desk is open, in this mode, under this policy."""

    at_ms: int
    mode: RunMode
    fencing: int
    policy_version: int
    symbols: tuple[str, ...]


class SessionEnded(NamedTuple):
    """The desk stops, holding so many `positions`, and why."""

    at_ms: int
    reason: str
    positions: int


TradingFact = (
    SignalSkipped
    | EntryRefused
    | EntryApproved
    | TradeExecuted
    | StopPlaced
    | TradeClosed
    | TradeAborted
    | RiskModeChanged
    | RegimeChanged
    | PolicyChanged
    | OperatorActed
    | OrderRefusedByVenue
    | UnexpectedFill
    | SessionBegan
    | SessionEnded
)

Said = TradingFact | SafetyFact
