"""What the numbers say after a day."""

import pytest

from application.projections.metrics import MetricsProjection
from domain.decision.facts import (
    OrderRefusedByVenue,
    RiskModeChanged,
    TradeAborted,
    UnexpectedFill,
)
from domain.execution.messages import Deposited
from domain.shared.enums import Side
from tests.builders import BTC, ETH, START_MS, D
from tests.fakes.telemetry import FakeTelemetry
from tests.recording import an_eventful_day, project

pytestmark = pytest.mark.unit

EVENT = Deposited(START_MS, D(1))


@pytest.fixture(scope="module")
def day() -> FakeTelemetry:
    telemetry = FakeTelemetry()
    project(an_eventful_day().journal, MetricsProjection(telemetry))
    return telemetry


def test_trades_and_orders_are_counted_by_symbol(day: FakeTelemetry) -> None:
    for symbol in (BTC, ETH):
        assert day.counted("trades.executed", symbol=symbol) == 1
        assert day.counted("orders.placed", symbol=symbol) == 1
    assert day.counted("trades.closed", reason="trailing_stop", outcome="WIN") == 1
    assert day.counted("stops.placed", symbol=BTC) == 2


def test_every_answer_of_every_voter_is_counted(day: FakeTelemetry) -> None:
    answers = {action: day.counted("model.predictions", model="voter0", action=action)
               for action in ("BUY", "SELL", "HOLD", "FLAT")}  # fmt: skip
    assert answers == {"BUY": 2, "SELL": 1, "HOLD": 1, "FLAT": 0}


def test_refusals_are_counted_by_gate_and_skips_by_reason(day: FakeTelemetry) -> None:
    assert day.counted("risk.blocks", blocker="position_rules") == 1
    assert day.counted("signals.skipped", reason="no_direction") == 1


def test_nothing_is_open_after_the_last_close(day: FakeTelemetry) -> None:
    assert day.gauge("positions.open") == 0.0


def test_a_trade_is_measured(day: FakeTelemetry) -> None:
    assert day.values("trade.size_usd") == [500.0, 500.0]
    assert day.values("trade.hold_seconds") == [60.0, 0.0]
    assert day.values("trade.pnl_usd") == [0.0498, 9.604]
    assert day.values("latency.execution") == [0.0, 0.0]


def test_an_emergency_and_its_recovery_are_counted(day: FakeTelemetry) -> None:
    assert day.counted("ess.activations", trigger="operator") == 1
    assert day.counted("ess.recoveries", mode="PROTECTIVE") == 1
    assert day.gauge("ess.mode") == 1.0  # one rung by the operator's hand, one by itself


def test_a_fall_short_of_an_emergency_is_no_activation() -> None:
    telemetry = FakeTelemetry()
    fall = RiskModeChanged(START_MS, "NORMAL", "CAUTIOUS", ("drawdown",), 0.03, 0.0, 9700.0, 1, ())
    MetricsProjection(telemetry)(EVENT, (fall,))
    assert telemetry.counted("ess.activations", trigger="drawdown") == 0
    assert (telemetry.gauge("ess.mode"), telemetry.gauge("drawdown")) == (1.0, 0.03)


def test_policy_operator_regime_and_session_are_counted(day: FakeTelemetry) -> None:
    assert day.counted("policy.changes") == 1
    assert day.counted("operator.actions", action="halt") == 1
    assert day.counted("market.regime_changes", symbol=BTC) == 1
    assert day.counted("sessions.started", mode="backtest") == 1


def test_what_went_wrong_at_the_venue_is_counted() -> None:
    telemetry = FakeTelemetry()
    said = (
        TradeAborted(START_MS, "t", BTC, "expired"),
        OrderRefusedByVenue(START_MS, "t", BTC, "qt1-t-s1", "band"),
        UnexpectedFill(START_MS, BTC, "x", Side.BUY, D(1), D(2)),
    )
    MetricsProjection(telemetry)(EVENT, said)
    assert telemetry.counted("trades.aborted", reason="expired") == 1
    assert telemetry.counted("orders.refused", reason="band") == 1
    assert telemetry.counted("fills.unexpected", symbol=BTC) == 1
