"""What events of risk, the emergency stop, governance and the system hold.

Flat, of plain values, apart from the domain's own facts. Money in USD, distances, losses and rates
as fractions, times in UTC ms. A float is None where it is unknown or without bound. A field is only
ever added with a new schema version of its type.
"""

from decimal import Decimal
from typing import NamedTuple


class RiskTold(NamedTuple):
    """Something that a person should know. `value` and `limit` in the unit of the `code`."""

    code: str
    symbol: str
    value: float | None
    limit: float | None
    text: str


class EmergencyTriggered(NamedTuple):
    """The emergency stop rose. `symbols` are those being closed."""

    severity: str
    old_mode: str
    new_mode: str
    causes: tuple[str, ...]
    drawdown: float | None
    daily_loss: float | None
    equity: float | None
    epoch: int
    symbols: tuple[str, ...]


class EmergencyRecovered(NamedTuple):
    """The emergency stop came down a step. `recovery` is AUTO, or MANUAL by `actor`."""

    recovery: str
    old_mode: str
    new_mode: str
    causes: tuple[str, ...]
    drawdown: float | None
    equity: float | None
    epoch: int
    actor: str


class PolicyMoved(NamedTuple):
    """Another version of the policy governs."""

    old_version: int
    new_version: int
    changes: tuple[str, ...]
    actor: str
    reason: str


class DirectiveTold(NamedTuple):
    """Supervision leaves this much to entries. `positions_max` None: as the policy has it."""

    mode: str
    size: Decimal
    confidence_min: float | None
    positions_max: int | None
    style: str
    symbols: tuple[str, ...]
    reason: str
    actor: str


class OperatorTold(NamedTuple):
    """What an operator did."""

    action: str
    actor: str
    reason: str


class OrderRefused(NamedTuple):
    """The venue rejected an order, or ended it before its time."""

    symbol: str
    order_id: str
    code: str


class HealthMoved(NamedTuple):
    """A component is better or worse than it was, and with it what is permitted."""

    component: str
    old: str
    new: str
    permission: str
    reasons: tuple[str, ...]


class ComponentFailed(NamedTuple):
    """A part of the desk raised where it must not."""

    component: str
    symbol: str
    error: str


class PositionsReconciled(NamedTuple):
    """Book and venue were compared. `symbol` empty: all, as proof that nothing is open.

    Quantities are signed. `epoch` is that of the emergency proved over, 0 otherwise.
    """

    symbol: str
    booked: Decimal
    held: Decimal
    agrees: bool
    epoch: int


class Stopped(NamedTuple):
    """The desk stopped in good order, holding so many `positions`."""

    reason: str
    positions: int


class Started(NamedTuple):
    """The desk is open."""

    mode: str
    fencing: int
    policy_version: int
    symbols: tuple[str, ...]
