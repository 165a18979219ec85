"""All of a running desk that the interface shows and moves."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from application.listeners import Listeners
from application.operator import Operator
from application.operator_views import OrderView, PolicyRewritten, PositionView
from application.ports.telemetry import Telemetry
from application.ports.vitals import Vital, Vitals
from application.projections.recent import DecisionSeen, EquityPoint, ModelSeen, Recent
from application.projections.story import Story
from domain.decision.state import State


class Console(NamedTuple):
    """The desk of one run. `why` tells a story, or raises `BadInput`; it may take long.

    `rewrite` writes the next version of the policy: fields as text, the version they are meant
    for, actor, reason. `refused` takes note of a wish that was refused: action, actor, reason.
    """

    run: str
    state: Callable[[], State]
    operator: Operator
    recent: Recent
    listeners: Listeners
    vitals: Vitals
    telemetry: Telemetry
    why: Callable[[str], Awaitable[Story]]
    rewrite: Callable[[Mapping[str, str], int, str, str], Awaitable[PolicyRewritten]]
    refused: Callable[[str, str, str], None]


class TradeSeen(NamedTuple):
    """A closed trade. Money in USD; `net_r` is net PnL over the initial risk."""

    trade_id: str
    symbol: str
    side: str
    entry_ms: int
    closed_ms: int
    entry_price: Decimal
    exit_price: Decimal
    quantity: Decimal
    net_pnl: Decimal
    net_r: float
    reason: str


class Positions(NamedTuple):
    """What is held."""

    at_ms: int
    items: tuple[PositionView, ...]


class Orders(NamedTuple):
    """Live orders, oldest first."""

    at_ms: int
    items: tuple[OrderView, ...]


class Trades(NamedTuple):
    """Trades closed since the process began, latest first."""

    at_ms: int
    items: tuple[TradeSeen, ...]


class Decisions(NamedTuple):
    """Verdicts since the process began, latest first."""

    at_ms: int
    items: tuple[DecisionSeen, ...]


class Equity(NamedTuple):
    """The curve of equity since the process began."""

    at_ms: int
    items: tuple[EquityPoint, ...]


class Models(NamedTuple):
    """The voters, by name."""

    at_ms: int
    items: tuple[ModelSeen, ...]


class PolicyShown(NamedTuple):
    """The policy that governs, what the store said last, and the hard limits, field by field."""

    at_ms: int
    version: int
    rung: str
    effective: dict[str, Any]
    stored: dict[str, Any]
    ceiling: dict[str, Any] | None


class HealthShown(NamedTuple):
    """What speaks against being alive, against taking entries, and every part."""

    at_ms: int
    live: bool
    ready: bool
    against_live: tuple[str, ...]
    against_ready: tuple[str, ...]
    parts: dict[str, Any]


def health_of(console: Console) -> HealthShown:
    """Return how the daemon is."""
    vitals = console.vitals
    live, ready = vitals.live(), vitals.ready()
    parts: dict[str, Vital] = dict(vitals.shown())
    return HealthShown(console.state().at_ms, not live, not ready, live, ready, parts)
