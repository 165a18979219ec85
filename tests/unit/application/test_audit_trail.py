"""The typed records of the trail hold the fields that the outside relies on."""

from collections.abc import Callable

import pytest

from application.audit_trail import AuditTrail
from tests.builders import BTC, START_MS, D
from tests.fakes.audit_log import MemoryAuditLog

pytestmark = pytest.mark.unit

WHO = {"actor", "mode"}
TRADE = {"trace_id", "symbol", *WHO}
# fmt: off
TYPES: dict[str, tuple[Callable[[AuditTrail], None], set[str]]] = {
    "trade.decision": (
        lambda trail: trail.log_trade_decision(
            START_MS, trace_id="t", symbol=BTC, action="BUY", reason="approved", confidence=0.7,
            model="a+b"),
        {"action", "reason", "confidence", "model", *TRADE}),
    "trade.executed": (
        lambda trail: trail.log_trade_executed(
            START_MS, trace_id="t", symbol=BTC, side="LONG", size_usd=D(5), entry_price=D(1),
            order_id="o"),
        {"side", "size_usd", "entry_price", "order_id", *TRADE}),
    "trade.closed": (
        lambda trail: trail.log_trade_closed(
            START_MS, trace_id="t", symbol=BTC, pnl=D(1), outcome="WIN", close_reason="stop",
            hold_duration_sec=1.5),
        {"pnl", "outcome", "close_reason", "hold_duration_sec", *TRADE}),
    "risk.block": (
        lambda trail: trail.log_risk_block(
            START_MS, trace_id="t", symbol=BTC, action="BUY", reason="cooldown", blocker="rules"),
        {"action", "reason", "blocker", *TRADE}),
    "emergency.triggered": (
        lambda trail: trail.log_emergency_triggered(
            START_MS, severity="CRITICAL", trigger_reason="drawdown", positions_closed=2),
        {"severity", "trigger_reason", "positions_closed", *WHO}),
    "emergency.recovered": (
        lambda trail: trail.log_emergency_recovered(
            START_MS, recovery_type="AUTO", old_mode="EMERGENCY", new_mode="PROTECTIVE",
            current_dd_pct=-8.0),
        {"recovery_type", "old_mode", "new_mode", "current_dd_pct", *WHO}),
    "model.promoted": (
        lambda trail: trail.log_model_promoted(
            START_MS, model_name="m", old_version="1", new_version="2", reason="better"),
        {"model_name", "old_version", "new_version", "reason", *WHO}),
    "policy.changed": (
        lambda trail: trail.log_policy_changed(
            START_MS, policy_name="p", old_value=1, new_value=2, changed_by="ann", reason="why"),
        {"policy_name", "old_value", "new_value", "changed_by", "reason", *WHO}),
    "system.started": (lambda trail: trail.log_system_started(START_MS), WHO),
    "system.stopped": (
        lambda trail: trail.log_system_stopped(START_MS, reason="asked"), {"reason", *WHO}),
    "config.changed": (
        lambda trail: trail.log_config_changed(
            START_MS, name="n", old_value=1, new_value=2, actor="ann"),
        {"name", "old_value", "new_value", *WHO}),
    "operator.acted": (
        lambda trail: trail.log_operator_action(
            START_MS, actor="ann", action="halt", reason="why"),
        {"action", "reason", *WHO}),
}
# fmt: on


@pytest.mark.parametrize("kind", TYPES)
def test_a_typed_record_has_exactly_its_fields(kind: str) -> None:
    write, fields = TYPES[kind]
    log = MemoryAuditLog()
    write(AuditTrail(log, "paper"))
    (record,) = log.records
    assert (record.kind, record.at_ms, set(record.fields)) == (kind, START_MS, fields)
    assert record.fields["mode"] == "paper"
    assert record.fields["actor"]


def test_further_fields_are_kept() -> None:
    log = MemoryAuditLog()
    AuditTrail(log, "paper").log_system_started(START_MS, version="1.0")
    assert log.records[0].fields["version"] == "1.0"
