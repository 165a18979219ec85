"""What may become of a trade or an order that is stored: the tables of the domain, and no more.

Rule 1: what is told last may be several events after what is stored, so any state may follow that
one or more events lead to. A state that no event leaves is never left.
Rule 2: what an order filled, and what a trade bought, never falls.
Rule 3: the symbol and the side never change, nor the trade that an order belongs to.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from application.errors import IllegalTransition
from domain.execution import order, trade
from domain.execution.order import OrderState
from domain.execution.trade import TradeState

State = TypeVar("State", OrderState, TradeState)


class Standing(NamedTuple):
    """How a trade or an order stands, as far as that limits what may become of it.

    `amount` is what an order filled or a trade bought; `identity` is what never changes.
    """

    state: TradeState | OrderState
    amount: Decimal
    identity: tuple[str, ...]


def _reachable(table: Mapping[State, Sequence[State | None]]) -> Mapping[State, frozenset[State]]:
    """Return, for each state of *table*, those that any number of events lead to, itself first."""
    reached = {state: {state} for state in table}
    for _ in table:  # a way through all states has no more steps than there are states
        for found in reached.values():
            found |= {after for state in found for after in table[state] if after is not None}
    return {state: frozenset(found) for state, found in reached.items()}


TRADES: Final = _reachable(trade.TRANSITIONS)
ORDERS: Final = _reachable(order.TRANSITIONS)


def require_legal(name: str, before: Standing | None, after: Standing) -> None:
    """Raise `IllegalTransition` unless *after* may follow *before* (None: it is new)."""
    if before is None:
        return
    old, new = before.state, after.state
    legal = ORDERS[old] if isinstance(old, OrderState) else TRADES[old]
    if new not in legal:
        raise IllegalTransition(f"{name}: {old} is stored, and {new} cannot follow it")
    if after.amount < before.amount:
        raise IllegalTransition(
            f"{name}: {before.amount} is stored as filled, and it cannot fall to {after.amount}"
        )
    if after.identity != before.identity:
        raise IllegalTransition(
            f"{name}: stored as {' '.join(before.identity)}, not {' '.join(after.identity)}"
        )
