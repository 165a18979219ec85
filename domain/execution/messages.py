"""What is asked of a venue, and what a venue reports.

An entry and an exit are different types: an entry carries the `Permit` under which it was
approved and is sent only while that permit stands; an exit is reduce-only and needs nothing.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.shared.enums import Side


class OrderKind(StrEnum):
    """How an order meets the market."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    POST_ONLY = "POST_ONLY"
    STOP_MARKET = "STOP_MARKET"
    TAKE_PROFIT_MARKET = "TAKE_PROFIT_MARKET"


class Liquidity(StrEnum):
    """Whether a fill gave or took liquidity."""

    MAKER = "MAKER"
    TAKER = "TAKER"


# Why an order ended before it reached the venue: no word of the venue, so no error of its.
LOCAL_CODES: Final = frozenset(
    {"permit_dead", "not_durable", "not_latched", "requested", "tripped", "fenced"}
)


class Permit(NamedTuple):
    """The leave to add risk: dead as soon as the emergency epoch or the policy moves on."""

    emergency_epoch: int
    policy_version: int
    expires_ms: int


class PlaceEntry(NamedTuple):
    """Open *quantity* of *symbol*. `price` is the limit, None for a market order.

    `collar` is the worst price at which it may still fill.
    """

    client_id: str
    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal
    price: Decimal | None
    collar: Decimal | None
    leverage: int
    permit: Permit


class PlaceExit(NamedTuple):
    """Reduce the position of *symbol*; never opens or flips one.

    `quantity` None closes whatever there is (close-position). `trigger` is the stop price of a
    STOP_MARKET or TAKE_PROFIT_MARKET; `price` the limit of a LIMIT.
    """

    client_id: str
    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal | None
    price: Decimal | None
    trigger: Decimal | None


class CancelOrder(NamedTuple):
    """Cancel one resting order. `of_entry` tells whether it could have added risk."""

    client_id: str
    symbol: str
    of_entry: bool


class ReadAccount(NamedTuple):
    """Ask the venue what it holds of ours; the answer is an `AccountRead`.

    Fills of its trade history from `since_ms` on are reported before it; 0: none are asked for.
    """

    at_ms: int
    since_ms: int = 0


class QueryOrder(NamedTuple):
    """Ask for one order, its fills first; the answer is an `OrderRead` or an `OrderAbsent`."""

    at_ms: int
    client_id: str
    symbol: str


class OrderAccepted(NamedTuple):
    """The venue has the order."""

    at_ms: int
    client_id: str
    symbol: str


class OrderFilled(NamedTuple):
    """A fill: the only thing that moves a position.

    `fee` in USD, positive when paid. `venue_trade_id` is unique per symbol. `leaves` is the
    quantity still open after this fill; None where the source (a trade history) does not tell.
    Client ids of others are the venue's own doing (`autoclose-` a liquidation).
    """

    at_ms: int
    client_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    liquidity: Liquidity
    venue_trade_id: str
    leaves: Decimal | None


class OrderCanceled(NamedTuple):
    """The order is gone from the venue; what it filled before stays filled."""

    at_ms: int
    client_id: str
    symbol: str
    reason: str


class OrderRejected(NamedTuple):
    """The venue refused the order; nothing of it was or will be filled."""

    at_ms: int
    client_id: str
    symbol: str
    code: str


class CancelRefused(NamedTuple):
    """The venue did not cancel. That it knows no such order is no proof that there was none."""

    at_ms: int
    client_id: str
    symbol: str
    code: str


class OrderUnknown(NamedTuple):
    """What became of a write is not known: the venue may have the order, have filled it, or not."""

    at_ms: int
    client_id: str
    symbol: str
    evidence: str


class OrderAbsent(NamedTuple):
    """The venue, asked for this one order, does not know it: one piece of evidence, no proof."""

    at_ms: int
    client_id: str
    symbol: str


class OrderStatus(StrEnum):
    """What a venue says of one order when it is asked."""

    LIVE = "LIVE"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class OrderRead(NamedTuple):
    """The venue, asked for this one order, says how it stands. `filled` is cumulative."""

    at_ms: int
    client_id: str
    symbol: str
    status: OrderStatus
    filled: Decimal


class StreamTurned(NamedTuple):
    """The venue's stream of reports was lost, or is there again: reports may be missing."""

    at_ms: int
    up: bool
    reason: str


class FundingSettled(NamedTuple):
    """Funding on an open position. `paid` in USD: positive when we paid."""

    at_ms: int
    symbol: str
    rate: Decimal
    paid: Decimal


class Deposited(NamedTuple):
    """Money came in (or, negative, went out). In USD."""

    at_ms: int
    amount: Decimal


class AccountRead(NamedTuple):
    """What the venue itself says is ours, read at `at_ms`.

    `positions` are (symbol, signed quantity), none of them zero; `orders` are (client id, symbol)
    of every order that rests there, conditional ones included. `wallet` is the balance in USD
    without unrealised PnL, None where it was not asked for. `asked_ms`: when the first question
    behind it was sent; what happened later may not be in it. 0: at `at_ms`.
    """

    at_ms: int
    positions: tuple[tuple[str, Decimal], ...]
    orders: tuple[tuple[str, str], ...]
    wallet: Decimal | None = None
    asked_ms: int = 0


OrderAnswer = OrderUnknown | OrderAbsent | OrderRead | CancelRefused
Report = (
    OrderAccepted
    | OrderFilled
    | OrderCanceled
    | OrderRejected
    | OrderAnswer
    | StreamTurned
    | FundingSettled
    | Deposited
    | AccountRead
)
VenueCommand = PlaceEntry | PlaceExit | CancelOrder
