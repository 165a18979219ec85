"""Orders as the venue keeps them: resting in the book, or on their way to it."""

from dataclasses import dataclass
from decimal import Decimal
from math import nan
from typing import Final, NamedTuple

from domain.execution.messages import OrderKind, PlaceEntry, PlaceExit
from domain.shared.enums import Side

NO_BAR: Final = -1


class OpenOrder(NamedTuple):
    """An order the venue holds, as an account would list it. `leaves` None: close-position."""

    client_id: str
    symbol: str
    side: Side
    kind: OrderKind
    leaves: Decimal | None
    price: Decimal | None
    trigger: Decimal | None
    reduce_only: bool


@dataclass(slots=True, eq=False)
class Order:
    """One order. Mutable: the venue alone holds it.

    `level` is the float copy of limit or trigger for the path tests (NaN for a market order) and
    `rises` tells that it acts at or above it, else at or below. Of orders touched at one point
    the lowest (`rank`, `number`) acts first: stops, targets, limits, each in order of sending.
    `bar_ms` is the open of the bar whose volume the order has used up. A `triggered` order goes
    on as a market order.
    """

    client_id: str
    symbol: str
    side: Side
    kind: OrderKind
    is_exit: bool
    leaves: Decimal | None
    price: Decimal | None
    trigger: Decimal | None
    collar: Decimal | None
    leverage: int
    due_ms: int
    number: int
    level: float
    rises: bool
    rank: int
    bar_ms: int = NO_BAR
    triggered: bool = False

    @property
    def takes(self) -> bool:
        """Tell whether the order fills at the market as soon as it may."""
        return self.triggered or self.kind is OrderKind.MARKET

    def shown(self) -> OpenOrder:
        """Return the order as an account would list it."""
        return OpenOrder(
            self.client_id,
            self.symbol,
            self.side,
            self.kind,
            self.leaves,
            self.price,
            self.trigger,
            self.is_exit,
        )


class Cancel(NamedTuple):
    """A cancel on its way to the venue."""

    due_ms: int
    number: int
    client_id: str
    symbol: str


def order_of(command: PlaceEntry | PlaceExit, due_ms: int, number: int) -> Order:
    """Return the order that *command* asks for, acting from *due_ms* on.

    An entry by stop or take-profit carries its trigger as `price`.
    """
    kind = command.kind
    side = command.side
    price = command.price
    if isinstance(command, PlaceExit):
        trigger, collar, leverage, is_exit = command.trigger, None, 0, True
    else:
        trigger, collar, leverage, is_exit = price, command.collar, command.leverage, False
    if kind is OrderKind.STOP_MARKET:
        rank, rises, price = 0, side is Side.BUY, None
    elif kind is OrderKind.TAKE_PROFIT_MARKET:
        rank, rises, price = 1, side is Side.SELL, None
    else:
        rank, rises, trigger = 2, side is Side.SELL, None
    level = price if trigger is None else trigger
    return Order(
        command.client_id,
        command.symbol,
        side,
        kind,
        is_exit,
        command.quantity,
        price,
        trigger,
        collar,
        leverage,
        due_ms,
        number,
        nan if level is None or kind is OrderKind.MARKET else float(level),
        rises,
        rank,
    )
