"""The registry: every type of event there is, who produces it, and what may become of it.

Rule 1: what is not here cannot be published, and what is reserved cannot be subscribed to.
Rule 2: telemetry may be shed, by a full queue or a full disk. Nothing else ever is.
Rule 3: a command that was not delivered within its time to live never is.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from types import MappingProxyType
from typing import Final, NamedTuple

from application.events import conduct_payloads as c
from application.events import trade_payloads as t
from application.events.envelope import Envelope
from application.events.payloads import Payload
from domain.ai import model_news as m
from domain.shared.errors import InvariantBroken

DESK: Final = "desk"
_NAME_LENGTH_MAX: Final = 200
_LEARNING: Final = "reinforcement learning agents tell nobody of their choices in this version"
# Time enough for a hand-over; an entry order's own permit is the shorter of the two, or equal.
_COMMAND_TTL_MS: Final = 60_000


class EventClass(StrEnum):
    """What an event is to those who must not lose it."""

    SAFETY = "safety"
    COMMAND = "command"
    FACT = "fact"
    TELEMETRY = "telemetry"


class EventType(NamedTuple):
    """One type. `ttl_ms` is the time to live of a command, None for all others."""

    name: str
    kind: EventClass
    payload: type[Payload]
    version: int = 1
    producers: tuple[str, ...] = (DESK,)
    ttl_ms: int | None = None

    @property
    def is_safety(self) -> bool:
        """Tell whether somebody must listen to it."""
        return self.kind is EventClass.SAFETY


_S, _C, _F, _T = EventClass
# fmt: off
_TYPES: Final = (
    EventType("market.tick",                    _T, t.Ticked),
    EventType("market.bar_closed",              _T, t.BarClosed),
    EventType("market.regime.changed",          _F, t.RegimeMoved),
    EventType("signal.generated",               _T, t.SignalGenerated),
    EventType("signal.rejected",                _T, t.SignalRejected),
    EventType("trade.decision",                 _F, t.TradeDecided),
    EventType("trade.execution_requested",      _C, t.ExecutionRequested, ttl_ms=_COMMAND_TTL_MS),
    EventType("trade.executed",                 _F, t.TradeFilled),
    EventType("trade.closed",                   _F, t.TradeEnded),
    EventType("trade.aborted",                  _F, t.TradeGivenUp),
    EventType("order.refused",                  _F, c.OrderRefused),
    EventType("position.opened",                _F, t.PositionOpened),
    EventType("position.updated",               _F, t.PositionMoved),
    EventType("position.closed",                _F, t.PositionClosed),
    EventType("position.unexpected",            _F, t.PositionMoved),
    EventType("risk.block",                     _F, t.EntryBlocked),
    EventType("risk.alert",                     _S, c.RiskTold),
    EventType("risk.limit_breached",            _S, c.RiskTold),
    EventType("emergency.triggered",            _S, c.EmergencyTriggered),
    EventType("emergency.recovered",            _S, c.EmergencyRecovered),
    EventType("policy.changed",                 _F, c.PolicyMoved),
    EventType("directive.adopted",              _F, c.DirectiveTold),
    EventType("operator.acted",                 _F, c.OperatorTold),
    EventType("system.started",                 _F, c.Started),
    EventType("system.stopped",                 _F, c.Stopped),
    EventType("system.health_changed",          _S, c.HealthMoved),
    EventType("system.event_error",             _S, c.ComponentFailed),
    EventType("execution.positions_reconciled", _F, c.PositionsReconciled),
    EventType("model.promoted",                 _F, m.ModelPromoted),
    EventType("model.rollback_initiated",       _F, m.ModelRolledBack),
    EventType("model.drift_detected",           _F, m.ModelDrifted),
    EventType("model.retrain_requested",        _F, m.RetrainRequested),
)
# fmt: on
EVENTS: Final[Mapping[str, EventType]] = MappingProxyType({each.name: each for each in _TYPES})
RESERVED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rl.strategy_selected": _LEARNING,
        "rl.reward_received": _LEARNING,
    }
)
"""Types that are spoken for, and why nothing produces them yet."""


def type_of(name: str) -> EventType:
    """Return the type called *name*. Raises `InvariantBroken` when there is none in use."""
    found = EVENTS.get(name)
    if found is None:
        why = RESERVED.get(name, "there is no such type")
        raise InvariantBroken(f"{name!r} is no type of event in use: {why}")
    return found


def checked(envelope: Envelope) -> EventType:
    """Return the type of *envelope*. Raises `InvariantBroken` when it is not as registered."""
    kind = type_of(envelope.type)
    problems = []
    if type(envelope.payload) is not kind.payload:
        problems.append(f"its payload is a {type(envelope.payload).__name__}")
    if envelope.schema_version != kind.version:
        problems.append(f"its schema version is {envelope.schema_version}, not {kind.version}")
    if envelope.producer.partition(":")[0] not in kind.producers:
        problems.append(f"{envelope.producer!r} does not produce it")
    if not 0 < len(envelope.event_id) <= _NAME_LENGTH_MAX or not envelope.event_id.isascii():
        problems.append(f"{envelope.event_id!r} is no event id")
    problems += [f"{name} is not finite" for name in _not_finite(envelope.payload)]
    if problems:
        raise InvariantBroken(f"{envelope.type} {envelope.event_id}: {'; '.join(problems)}")
    return kind


def is_expired(envelope: Envelope, now_ms: int) -> bool:
    """Tell whether *envelope* is a command whose time to live is over at *now_ms*."""
    ttl_ms = EVENTS[envelope.type].ttl_ms
    return ttl_ms is not None and now_ms - envelope.occurred_at_ms > ttl_ms


def _not_finite(payload: Payload) -> list[str]:
    """Return the names of the numbers of *payload* that are infinite or no number."""
    found = []
    for at, value in enumerate(payload):
        each = value if isinstance(value, tuple) else (value,)
        for number in each:
            is_bad = (isinstance(number, float) and not isfinite(number)) or (
                isinstance(number, Decimal) and not number.is_finite()
            )
            if is_bad:
                found.append(payload._fields[at])
    return found
