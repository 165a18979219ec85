"""What the desk says of its own safety: alerts, proofs, paper trades, supervision."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from domain.ai.model_news import ModelNews
from domain.governance.directive import Directive, Health
from domain.shared.enums import Side


class GateFailed(NamedTuple):
    """A gate raised instead of judging: its entry is refused, and the fault must be found."""

    at_ms: int
    trace: str
    symbol: str
    gate: str
    error: str


class FlatProved(NamedTuple):
    """The venue itself said, after the last fill, that nothing of ours is open or rests.

    The proof that ends an activation of the emergency stop. `took_ms` from its beginning;
    `closes` asked for and `refusals` met on the way.
    """

    at_ms: int
    epoch: int
    took_ms: int
    closes: int
    refusals: int


class AccountDiffers(NamedTuple):
    """Venue and book do not agree on a position. Quantities are signed."""

    at_ms: int
    symbol: str
    booked: Decimal
    held: Decimal


class AlertCode(StrEnum):
    """What a `RiskAlert` is about: a closed set with stable codes."""

    FUNDING_HIGH = "funding_high"
    FLASH_MOVE = "flash_move"
    FEED_STALE = "feed_stale"
    FEED_FRESH = "feed_fresh"
    CLOSE_REFUSED = "close_refused"
    POLICY_EXPIRING = "policy_expiring"
    SYMBOL_SUSPENDED = "symbol_suspended"
    INTEGRITY = "integrity"
    STREAM_LOST = "stream_lost"
    STREAM_BACK = "stream_back"
    FOREIGN_ORDER = "foreign_order"
    FENCED = "fenced"
    UNPROTECTED = "unprotected"


class RiskAlert(NamedTuple):
    """Something that a person should know, and that changes what is allowed. `value` as named."""

    at_ms: int
    code: AlertCode
    symbol: str
    value: float
    limit: float
    text: str


class ShadowOpened(NamedTuple):
    """An entry that the emergency stop kept from the market was taken on paper."""

    at_ms: int
    trace: str
    symbol: str
    side: Side
    price: Decimal
    notional: float
    stop: float
    target: float


class ShadowClosed(NamedTuple):
    """A paper trade ended. `pnl` in USD net of costs; `credit` is what the ladder now counts."""

    at_ms: int
    trace: str
    symbol: str
    price: float
    pnl: float
    credit: float
    reason: str


class PolicyRungChanged(NamedTuple):
    """The outage ladder of the policy store moved: known, conservative, closed."""

    at_ms: int
    old: str
    new: str
    out_ms: int
    version: int
    problem: str


class DirectiveAdopted(NamedTuple):
    """Supervision leaves this much to entries from now on."""

    at_ms: int
    directive: Directive
    actor: str


class HealthNoted(NamedTuple):
    """The system's health changed, and with it what is permitted."""

    at_ms: int
    old: Health
    new: Health
    permission: str
    reasons: tuple[str, ...]


class OrderInDoubt(NamedTuple):
    """Nobody knows what became of an order: it counts at full size until there is evidence."""

    at_ms: int
    trade_id: str
    symbol: str
    client_id: str
    evidence: str


class DoubtResolved(NamedTuple):
    """There is evidence of what became of an order that was in doubt for `took_ms`."""

    at_ms: int
    symbol: str
    client_id: str
    evidence: str
    took_ms: int


class PositionAdjusted(NamedTuple):
    """The book was made to say what the venue says. `amount` is signed, as a fill would be."""

    at_ms: int
    symbol: str
    amount: Decimal
    price: Decimal


class BalanceAdjusted(NamedTuple):
    """The balance was made the venue's, in USD: `amount` was added (negative: it was missing)."""

    at_ms: int
    amount: Decimal
    wallet: Decimal


class PositionAdopted(NamedTuple):
    """A position that another hand opened is a trade of the desk now, guarded by a stop."""

    at_ms: int
    trade_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    stop: Decimal


class PositionFinding(NamedTuple):
    """The position monitor found something wrong, or that it `is_over`. `value` as its `code`."""

    at_ms: int
    code: str
    symbol: str
    value: float
    limit: float
    text: str
    is_over: bool


class Synced(NamedTuple):
    """Venue and desk agree, for the first time since the stream came up: entries may go on."""

    at_ms: int
    held: tuple[str, ...]
    orders: int
    doubts: int


VenueFact = (
    OrderInDoubt
    | DoubtResolved
    | PositionAdjusted
    | BalanceAdjusted
    | PositionAdopted
    | PositionFinding
    | Synced
)
"""What is known of the venue, or was not."""

SafetyFact = (
    GateFailed
    | FlatProved
    | AccountDiffers
    | RiskAlert
    | ShadowOpened
    | ShadowClosed
    | PolicyRungChanged
    | DirectiveAdopted
    | HealthNoted
    | VenueFact
    | ModelNews
)
