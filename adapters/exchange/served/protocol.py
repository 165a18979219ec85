"""What goes over the wire of the served venue: JSON with exact amounts as text.

Rule 1: everything is checked at the door: sizes, spelling, ranges, enumerations. What does not fit
is `Unreadable`, whole; nothing is guessed or coerced, and nothing else is raised.
Rule 2: amounts are plain decimals of at most 18 digits on either side of the point; no exponent,
no sign but a minus, nothing that is not finite.
Rule 3: a field that is not known is passed over, so that a newer venue can say more.
"""

from decimal import Decimal
from typing import Annotated, Final, TypeVar

import msgspec

from domain.execution.messages import Liquidity, OrderKind, OrderStatus
from domain.shared.enums import Side

BODY_BYTES_MAX: Final = 1 << 20
PAGE_ROWS: Final = 1_000
MESSAGE_BYTES_MAX: Final = 1 << 16
_DECIMALS_MAX: Final = 18

Text = Annotated[str, msgspec.Meta(max_length=400)]
ClientId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.:/_-]{1,36}\Z")]
Symbol = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{2,17}\Z")]
Amount = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,18}(\.[0-9]{1,18})?\Z", max_length=38)]
Positive = Annotated[
    str,
    msgspec.Meta(pattern=r"^(?=.*[1-9])[0-9]{1,18}(\.[0-9]{1,18})?\Z", max_length=37),
]
# Between 2001 and 2286: seconds and microseconds do not pass for milliseconds.
TimeMs = Annotated[int, msgspec.Meta(ge=10**12, lt=10**13)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=10**12)]


class Unreadable(Exception):
    """Something that is not of this protocol. The text says what is wrong, not what it held."""


class Order(msgspec.Struct, frozen=True):
    """A new order. `reduce_only` false: an entry, with its leverage and collar."""

    client_id: ClientId
    symbol: Symbol
    side: Side
    kind: OrderKind
    reduce_only: bool
    quantity: Positive | None = None
    price: Positive | None = None
    trigger: Positive | None = None
    collar: Positive | None = None
    leverage: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1


class Cancel(msgspec.Struct, frozen=True):
    """A cancel of one resting order."""

    client_id: ClientId
    symbol: Symbol


class Done(msgspec.Struct, frozen=True):
    """The venue did it. Side and quantity are those of a new order, as the venue has taken it."""

    client_id: ClientId
    symbol: Symbol
    side: Side | None = None
    quantity: Positive | None = None


class Refusal(msgspec.Struct, frozen=True):
    """The venue did not do it, or says that it does not know whether it did."""

    code: Annotated[str, msgspec.Meta(pattern=r"^-[0-9]{4}\Z")]
    msg: Text = ""


class OrderState(msgspec.Struct, frozen=True):
    """How one order stands."""

    client_id: ClientId
    symbol: Symbol
    status: OrderStatus
    filled: Amount


class Trade(msgspec.Struct, frozen=True, tag="filled", tag_field="what"):
    """A fill, on the stream or in the history."""

    at_ms: TimeMs
    client_id: ClientId
    symbol: Symbol
    side: Side
    quantity: Positive
    price: Positive
    fee: Amount
    liquidity: Liquidity
    trade_id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{1,40}\Z")]
    leaves: Amount | None = None


class Trades(msgspec.Struct, frozen=True):
    """A page of the history, oldest first; a full one has more behind it."""

    trades: Annotated[list[Trade], msgspec.Meta(max_length=PAGE_ROWS)]


class Held(msgspec.Struct, frozen=True):
    """An open position; the quantity has the sign of its side."""

    symbol: Symbol
    quantity: Amount


class Resting(msgspec.Struct, frozen=True):
    """An order that rests, or waits for its trigger. `leaves` None: all of the position."""

    client_id: ClientId
    symbol: Symbol
    side: Side
    kind: OrderKind
    reduce_only: bool
    leaves: Amount | None


class Holdings(msgspec.Struct, frozen=True):
    """The account."""

    positions: Annotated[list[Held], msgspec.Meta(max_length=1_000)]
    orders: Annotated[list[Resting], msgspec.Meta(max_length=4_000)]
    wallet: Amount


class Hello(msgspec.Struct, frozen=True, tag="hello", tag_field="what"):
    """What is played here. `row` is the row being played, -1 before the first, `rows` at the end.

    `session` is another at each start of the venue; the digests are those of `digests.py`.
    """

    at_ms: TimeMs
    session: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]
    symbols: Annotated[list[Symbol], msgspec.Meta(max_length=1_000)]
    market: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
    instruments: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
    rows: Count
    row: Annotated[int, msgspec.Meta(ge=-1, lt=10**12)]
    pace_ms: Annotated[int, msgspec.Meta(ge=1, le=86_400_000)]


class Accepted(msgspec.Struct, frozen=True, tag="accepted", tag_field="what"):
    """The venue has an order."""

    client_id: ClientId
    symbol: Symbol


class Canceled(msgspec.Struct, frozen=True, tag="canceled", tag_field="what"):
    """An order is gone; what it filled before stays filled."""

    client_id: ClientId
    symbol: Symbol
    reason: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,40}\Z")]


class Funding(msgspec.Struct, frozen=True, tag="funding", tag_field="what"):
    """Funding on a position; `paid` is negative when it was received."""

    symbol: Symbol
    rate: Amount
    paid: Amount


class Row(msgspec.Struct, frozen=True, tag="row", tag_field="what"):
    """The bars of a row have closed."""

    row: Count
    at_ms: TimeMs


class Beat(msgspec.Struct, frozen=True, tag="beat", tag_field="what"):
    """The stream is there, even when nothing happens. `over`: no row will close any more."""

    at_ms: TimeMs
    over: bool = False


Told = Hello | Accepted | Trade | Canceled | Funding | Row | Beat
Shape = TypeVar("Shape", bound=msgspec.Struct)
_TOLD: Final = msgspec.json.Decoder(Told)


def decoded(body: bytes, shape: type[Shape]) -> Shape:
    """Return the *shape* that *body* holds. Raises `Unreadable`."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (ValueError, RecursionError) as error:
        raise Unreadable(_why(error)) from None


def told_of(body: bytes) -> Told:
    """Return the message of the stream that *body* holds. Raises `Unreadable`."""
    try:
        told: Told = _TOLD.decode(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(_why(error)) from None
    return told


def encoded(message: msgspec.Struct) -> bytes:
    """Return *message* as it goes over the wire."""
    return msgspec.json.encode(message)


def plain(amount: Decimal) -> str:
    """Return *amount* as the wire spells it: no exponent, at most 18 decimals."""
    return format(round(amount, _DECIMALS_MAX) if _is_long(amount) else amount, "f")


def exact(text: str | None) -> Decimal | None:
    """Return the amount of *text*, None for None."""
    return None if text is None else Decimal(text)


def _is_long(amount: Decimal) -> bool:
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent < -_DECIMALS_MAX


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
