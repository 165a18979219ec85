"""What becomes of a fact: its own event first, then those that follow from it.

Every fact of the desk is in `EVENTS_OF` or in `INTERNAL`, never in both; a test counts them.
"""

from collections.abc import Mapping
from typing import Final

from application.events.conduct import of_conduct, of_risk_mode
from application.events.model_told import of_models
from application.events.told import Told
from application.events.trading import of_trading
from application.events.venue_told import of_venue
from domain.ai import model_news as m
from domain.decision import facts as f
from domain.decision import safety_facts as s
from domain.decision.facts import Said
from domain.decision.messages import Heard

EVENTS_OF: Final[Mapping[type, tuple[str, ...]]] = {
    f.SignalSkipped: ("signal.rejected",),
    f.EntryRefused: ("risk.block",),
    f.EntryApproved: ("trade.decision", "trade.execution_requested"),
    f.TradeExecuted: ("trade.executed", "position.opened"),
    f.TradeClosed: ("trade.closed", "position.closed"),
    f.TradeAborted: ("trade.aborted",),
    f.RiskModeChanged: ("emergency.triggered", "emergency.recovered"),
    s.GateFailed: ("system.event_error",),
    s.FlatProved: ("execution.positions_reconciled",),
    s.AccountDiffers: ("execution.positions_reconciled",),
    s.RiskAlert: ("risk.alert", "risk.limit_breached"),
    s.PolicyRungChanged: ("system.health_changed",),
    s.DirectiveAdopted: ("directive.adopted",),
    s.HealthNoted: ("system.health_changed",),
    s.PositionAdjusted: ("execution.positions_reconciled",),
    s.Synced: ("execution.positions_reconciled",),
    s.BalanceAdjusted: ("risk.alert",),
    s.PositionFinding: ("risk.alert",),
    s.OrderInDoubt: ("risk.alert",),
    f.RegimeChanged: ("market.regime.changed",),
    f.PolicyChanged: ("policy.changed",),
    f.OperatorActed: ("operator.acted",),
    f.OrderRefusedByVenue: ("order.refused",),
    f.UnexpectedFill: ("position.unexpected",),
    f.SessionBegan: ("system.started",),
    f.SessionEnded: ("system.stopped",),
    m.ModelPromoted: ("model.promoted",),
    m.ModelRolledBack: ("model.rollback_initiated",),
    m.ModelDrifted: ("model.drift_detected",),
    m.RetrainRequested: ("model.retrain_requested",),
}
"""The types of event that a fact may become."""

INTERNAL: Final[Mapping[type, str]] = {
    f.StopPlaced: "the venue's stops are the business of the journal",
    s.ShadowOpened: "a paper trade of the emergency stop concerns no account",
    s.ShadowClosed: "a paper trade of the emergency stop concerns no account",
    s.DoubtResolved: "what became of the order is told by its own events",
    s.PositionAdopted: "the fill that brought it was told as a position.unexpected",
}
"""The facts that become none, and why."""


def told(fact: Said, heard: Heard) -> Told | None:  # noqa: PLR0911 - a total dispatch
    """Return what is told of *fact*, said on *heard*; None of an internal one."""
    match fact:
        case f.StopPlaced() | s.ShadowOpened() | s.ShadowClosed():
            return None
        case s.DoubtResolved() | s.PositionAdopted():
            return None
        case (
            f.SignalSkipped()
            | f.EntryRefused()
            | f.EntryApproved()
            | f.TradeExecuted()
            | f.TradeClosed()
            | f.TradeAborted()
            | f.OrderRefusedByVenue()
            | f.UnexpectedFill()
            | f.RegimeChanged()
        ):
            return of_trading(fact)
        case f.RiskModeChanged():
            return of_risk_mode(fact, heard)
        case (
            s.Synced()
            | s.PositionAdjusted()
            | s.PositionFinding()
            | s.BalanceAdjusted()
            | s.OrderInDoubt()
        ):
            return of_venue(fact)
        case m.ModelPromoted() | m.ModelRolledBack() | m.ModelDrifted() | m.RetrainRequested():
            return of_models(fact)
        case _:
            return of_conduct(fact)
