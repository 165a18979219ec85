"""A position as a fold over fills.

The open part is kept as signed quantity and *cost* (the sum of quantity x price), never as an
average price: dividing would lose decimals, and the books must balance to the last one. A partial
close takes its share of the cost, rounded to `MONEY_STEP`; what rounding leaves stays in the cost.
"""

from decimal import Decimal
from typing import NamedTuple

from domain.shared.amounts import ZERO, money
from domain.shared.enums import Side


class Position(NamedTuple):
    """What is held of one symbol. `quantity` is signed: positive long, negative short.

    `cost` has the sign of `quantity`: what the open part was bought for, in USD.
    """

    symbol: str
    quantity: Decimal
    cost: Decimal

    @property
    def side(self) -> Side:
        """The side that opened it."""
        return Side.BUY if self.quantity > ZERO else Side.SELL

    @property
    def entry_price(self) -> Decimal:
        """The average price of the open part, for display and distances only."""
        return self.cost / self.quantity


def flat(symbol: str) -> Position:
    """Return a position of nothing."""
    return Position(symbol, ZERO, ZERO)


def after_fill(
    position: Position, side: Side, quantity: Decimal, price: Decimal
) -> tuple[Position, Decimal]:
    """Return the position after a fill, and the PnL in USD that it realised (before fees).

    A fill beyond the position closes it and opens the other side with what is left.
    """
    held = position.quantity
    signed = quantity if side is Side.BUY else -quantity
    if held == ZERO or (held > ZERO) == (signed > ZERO):
        return Position(position.symbol, held + signed, position.cost + signed * price), ZERO
    if abs(signed) >= abs(held):
        over = signed + held
        return Position(position.symbol, over, over * price), held * price - position.cost
    closed = -signed
    share = money(position.cost * closed / held)
    kept = Position(position.symbol, held + signed, position.cost - share)
    return kept, closed * price - share
