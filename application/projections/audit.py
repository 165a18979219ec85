"""What was decided, as records of the audit trail.

Rule 1: every fact that moved money, risk or power over them is a record; a signal that came to
nothing is a number (see `metrics`), and the venue's stops and a market's regime are the journal's.
Rule 2: a record names its run mode, its actor and, where there is one, its trace.
Rule 3: a share that is shown (`_pct`) is in per cent, a drawdown then negative; all else is in the
units of the core. Amounts keep every decimal.
"""

from typing import assert_never

from application.audit_trail import AuditTrail
from application.ports.audit_log import AuditLog
from application.projections import model_records, records, safety_records, venue_records
from domain.ai.model_news import (
    ModelDrifted,
    ModelPromoted,
    ModelRolledBack,
    RetrainRequested,
)
from domain.decision.facts import (
    EntryApproved,
    EntryRefused,
    OperatorActed,
    OrderRefusedByVenue,
    PolicyChanged,
    RegimeChanged,
    RiskModeChanged,
    Said,
    SessionBegan,
    SessionEnded,
    SignalSkipped,
    StopPlaced,
    TradeAborted,
    TradeClosed,
    TradeExecuted,
    UnexpectedFill,
)
from domain.decision.messages import Heard
from domain.decision.safety_facts import (
    AccountDiffers,
    BalanceAdjusted,
    DirectiveAdopted,
    DoubtResolved,
    FlatProved,
    GateFailed,
    HealthNoted,
    OrderInDoubt,
    PolicyRungChanged,
    PositionAdjusted,
    PositionAdopted,
    PositionFinding,
    RiskAlert,
    SafetyFact,
    ShadowClosed,
    ShadowOpened,
    Synced,
)
from domain.shared.enums import RunMode

Recorded = (
    EntryApproved
    | EntryRefused
    | TradeExecuted
    | TradeClosed
    | TradeAborted
    | RiskModeChanged
    | PolicyChanged
    | OperatorActed
    | OrderRefusedByVenue
    | UnexpectedFill
    | SessionBegan
    | SessionEnded
)


class AuditProjection:
    """Hands each decision to the audit log. Raises what the log raises."""

    def __init__(self, audit_log: AuditLog, mode: RunMode) -> None:
        self._trail = AuditTrail(audit_log, mode.value)

    def __call__(self, heard: Heard, said: tuple[Said, ...]) -> None:
        """Record what was *said* on *heard*."""
        for fact in said:
            if isinstance(fact, SignalSkipped | StopPlaced | RegimeChanged):
                continue
            if isinstance(fact, SafetyFact):
                kind, fields = _of_safety(fact)
                self._trail.log(kind, fact.at_ms, fields)
            else:
                _of_trading(fact, heard, self._trail)


def _of_trading(  # noqa: C901, PLR0912 - a total dispatch
    fact: Recorded, heard: Heard, trail: AuditTrail
) -> None:
    match fact:
        case EntryApproved():
            records.approved(fact, trail)
        case EntryRefused():
            records.refused(fact, trail)
        case TradeExecuted():
            records.executed(fact, trail)
        case TradeClosed():
            records.closed(fact, trail)
        case TradeAborted():
            trail.log("trade.aborted", fact.at_ms, records.aborted(fact))
        case RiskModeChanged():
            records.risk_mode(fact, heard, trail)
        case PolicyChanged():
            records.policy(fact, trail)
        case OperatorActed():
            trail.log_operator_action(
                fact.at_ms, actor=fact.actor, action=fact.action, reason=fact.reason
            )
        case OrderRefusedByVenue():
            trail.log("order.refused", fact.at_ms, records.order_refused(fact))
        case UnexpectedFill():
            trail.log("position.unexpected", fact.at_ms, records.unexpected(fact))
        case SessionBegan():
            records.began(fact, trail)
        case SessionEnded():
            trail.log_system_stopped(fact.at_ms, reason=fact.reason, positions=fact.positions)
        case _:
            assert_never(fact)


def _of_safety(  # noqa: C901, PLR0911 - a total dispatch
    fact: SafetyFact,
) -> tuple[str, records.Fields]:
    match fact:
        case GateFailed():
            return "risk.gate_failed", safety_records.gate_failed(fact)
        case FlatProved():
            return "emergency.flat", safety_records.flat_proved(fact)
        case AccountDiffers():
            return "execution.positions_reconciled", safety_records.differs(fact)
        case RiskAlert():
            return "risk.alert", safety_records.alert(fact)
        case ShadowOpened():
            return "shadow.opened", safety_records.shadow_opened(fact)
        case ShadowClosed():
            return "shadow.closed", safety_records.shadow_closed(fact)
        case PolicyRungChanged():
            return "policy.outage", safety_records.policy_rung(fact)
        case DirectiveAdopted():
            return "directive.adopted", safety_records.directive(fact)
        case HealthNoted():
            return "system.health_changed", safety_records.health(fact)
        case (
            OrderInDoubt()
            | DoubtResolved()
            | PositionAdjusted()
            | BalanceAdjusted()
            | PositionAdopted()
            | PositionFinding()
            | Synced()
        ):
            return venue_records.of_venue(fact)
        case ModelPromoted() | ModelRolledBack() | ModelDrifted() | RetrainRequested():
            return model_records.of_models(fact)
        case _:
            assert_never(fact)
