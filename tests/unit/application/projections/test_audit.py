"""What stands in the audit trail after a day, record by record."""

from typing import Any, get_args

import pytest

from application.errors import StoreUnavailable
from application.projections.audit import AuditProjection, Recorded
from domain.decision.facts import (
    OrderRefusedByVenue,
    RegimeChanged,
    RiskModeChanged,
    Said,
    SignalSkipped,
    StopPlaced,
    TradeAborted,
    UnexpectedFill,
)
from domain.decision.messages import Heard, OperatorReleased
from domain.decision.safety_facts import SafetyFact
from domain.execution.messages import Deposited
from domain.risk.pipeline import PIPELINE
from domain.risk.verdict import Objection
from domain.shared.enums import Action, RunMode, Side
from tests.builders import BTC, ETH, START_MS, D
from tests.fakes.audit_log import MemoryAuditLog, Record
from tests.recording import an_eventful_day, project

pytestmark = pytest.mark.unit

EVENT = Deposited(START_MS, D(1))


@pytest.fixture(scope="module")
def day() -> list[Record]:
    log = MemoryAuditLog()
    project(an_eventful_day().journal, AuditProjection(log, RunMode.BACKTEST))
    return log.records


def recorded(fact: Said, heard: Heard = EVENT) -> Record:
    log = MemoryAuditLog()
    AuditProjection(log, RunMode.PAPER)(heard, (fact,))
    (record,) = log.records
    return record


def of(day: list[Record], kind: str) -> list[dict[str, Any]]:
    return [dict(record.fields) for record in day if record.kind == kind]


def mode_changed(old: str, new: str, closing: tuple[str, ...] = ()) -> RiskModeChanged:
    return RiskModeChanged(START_MS, old, new, ("drawdown",), 0.125, 0.05, 8750.0, 3, closing)


def test_every_record_names_its_mode_and_its_actor(day: list[Record]) -> None:
    assert {record.fields["mode"] for record in day} == {"backtest"}
    assert all(record.fields["actor"] for record in day)


def test_a_day_leaves_the_types_of_what_happened_in_it(day: list[Record]) -> None:
    assert {record.kind for record in day} == {
        "emergency.flat",
        "system.started",
        "trade.decision",
        "trade.executed",
        "trade.closed",
        "risk.block",
        "policy.changed",
        "operator.acted",
        "emergency.triggered",
        "emergency.recovered",
    }


def test_a_decision_tells_every_gate_with_value_limit_and_factor(day: list[Record]) -> None:
    decision = of(day, "trade.decision")[0]
    checks = decision["checks"]
    assert list(checks) == [name for name, _ in PIPELINE]
    value, limit, factor = checks["exposure"]
    assert (limit, round(value), round(factor, 3)) == (500.0, 4717, D("0.106"))
    told = ("symbol", "action", "reason", "model", "confidence", "size_usd", "policy_version")
    assert [decision[name] for name in told] == [
        BTC,
        "BUY",
        "approved",
        "voter0+voter1+voter2+voter3",
        0.8,
        D(500),
        1,
    ]


def test_one_trace_joins_decision_execution_and_close(day: list[Record]) -> None:
    kinds = ("trade.decision", "trade.executed", "trade.closed")
    traces = [{record["trace_id"] for record in of(day, kind)} for kind in kinds]
    assert traces[0] == traces[1] == traces[2]
    assert len(traces[0]) == 2


def test_an_execution_speaks_of_long_and_short(day: list[Record]) -> None:
    executed = of(day, "trade.executed")
    assert [(e["symbol"], e["side"], e["size_usd"]) for e in executed] == [
        (BTC, "LONG", D(500)),
        (ETH, "SHORT", D(500)),
    ]
    assert executed[0]["order_id"] == f"qt1-{executed[0]['trace_id']}-e0"


def test_a_close_tells_what_it_came_to_net_of_everything(day: list[Record]) -> None:
    closed = of(day, "trade.closed")[0]
    assert (closed["pnl"], closed["outcome"]) == (D("0.0498"), "WIN")
    assert closed["pnl"] == closed["realised"] - closed["fees"] - closed["funding"]
    assert (closed["close_reason"], closed["hold_duration_sec"]) == ("trailing_stop", 60.0)


