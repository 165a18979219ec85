"""Orders: a total table of states and events, and the record of one live order.

Rule 1: every change of state is a cell of the table. An event that a state does not expect leaves
it where it is (`None` in the table) and is reported as such; it never raises, for the venue is
the truth and a late report is not a bug.
Rule 2: a terminal state is never left.
Rule 3: only fills move positions; an acknowledgement never does.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from domain.execution.messages import OrderKind
from domain.shared.enums import Side
from domain.shared.identity import Leg


class OrderState(StrEnum):
    """Where an order is in its life."""

    INTENT = "INTENT"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


class OrderEvent(IntEnum):
    """What happens to an order. The order is that of the table's columns."""

    SENT, ACCEPT, PART, FILL, CANCEL, REJECT, EXPIRE, LOSE = range(8)


_I, _S, _A, _P = (
    OrderState.INTENT,
    OrderState.SUBMITTED,
    OrderState.ACCEPTED,
    OrderState.PARTIALLY_FILLED,
)
_F, _C, _R, _E, _U = (
    OrderState.FILLED,
    OrderState.CANCELED,
    OrderState.REJECTED,
    OrderState.EXPIRED,
    OrderState.UNKNOWN,
)
_n = None

# fmt: off
TRANSITIONS: Final[Mapping[OrderState, tuple[OrderState | None, ...]]] = {
    #    SENT  ACCEPT PART FILL CANCEL REJECT EXPIRE LOSE
    _I: (_S,   _A,    _P,  _F,  _C,    _R,    _E,    _U),
    _S: (_n,   _A,    _P,  _F,  _C,    _R,    _E,    _U),
    _A: (_n,   _n,    _P,  _F,  _C,    _n,    _E,    _U),
    _P: (_n,   _n,    _P,  _F,  _C,    _n,    _E,    _U),
    _U: (_n,   _A,    _P,  _F,  _C,    _R,    _E,    _n),
    _F: (_n,   _n,    _n,  _n,  _n,    _n,    _n,    _n),
    _C: (_n,   _n,    _n,  _n,  _n,    _n,    _n,    _n),
    _R: (_n,   _n,    _n,  _n,  _n,    _n,    _n,    _n),
    _E: (_n,   _n,    _n,  _n,  _n,    _n,    _n,    _n),
}
# fmt: on

TERMINAL: Final = frozenset({_F, _C, _R, _E})


class Order(NamedTuple):
    """One live order of the desk. `quantity` None: it closes whatever there is.

    `price` is the limit, the trigger, or for a market entry the price it was decided at.
    """

    client_id: str
    trade_id: str
    symbol: str
    side: Side
    kind: OrderKind
    leg: Leg
    quantity: Decimal | None
    price: Decimal | None
    filled: Decimal
    state: OrderState
    sent_ms: int


def after(order: Order, event: OrderEvent) -> Order | None:
    """Return the order after *event*, or None when its state does not expect that."""
    state = TRANSITIONS[order.state][event]
    return None if state is None else order._replace(state=state)
