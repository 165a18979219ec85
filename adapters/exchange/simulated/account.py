"""The account at the venue: wallet, positions, and the sums that the identity is made of.

Rule 1: wallet == deposits + realised - fees - funding, to the last decimal, always.
Rule 2: equity == wallet + unrealised, where unrealised = quantity x mark - cost.
Rule 3: a position keeps its cost, not its average price; what a partial close takes off the cost
is rounded once and the rest stays, so nothing is lost to rounding.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from domain.shared.amounts import ZERO, money


class Totals(NamedTuple):
    """Sums since the venue began, in USD. `fees` and `funding` positive: paid."""

    deposits: Decimal
    realised: Decimal
    fees: Decimal
    funding: Decimal


@dataclass(slots=True)
class Position:
    """An open position. Quantity and cost carry the sign of the side; `size`, `outlay`: floats."""

    quantity: Decimal
    cost: Decimal
    size: float
    outlay: float


def position_of(quantity: Decimal, cost: Decimal) -> Position:
    """Return the position of signed *quantity* and *cost*."""
    return Position(quantity, cost, float(quantity), float(cost))


class Account:
    """Wallet and positions. `version` rises with every change of either."""

    __slots__ = ("deposits", "fees", "funding", "positions", "realised", "version", "wallet")

    def __init__(self) -> None:
        self.wallet = ZERO
        self.deposits = ZERO
        self.realised = ZERO
        self.fees = ZERO
        self.funding = ZERO
        self.positions: dict[str, Position] = {}
        self.version = 0

    def deposit(self, amount: Decimal) -> None:
        """Take *amount* in (negative: pay it out)."""
        self.deposits += amount
        self.wallet += amount
        self.version += 1

    def pay_funding(self, paid: Decimal) -> None:
        """Book funding: positive when we paid."""
        self.funding += paid
        self.wallet -= paid
        self.version += 1

    def trade(self, symbol: str, quantity: Decimal, price: Decimal, fee: Decimal) -> None:
        """Book a fill of signed *quantity*: open, add, reduce, close or flip."""
        realised = self._move(symbol, quantity, price)
        self.realised += realised
        self.fees += fee
        self.wallet += realised - fee
        self.version += 1

    def _move(self, symbol: str, quantity: Decimal, price: Decimal) -> Decimal:
        """Change the position and return what that realised."""
        position = self.positions.get(symbol)
        if position is None:
            self.positions[symbol] = position_of(quantity, quantity * price)
            return ZERO
        held = position.quantity
        left = held + quantity
        if (held > ZERO) is (quantity > ZERO):
            realised = ZERO
            position.cost += quantity * price
        elif not left:
            del self.positions[symbol]
            return -quantity * price - position.cost
        elif (left > ZERO) is (held > ZERO):
            share = money(position.cost * -quantity / held)
            realised = -quantity * price - share
            position.cost -= share
        else:
            realised = held * price - position.cost
            position.cost = left * price
        position.quantity = left
        position.size, position.outlay = float(left), float(position.cost)
        return realised

    def totals(self) -> Totals:
        """Return the sums so far."""
        return Totals(self.deposits, self.realised, self.fees, self.funding)
