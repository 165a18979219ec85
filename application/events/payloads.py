"""All payloads: a closed union."""

from application.events import conduct_payloads as c
from application.events import trade_payloads as t
from domain.ai.model_news import ModelNews

Payload = (
    t.Ticked
    | t.BarClosed
    | t.RegimeMoved
    | t.SignalGenerated
    | t.SignalRejected
    | t.TradeDecided
    | t.ExecutionRequested
    | t.TradeFilled
    | t.TradeEnded
    | t.TradeGivenUp
    | t.PositionOpened
    | t.PositionMoved
    | t.PositionClosed
    | t.EntryBlocked
    | c.RiskTold
    | c.EmergencyTriggered
    | c.EmergencyRecovered
    | c.PolicyMoved
    | c.DirectiveTold
    | c.OperatorTold
    | c.OrderRefused
    | c.HealthMoved
    | c.ComponentFailed
    | c.PositionsReconciled
    | c.Started
    | c.Stopped
    | ModelNews
)
