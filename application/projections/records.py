"""The fields of each type of audit record, from the fact it tells."""

from typing import Final

from application.ports.audit_log import AuditValue
from domain.decision.facts import (
    EntryApproved,
    EntryRefused,
    OperatorActed,
    OrderRefusedByVenue,
    PolicyChanged,
    RiskModeChanged,
    SessionBegan,
    TradeAborted,
    TradeClosed,
    TradeExecuted,
    UnexpectedFill,
)
from domain.decision.messages import Heard, OperatorReleased
from domain.risk.emergency_stop import RiskMode
from domain.risk.verdict import Check
from domain.shared.amounts import ZERO
from domain.shared.enums import Side

DESK: Final = "desk"
_LONG_SHORT: Final = {Side.BUY: "LONG", Side.SELL: "SHORT"}
_SEVERITY: Final = {
    RiskMode.NORMAL.name: "WARNING",
    RiskMode.CAUTIOUS.name: "WARNING",
    RiskMode.PROTECTIVE.name: "CRITICAL",
    RiskMode.EMERGENCY.name: "CATASTROPHIC",
}
Fields = dict[str, AuditValue]


def _checks(checks: tuple[Check, ...]) -> Fields:
    """Return what every gate saw, its limit, and what it left of the size."""
    return {gate: [value, limit, factor] for gate, factor, _, value, limit in checks}


def approved(fact: EntryApproved) -> Fields:
    """Return what a `trade.decision` holds: an entry that every gate let pass."""
    return {
        "trace_id": fact.trace,
        "actor": DESK,
        "symbol": fact.symbol,
        "action": fact.side.value,
        "reason": "approved",
        "confidence": fact.confidence,
        "model": "+".join(fact.models),
        "agreement": fact.agreement,
        "price": fact.price,
        "quantity": fact.quantity,
        "size_usd": fact.notional,
        "leverage": fact.leverage,
        "stop_fraction": fact.stop,
        "reward_fraction": fact.reward,
        "atr_fraction": fact.atr_fraction,
        "regime": fact.regime.value,
        "size_factor": fact.factor,
        "policy_version": fact.policy_version,
        "checks": _checks(fact.checks),
    }


def refused(fact: EntryRefused) -> Fields:
    """Return what a `risk.block` holds: every objection, what was seen and the limit."""
    blocked = [check for check in fact.checks if check.objection is not None]
    return {
        "trace_id": fact.trace,
        "actor": DESK,
        "symbol": fact.symbol,
        "action": fact.side.value,
        "reason": "+".join(fact.objections),
        "blocker": blocked[0].gate if blocked else "",
        "confidence": fact.confidence,
        "price": fact.price,
        "policy_version": fact.policy_version,
        "objections": [
            {"gate": gate, "code": code, "value": value, "limit": limit}
            for gate, _, code, value, limit in blocked
        ],
    }


def executed(fact: TradeExecuted) -> Fields:
    """Return what a `trade.executed` holds."""
    return {
        "trace_id": fact.trade_id,
        "actor": DESK,
        "symbol": fact.symbol,
        "side": _LONG_SHORT[fact.side],
        "size_usd": fact.size_usd,
        "entry_price": fact.price,
        "quantity": fact.quantity,
        "slippage": fact.slippage,
        "order_id": fact.client_id,
    }


def outcome_of(fact: TradeClosed) -> str:
    """Return WIN, LOSS or BREAKEVEN, by the net PnL of a closed trade."""
    if fact.net_pnl > ZERO:
        return "WIN"
    return "LOSS" if fact.net_pnl < ZERO else "BREAKEVEN"


def closed(fact: TradeClosed) -> Fields:
    """Return what a `trade.closed` holds."""
    return {
        "trace_id": fact.trade_id,
        "actor": DESK,
        "symbol": fact.symbol,
        "side": _LONG_SHORT[fact.side],
        "pnl": fact.net_pnl,
        "outcome": outcome_of(fact),
        "close_reason": str(fact.reason),
        "hold_duration_sec": (fact.at_ms - fact.entry_ms) / 1000,
        "net_r": fact.net_r,
        "entry_price": fact.entry_price,
        "exit_price": fact.exit_price,
        "quantity": fact.quantity,
        "realised": fact.realised,
        "fees": fact.fees,
        "funding": fact.funding,
        "confidence": fact.confidence,
        "regime": fact.regime.value,
    }


def aborted(fact: TradeAborted) -> Fields:
    """Return what a `trade.aborted` holds."""
    return {
        "trace_id": fact.trade_id,
        "actor": DESK,
        "symbol": fact.symbol,
        "reason": str(fact.reason),
    }


def risk_mode(fact: RiskModeChanged, heard: Heard) -> tuple[str, Fields]:
    """Return the type and fields of a change of the emergency stop's mode."""
    causes: list[AuditValue] = [str(cause) for cause in fact.causes]
    fields: Fields = {
        "actor": DESK,
        "old_mode": fact.old,
        "new_mode": fact.new,
        "current_dd_pct": 0.0 - 100.0 * fact.drawdown,
        "daily_loss_pct": 0.0 - 100.0 * fact.daily_loss,
        "equity_usd": fact.equity,
        "epoch": fact.epoch,
        "causes": causes,
    }
    if RiskMode[fact.new] < RiskMode[fact.old]:
        fields["recovery_type"] = "AUTO"
        if isinstance(heard, OperatorReleased):
            fields["recovery_type"], fields["actor"] = "MANUAL", heard.actor
        return "emergency.recovered", fields
    fields["severity"] = _SEVERITY[fact.new]
    fields["trigger_reason"] = "+".join(fact.causes)
    fields["positions_closed"] = len(fact.closing)
    fields["symbols"] = list(fact.closing)
    return "emergency.triggered", fields


def policy(fact: PolicyChanged) -> Fields:
    """Return what a `policy.changed` holds."""
    return {
        "actor": fact.actor,
        "policy_name": "policy",
        "old_value": fact.old_version,
        "new_value": fact.new_version,
        "changes": list(fact.changes),
        "changed_by": fact.actor,
        "reason": fact.reason,
    }


def operator(fact: OperatorActed) -> Fields:
    """Return what an `operator.acted` holds."""
    return {"actor": fact.actor, "action": fact.action, "reason": fact.reason}


def order_refused(fact: OrderRefusedByVenue) -> Fields:
    """Return what an `order.refused` holds."""
    return {
        "trace_id": fact.trade_id,
        "actor": "venue",
        "symbol": fact.symbol,
        "order_id": fact.client_id,
        "reason": fact.code,
    }


def unexpected(fact: UnexpectedFill) -> Fields:
    """Return what a `position.unexpected` holds."""
    return {
        "actor": "venue",
        "symbol": fact.symbol,
        "order_id": fact.client_id,
        "action": fact.side.value,
        "quantity": fact.quantity,
        "price": fact.price,
    }


def began(fact: SessionBegan) -> Fields:
    """Return what a `system.started` holds."""
    return {
        "actor": DESK,
        "fencing": fact.fencing,
        "policy_version": fact.policy_version,
        "symbols": list(fact.symbols),
    }
