"""What was heard and said, as numbers about the run."""

from typing import assert_never

from application.ports.telemetry import Telemetry
from application.projections.records import outcome_of
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
    TradingFact,
    UnexpectedFill,
)
from domain.decision.messages import Heard, MarketAdvanced
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
    VenueFact,
)
from domain.governance.effective_policy import PolicyRung
from domain.risk.emergency_stop import RiskMode


class MetricsProjection:
    """Counts and measures each decision."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._decided_ms: dict[str, int] = {}  # entries on their way, by trace
        self._open: set[str] = set()  # trades filled and not yet closed

    def __call__(self, heard: Heard, said: tuple[Said, ...]) -> None:
        """Count *heard* and what was *said* on it."""
        if isinstance(heard, MarketAdvanced):
            predicted = self._telemetry.record_model_prediction
            for candidate in heard.candidates:
                symbol = candidate.quote.symbol
                for model, action, confidence, _fallback in candidate.votes:
                    predicted(model, symbol, action.value, confidence)
        for fact in said:
            if isinstance(fact, SafetyFact):
                self._safety(fact)
            else:
                self._count(fact)

    def _count(self, fact: TradingFact) -> None:  # noqa: C901, PLR0912 - a total dispatch
        count = self._telemetry.record_counter
        match fact:
            case SignalSkipped():
                count("signals.skipped", 1.0, {"reason": fact.reason})
            case EntryRefused():
                for check in fact.checks:
                    if check.objection is not None:
                        count("risk.blocks", 1.0, {"blocker": check.gate}, fact.trace)
            case EntryApproved():
                count("orders.placed", 1.0, {"symbol": fact.symbol}, fact.trace)
                self._decided_ms[fact.trace] = fact.at_ms
            case TradeExecuted():
                self._executed(fact)
            case TradeClosed():
                self._closed(fact)
            case TradeAborted():
                self._decided_ms.pop(fact.trade_id, None)
                count("trades.aborted", 1.0, {"reason": fact.reason})
            case StopPlaced():
                count("stops.placed", 1.0, {"symbol": fact.symbol})
            case RiskModeChanged():
                self._risk_mode(fact)
            case RegimeChanged():
                count("market.regime_changes", 1.0, {"symbol": fact.symbol})
            case PolicyChanged():
                count("policy.changes")
            case OperatorActed():
                count("operator.actions", 1.0, {"action": fact.action})
            case OrderRefusedByVenue():
                count("orders.refused", 1.0, {"reason": fact.code})
            case UnexpectedFill():
                count("fills.unexpected", 1.0, {"symbol": fact.symbol})
            case SessionBegan():
                count("sessions.started", 1.0, {"mode": fact.mode.value})
                self._telemetry.record_gauge("positions.open", 0.0)
            case SessionEnded():
                count("sessions.stopped")
            case _:
                assert_never(fact)

    def _safety(self, fact: SafetyFact) -> None:  # noqa: C901 - a total dispatch
        telemetry = self._telemetry
        count, gauge = telemetry.record_counter, telemetry.record_gauge
        match fact:
            case GateFailed():
                count("risk.gate_failures", 1.0, {"blocker": fact.gate})
            case RiskAlert():
                count("risk.alerts", 1.0, {"reason": fact.code.value})
            case ShadowOpened():
                count("shadow.opened", 1.0, {"symbol": fact.symbol})
            case ShadowClosed():
                count("shadow.closed", 1.0, {"reason": fact.reason})
                gauge("shadow.credit_usd", fact.credit)
            case FlatProved():
                telemetry.record_histogram("ess.flat_seconds", fact.took_ms / 1000)
                count("ess.closes_refused", float(fact.refusals))
            case AccountDiffers():
                count("positions.mismatches", 1.0, {"symbol": fact.symbol})
            case DirectiveAdopted():
                count("directives.adopted", 1.0, {"mode": fact.directive.mode.value})
            case HealthNoted():
                gauge("health", float(fact.new))
            case PolicyRungChanged():
                gauge("policy.rung", float(PolicyRung[fact.new]))
            case ModelPromoted() | ModelRolledBack() | ModelDrifted() | RetrainRequested():
                count("model.news", 1.0, {"model": fact.name, "action": type(fact).__name__})
            case _:
                self._venue(fact)

    def _venue(self, fact: VenueFact) -> None:
        count = self._telemetry.record_counter
        match fact:
            case OrderInDoubt():
                count("orders.in_doubt", 1.0, {"symbol": fact.symbol})
            case DoubtResolved():
                self._telemetry.record_histogram("order.doubt_seconds", fact.took_ms / 1000)
            case PositionAdjusted():
                count("positions.adjusted", 1.0, {"symbol": fact.symbol})
            case BalanceAdjusted():
                count("balance.adjustments")
            case PositionAdopted():
                count("positions.adopted", 1.0, {"symbol": fact.symbol})
            case PositionFinding():
                count("positions.findings", 1.0, {"reason": fact.code})
            case Synced():
                count("venue.synced")
            case _:
                assert_never(fact)

    def _executed(self, fact: TradeExecuted) -> None:
        telemetry = self._telemetry
        telemetry.record_counter("trades.executed", 1.0, {"symbol": fact.symbol}, fact.trade_id)
        slippage = float(fact.slippage / fact.price) if fact.price else 0.0
        telemetry.record_summary("trade.slippage", slippage)
        decided_ms = self._decided_ms.pop(fact.trade_id, None)
        if decided_ms is not None:
            took_s = (fact.at_ms - decided_ms) / 1000
            telemetry.record_histogram("latency.execution", took_s, trace=fact.trade_id)
        self._open.add(fact.trade_id)
        telemetry.record_gauge("positions.open", float(len(self._open)))

    def _closed(self, fact: TradeClosed) -> None:
        telemetry = self._telemetry
        outcome, held_s = outcome_of(fact), (fact.at_ms - fact.entry_ms) / 1000
        size = float(fact.entry_price * fact.quantity)
        telemetry.record_counter("trades.closed", 1.0, {"reason": fact.reason, "outcome": outcome})
        telemetry.record_trade(
            fact.symbol, float(fact.net_pnl), outcome, size, held_s, fact.trade_id
        )
        telemetry.record_histogram("trade.net_r", fact.net_r, trace=fact.trade_id)
        self._open.discard(fact.trade_id)
        telemetry.record_gauge("positions.open", float(len(self._open)))

    def _risk_mode(self, fact: RiskModeChanged) -> None:
        telemetry, old, new = self._telemetry, RiskMode[fact.old], RiskMode[fact.new]
        if new < old:
            telemetry.record_counter("ess.recoveries", 1.0, {"mode": fact.new})
        elif new is RiskMode.EMERGENCY:
            telemetry.record_counter("ess.activations", 1.0, {"trigger": "+".join(fact.causes)})
        telemetry.record_gauge("ess.mode", float(new))
        telemetry.record_gauge("drawdown", fact.drawdown)
        telemetry.record_gauge("equity", fact.equity)
