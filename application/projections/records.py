"""Each fact of trading as a record of the audit trail."""

from typing import Final

from application.audit_trail import DESK, AuditTrail
from application.ports.audit_log import AuditValue
from domain.decision.facts import (
    EntryApproved,
    EntryRefused,
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


def approved(fact: EntryApproved, trail: AuditTrail) -> None:
    """Record a `trade.decision`: an entry that every gate let pass."""
    trail.log_trade_decision(
        fact.at_ms,
        trace_id=fact.trace,
        symbol=fact.symbol,
        action=fact.side.value,
        reason="approved",
        confidence=fact.confidence,
        model="+".join(fact.models),
        agreement=fact.agreement,
        price=fact.price,
        quantity=fact.quantity,
        size_usd=fact.notional,
        leverage=fact.leverage,
        stop_fraction=fact.stop,
        reward_fraction=fact.reward,
        atr_fraction=fact.atr_fraction,
        regime=fact.regime.value,
        size_factor=fact.factor,
        policy_version=fact.policy_version,
        checks=_checks(fact.checks),
    )


def refused(fact: EntryRefused, trail: AuditTrail) -> None:
    """Record a `risk.block`: every objection, what was seen and the limit."""
    blocked = [check for check in fact.checks if check.objection is not None]
    trail.log_risk_block(
        fact.at_ms,
        trace_id=fact.trace,
        symbol=fact.symbol,
        action=fact.side.value,
        reason="+".join(fact.objections),
        blocker=blocked[0].gate if blocked else "",
        confidence=fact.confidence,
        price=fact.price,
        policy_version=fact.policy_version,
        objections=[
            {"gate": gate, "code": code, "value": value, "limit": limit}
            for gate, _, code, value, limit in blocked
        ],
    )


def executed(fact: TradeExecuted, trail: AuditTrail) -> None:
    """Record a `trade.executed`."""
    trail.log_trade_executed(
        fact.at_ms,
        trace_id=fact.trade_id,
        symbol=fact.symbol,
        side=_LONG_SHORT[fact.side],
        size_usd=fact.size_usd,
        entry_price=fact.price,
        order_id=fact.client_id,
        quantity=fact.quantity,
        slippage=fact.slippage,
    )


def outcome_of(fact: TradeClosed) -> str:
    """Return WIN, LOSS or BREAKEVEN, by the net PnL of a closed trade."""
    if fact.net_pnl > ZERO:
        return "WIN"
    return "LOSS" if fact.net_pnl < ZERO else "BREAKEVEN"


def closed(fact: TradeClosed, trail: AuditTrail) -> None:
    """Record a `trade.closed`."""
    trail.log_trade_closed(
        fact.at_ms,
        trace_id=fact.trade_id,
        symbol=fact.symbol,
        pnl=fact.net_pnl,
        outcome=outcome_of(fact),
        close_reason=str(fact.reason),
        hold_duration_sec=(fact.at_ms - fact.entry_ms) / 1000,
        side=_LONG_SHORT[fact.side],
        net_r=fact.net_r,
        entry_price=fact.entry_price,
        exit_price=fact.exit_price,
        quantity=fact.quantity,
        realised=fact.realised,
        fees=fact.fees,
        funding=fact.funding,
        confidence=fact.confidence,
        regime=fact.regime.value,
    )


def aborted(fact: TradeAborted) -> Fields:
    """Return what a `trade.aborted` holds."""
    return {
        "trace_id": fact.trade_id,
        "actor": DESK,
        "symbol": fact.symbol,
        "reason": str(fact.reason),
    }


def risk_mode(fact: RiskModeChanged, heard: Heard, trail: AuditTrail) -> None:
    """Record that the emergency stop tightened or eased, and with an operator's release who did."""
    drawdown = 0.0 - 100.0 * fact.drawdown
    more: Fields = {
        "daily_loss_pct": 0.0 - 100.0 * fact.daily_loss,
        "equity_usd": fact.equity,
        "epoch": fact.epoch,
        "causes": [str(cause) for cause in fact.causes],
    }
    if RiskMode[fact.new] < RiskMode[fact.old]:
        by_hand = heard if isinstance(heard, OperatorReleased) else None
        trail.log_emergency_recovered(
            fact.at_ms,
            recovery_type="AUTO" if by_hand is None else "MANUAL",
            old_mode=fact.old,
            new_mode=fact.new,
            current_dd_pct=drawdown,
            actor=DESK if by_hand is None else by_hand.actor,
            **more,
        )
        return
    trail.log_emergency_triggered(
        fact.at_ms,
        severity=_SEVERITY[fact.new],
        trigger_reason="+".join(fact.causes),
        positions_closed=len(fact.closing),
        actor=DESK,
        old_mode=fact.old,
        new_mode=fact.new,
        current_dd_pct=drawdown,
        **more,
        symbols=list(fact.closing),
    )


def policy(fact: PolicyChanged, trail: AuditTrail) -> None:
    """Record a `policy.changed`."""
    trail.log_policy_changed(
        fact.at_ms,
        policy_name="policy",
        old_value=fact.old_version,
        new_value=fact.new_version,
        changed_by=fact.actor,
        reason=fact.reason,
        changes=list(fact.changes),
    )


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


def began(fact: SessionBegan, trail: AuditTrail) -> None:
    """Record a `system.started`."""
    trail.log_system_started(
        fact.at_ms,
        fencing=fact.fencing,
        policy_version=fact.policy_version,
        symbols=list(fact.symbols),
    )
