"""What was decided, as records of the audit trail.

Rule 1: every fact that moved money, risk or power over them is a record; a signal that came to
nothing is a number (see `metrics`), and the venue's stops and a market's regime are the journal's.
Rule 2: a record names its run mode, its actor and, where there is one, its trace.
Rule 3: a share that is shown (`_pct`) is in per cent, a drawdown then negative; all else is in the
units of the core. Amounts keep every decimal.
"""

from typing import assert_never

from application.ports.audit_log import AuditLog
from application.projections import records
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
    SignalSkipped,
    StopPlaced,
    TradeAborted,
    TradeClosed,
    TradeExecuted,
    UnexpectedFill,
)
from domain.decision.messages import Heard
from domain.shared.enums import RunMode


class AuditProjection:
    """Hands each decision to the audit log. Raises what the log raises."""

    def __init__(self, audit_log: AuditLog, mode: RunMode) -> None:
        self._append = audit_log.append
        self._mode = mode.value

    def __call__(  # noqa: C901, PLR0912 - a total dispatch
        self, heard: Heard, said: tuple[Said, ...]
    ) -> None:
        """Record what was *said* on *heard*."""
        for fact in said:
            match fact:
                case SignalSkipped() | StopPlaced() | RegimeChanged():
                    continue
                case EntryApproved():
                    kind, fields = "trade.decision", records.approved(fact)
                case EntryRefused():
                    kind, fields = "risk.block", records.refused(fact)
                case TradeExecuted():
                    kind, fields = "trade.executed", records.executed(fact)
                case TradeClosed():
                    kind, fields = "trade.closed", records.closed(fact)
                case TradeAborted():
                    kind, fields = "trade.aborted", records.aborted(fact)
                case RiskModeChanged():
                    kind, fields = records.risk_mode(fact, heard)
                case PolicyChanged():
                    kind, fields = "policy.changed", records.policy(fact)
                case OperatorActed():
                    kind, fields = "operator.acted", records.operator(fact)
                case OrderRefusedByVenue():
                    kind, fields = "order.refused", records.order_refused(fact)
                case UnexpectedFill():
                    kind, fields = "position.unexpected", records.unexpected(fact)
                case SessionBegan():
                    kind, fields = "system.started", records.began(fact)
                case _:
                    assert_never(fact)
            fields["mode"] = self._mode
            self._append(kind, fact.at_ms, fields)