def test_a_block_names_each_objection_with_value_and_limit(day: list[Record]) -> None:
    (block,) = of(day, "risk.block")
    assert (block["blocker"], block["reason"]) == ("position_rules", "cooldown")
    assert block["objections"] == [
        {"gate": "position_rules", "code": Objection.COOLDOWN, "value": 1.0, "limit": 15.0}
    ]


def test_a_policy_change_tells_old_new_and_who(day: list[Record]) -> None:
    (change,) = of(day, "policy.changed")
    assert (change["old_value"], change["new_value"], change["changed_by"]) == (1, 2, "ann")
    assert "positions_max: 10 -> 3" in change["changes"]


@pytest.mark.parametrize(
    ("new", "severity"),
    [("CAUTIOUS", "WARNING"), ("PROTECTIVE", "CRITICAL"), ("EMERGENCY", "CATASTROPHIC")],
)
def test_the_severity_of_an_emergency_is_that_of_its_mode(new: str, severity: str) -> None:
    record = recorded(mode_changed("NORMAL", new, (BTC, ETH)))
    assert record.kind == "emergency.triggered"
    assert record.fields["severity"] == severity
    assert record.fields["trigger_reason"] == "drawdown"
    assert (record.fields["positions_closed"], record.fields["symbols"]) == (2, [BTC, ETH])
    assert record.fields["current_dd_pct"] == -12.5


def test_a_recovery_is_automatic_unless_an_operator_brought_it() -> None:
    by_itself = recorded(mode_changed("EMERGENCY", "PROTECTIVE"))
    by_hand = recorded(
        mode_changed("EMERGENCY", "PROTECTIVE"), OperatorReleased(START_MS, "ann", "fixed")
    )
    assert {by_itself.kind, by_hand.kind} == {"emergency.recovered"}
    names = ("recovery_type", "actor", "old_mode", "new_mode")
    assert [by_itself.fields[n] for n in names] == ["AUTO", "desk", "EMERGENCY", "PROTECTIVE"]
    assert [by_hand.fields[n] for n in names] == ["MANUAL", "ann", "EMERGENCY", "PROTECTIVE"]


def test_what_the_venue_did_is_recorded_as_its_doing() -> None:
    refused = recorded(OrderRefusedByVenue(START_MS, "BTCUSDT-a", BTC, "qt1-BTCUSDT-a-s1", "band"))
    strange = recorded(UnexpectedFill(START_MS, BTC, "x", Side.BUY, D(1), D(2)))
    assert (refused.kind, refused.fields["actor"]) == ("order.refused", "venue")
    assert refused.fields["trace_id"] == "BTCUSDT-a"
    assert (strange.kind, strange.fields["quantity"]) == ("position.unexpected", D(1))


def test_an_entry_given_up_is_recorded() -> None:
    record = recorded(TradeAborted(START_MS, "BTCUSDT-a", BTC, "expired"))
    assert (record.kind, record.fields["reason"]) == ("trade.aborted", "expired")


def test_a_skipped_signal_and_a_placed_stop_are_no_records() -> None:
    log = MemoryAuditLog()
    skipped = SignalSkipped(START_MS, "t", BTC, Action.HOLD, "no_quorum", 1.0, 3.0, is_noisy=False)
    placed = StopPlaced(START_MS, "t", BTC, D(98), "qt1-t-s1")
    AuditProjection(log, RunMode.PAPER)(EVENT, (skipped, placed))
    assert log.records == []


def test_every_fact_is_either_a_record_or_left_out_on_purpose() -> None:
    kept_out = {SignalSkipped, StopPlaced, RegimeChanged}
    assert set(get_args(Said)) == {*get_args(Recorded), *get_args(SafetyFact), *kept_out}


def test_an_audit_that_cannot_be_written_is_not_passed_over() -> None:
    log = MemoryAuditLog()
    log.down = True
    with pytest.raises(StoreUnavailable):
        AuditProjection(log, RunMode.PAPER)(EVENT, (mode_changed("NORMAL", "CAUTIOUS"),))
