"""The audit trail by its types of record: one method for each that the outside relies on.

In the daemon the projections are their only callers; whoever embeds it may call them too. Times
are UTC ms, amounts in USD keep every decimal, a share that is shown (`_pct`) is in per cent and a
drawdown then negative. `more` are further fields, named as the record names them. Each raises
`StoreUnavailable` when the trail cannot be written.
"""

from decimal import Decimal
from typing import Final

from application.ports.audit_log import AuditLog, AuditValue

DESK: Final = "desk"


class AuditTrail:
    """Writes typed records to an `AuditLog`, each with the run mode and the actor."""

    def __init__(self, audit_log: AuditLog, mode: str) -> None:
        """Write to *audit_log*; *mode* is how the run trades (`backtest`, `paper`, ...)."""
        self._append = audit_log.append
        self._mode = mode

    def log(self, kind: str, at_ms: int, fields: dict[str, AuditValue]) -> None:
        """Write a record of any other type; *fields* must name its `actor`."""
        fields["mode"] = self._mode
        self._append(kind, at_ms, fields)

    def log_trade_decision(
        self,
        at_ms: int,
        *,
        trace_id: str,
        symbol: str,
        action: str,
        reason: str,
        confidence: float,
        model: str,
        actor: str = DESK,
        **more: AuditValue,
    ) -> None:
        """Record that every gate let an entry pass; *model* names who voted for it."""
        told = {"symbol": symbol, "action": action, "reason": reason}
        voted: dict[str, AuditValue] = {"confidence": confidence, "model": model}
        self.log("trade.decision", at_ms, {**_who(actor, trace_id), **told, **voted, **more})

    def log_trade_executed(
        self,
        at_ms: int,
        *,
        trace_id: str,
        symbol: str,
        side: str,
        size_usd: Decimal,
        entry_price: Decimal,
        order_id: str,
        actor: str = DESK,
        **more: AuditValue,
    ) -> None:
        """Record that a position was opened; *side* is LONG or SHORT."""
        told: dict[str, AuditValue] = {"symbol": symbol, "side": side, "size_usd": size_usd}
        told |= {"entry_price": entry_price, **more, "order_id": order_id}
        self.log("trade.executed", at_ms, {**_who(actor, trace_id), **told})

    def log_trade_closed(
        self,
        at_ms: int,
        *,
        trace_id: str,
        symbol: str,
        pnl: Decimal,
        outcome: str,
        close_reason: str,
        hold_duration_sec: float,
        actor: str = DESK,
        **more: AuditValue,
    ) -> None:
        """Record that a position is closed; *pnl* is net, *outcome* WIN, LOSS or BREAKEVEN."""
        told: dict[str, AuditValue] = {"symbol": symbol, "pnl": pnl, "outcome": outcome}
        told |= {"close_reason": close_reason, "hold_duration_sec": hold_duration_sec}
        self.log("trade.closed", at_ms, {**_who(actor, trace_id), **told, **more})

    def log_risk_block(
        self,
        at_ms: int,
        *,
        trace_id: str,
        symbol: str,
        action: str,
        reason: str,
        blocker: str,
        actor: str = DESK,
        **more: AuditValue,
    ) -> None:
        """Record that an entry was refused; *blocker* is the first gate that objected."""
        told = {"symbol": symbol, "action": action, "reason": reason, "blocker": blocker}
        self.log("risk.block", at_ms, {**_who(actor, trace_id), **told, **more})

    def log_emergency_triggered(
        self,
        at_ms: int,
        *,
        severity: str,
        trigger_reason: str,
        positions_closed: int,
        actor: str = DESK,
        **more: AuditValue,
    ) -> None:
        """Record that the emergency stop tightened, and how many positions it closes."""
        told: dict[str, AuditValue] = {"severity": severity, "trigger_reason": trigger_reason}
        told["positions_closed"] = positions_closed
        self.log("emergency.triggered", at_ms, {**_who(actor), **told, **more})

    def log_emergency_recovered(
        self,
        at_ms: int,
        *,
        recovery_type: str,
        old_mode: str,
        new_mode: str,
        current_dd_pct: float,
        actor: str = DESK,
        **more: AuditValue,
    ) -> None:
        """Record that the emergency stop eased; *recovery_type* is AUTO or MANUAL."""
        told: dict[str, AuditValue] = {"recovery_type": recovery_type, "old_mode": old_mode}
        told |= {"new_mode": new_mode, "current_dd_pct": current_dd_pct}
        self.log("emergency.recovered", at_ms, {**_who(actor), **told, **more})

    def log_model_promoted(
        self,
        at_ms: int,
        *,
        model_name: str,
        old_version: str,
        new_version: str,
        reason: str,
        actor: str = DESK,
        **more: AuditValue,
    ) -> None:
        """Record that another version of a model votes from now on."""
        told = {"model_name": model_name, "old_version": old_version, "new_version": new_version}
        self.log("model.promoted", at_ms, {**_who(actor), **told, "reason": reason, **more})

    def log_policy_changed(
        self,
        at_ms: int,
        *,
        policy_name: str,
        old_value: AuditValue,
        new_value: AuditValue,
        changed_by: str,
        reason: str,
        **more: AuditValue,
    ) -> None:
        """Record that a policy was changed, by whom and why."""
        told: dict[str, AuditValue] = {"policy_name": policy_name, "old_value": old_value}
        told |= {"new_value": new_value, "changed_by": changed_by, "reason": reason}
        self.log("policy.changed", at_ms, {**_who(changed_by), **told, **more})

    def log_system_started(self, at_ms: int, *, actor: str = DESK, **more: AuditValue) -> None:
        """Record that a session began, with what."""
        self.log("system.started", at_ms, {**_who(actor), **more})

    def log_system_stopped(
        self, at_ms: int, *, reason: str, actor: str = DESK, **more: AuditValue
    ) -> None:
        """Record that a session ended, and why."""
        self.log("system.stopped", at_ms, {**_who(actor), "reason": reason, **more})

    def log_config_changed(
        self, at_ms: int, *, name: str, old_value: AuditValue, new_value: AuditValue, actor: str
    ) -> None:
        """Record that a setting is another than it was."""
        told: dict[str, AuditValue] = {"name": name, "old_value": old_value, "new_value": new_value}
        self.log("config.changed", at_ms, {**_who(actor), **told})

    def log_operator_action(self, at_ms: int, *, actor: str, action: str, reason: str) -> None:
        """Record what a person had the daemon do."""
        self.log("operator.acted", at_ms, {**_who(actor), "action": action, "reason": reason})


def _who(actor: str, trace_id: str | None = None) -> dict[str, AuditValue]:
    """Return the fields that every record begins with."""
    return {"actor": actor} if trace_id is None else {"trace_id": trace_id, "actor": actor}
