"""The fields of each type of audit record about safety: proofs, alerts, paper, supervision."""

from application.ports.audit_log import AuditValue
from domain.decision.safety_facts import (
    AccountDiffers,
    DirectiveAdopted,
    FlatProved,
    GateFailed,
    HealthNoted,
    PolicyRungChanged,
    RiskAlert,
    ShadowClosed,
    ShadowOpened,
)

DESK = "desk"
Fields = dict[str, AuditValue]


def gate_failed(fact: GateFailed) -> Fields:
    """Return what a `risk.gate_failed` holds: the entry was refused, the fault is ours."""
    return {
        "trace_id": fact.trace,
        "actor": DESK,
        "symbol": fact.symbol,
        "blocker": fact.gate,
        "reason": fact.error,
    }


def flat_proved(fact: FlatProved) -> Fields:
    """Return what an `emergency.flat` holds: the proof that ends an activation."""
    return {
        "actor": "venue",
        "epoch": fact.epoch,
        "took_sec": fact.took_ms / 1000,
        "closes": fact.closes,
        "refusals": fact.refusals,
        "positions": 0,
        "orders": 0,
    }


def differs(fact: AccountDiffers) -> Fields:
    """Return what an `execution.positions_reconciled` holds where they are not the same."""
    return {
        "actor": "venue",
        "symbol": fact.symbol,
        "booked": fact.booked,
        "held": fact.held,
        "agree": False,
    }


def alert(fact: RiskAlert) -> Fields:
    """Return what a `risk.alert` holds."""
    return {
        "actor": DESK,
        "code": fact.code.value,
        "symbol": fact.symbol,
        "value": fact.value,
        "limit": fact.limit,
        "text": fact.text,
    }


def shadow_opened(fact: ShadowOpened) -> Fields:
    """Return what a `shadow.opened` holds."""
    return {
        "trace_id": fact.trace,
        "actor": DESK,
        "symbol": fact.symbol,
        "action": fact.side.value,
        "price": fact.price,
        "size_usd": fact.notional,
        "stop": fact.stop,
        "target": fact.target,
    }


def shadow_closed(fact: ShadowClosed) -> Fields:
    """Return what a `shadow.closed` holds."""
    return {
        "trace_id": fact.trace,
        "actor": DESK,
        "symbol": fact.symbol,
        "price": fact.price,
        "pnl": fact.pnl,
        "credit_usd": fact.credit,
        "close_reason": fact.reason,
    }


def policy_rung(fact: PolicyRungChanged) -> Fields:
    """Return what a `policy.outage` holds."""
    return {
        "actor": DESK,
        "old_value": fact.old,
        "new_value": fact.new,
        "outage_sec": fact.out_ms / 1000,
        "policy_version": fact.version,
        "reason": fact.problem,
    }


def directive(fact: DirectiveAdopted) -> Fields:
    """Return what a `directive.adopted` holds."""
    order = fact.directive
    return {
        "actor": fact.actor,
        "directive": order.mode.value,
        "size_factor": order.size,
        "confidence_min": order.confidence_min,
        "positions_max": order.positions_max,
        "entry_style": order.style.value,
        "symbols": list(order.symbols),
        "reason": order.reason,
    }


def health(fact: HealthNoted) -> Fields:
    """Return what a `system.health_changed` holds."""
    return {
        "actor": DESK,
        "old_value": fact.old.name,
        "new_value": fact.new.name,
        "permission": fact.permission,
        "reasons": list(fact.reasons),
    }
