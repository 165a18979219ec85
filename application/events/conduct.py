"""What is told of risk, the emergency stop, governance and the system itself."""

from typing import Final, assert_never

from application.events import conduct_payloads as c
from application.events.payloads import Payload
from application.events.told import Told, finite
from domain.decision import facts as f
from domain.decision import safety_facts as s
from domain.decision.messages import Heard, OperatorReleased
from domain.decision.safety_facts import AlertCode
from domain.risk.emergency_stop import RiskMode
from domain.shared.amounts import ZERO

BREACHES: Final = frozenset({AlertCode.FUNDING_HIGH, AlertCode.FLASH_MOVE, AlertCode.FEED_STALE})
"""The alerts that say that a measure passed its limit; the others are news."""

_SEVERITY: Final = {
    RiskMode.CAUTIOUS.name: "WARNING",
    RiskMode.PROTECTIVE.name: "CRITICAL",
    RiskMode.EMERGENCY.name: "CATASTROPHIC",
}
ConductFact = (
    s.GateFailed
    | s.FlatProved
    | s.AccountDiffers
    | s.RiskAlert
    | s.PolicyRungChanged
    | s.DirectiveAdopted
    | s.HealthNoted
    | f.PolicyChanged
    | f.OperatorActed
    | f.SessionBegan
    | f.SessionEnded
)


def of_conduct(fact: ConductFact) -> Told:  # noqa: C901, PLR0911 - a total dispatch
    """Return what is told of *fact*."""
    match fact:
        case s.GateFailed(_, trace, symbol, gate, error):
            failed = c.ComponentFailed(gate, symbol, error)
            return Told(trace, symbol, (("system.event_error", failed),))
        case s.FlatProved():
            flat = c.PositionsReconciled("", ZERO, ZERO, agrees=True, epoch=fact.epoch)
            return Told("", "", (("execution.positions_reconciled", flat),))
        case s.AccountDiffers(_, symbol, booked, held):
            differs = c.PositionsReconciled(symbol, booked, held, agrees=False, epoch=0)
            return Told("", symbol, (("execution.positions_reconciled", differs),))
        case s.RiskAlert(_, code, symbol, value, limit, text):
            kind = "risk.limit_breached" if code in BREACHES else "risk.alert"
            alert = c.RiskTold(code.value, symbol, finite(value), finite(limit), text)
            return Told("", symbol, ((kind, alert),))
        case s.PolicyRungChanged(_, old, new, _, _, problem):
            rung = c.HealthMoved("policy_store", old, new, "", (problem,) if problem else ())
            return Told("", "", (("system.health_changed", rung),))
        case s.HealthNoted(_, was, now, permission, reasons):
            health = c.HealthMoved("system", was.name, now.name, permission, reasons)
            return Told("", "", (("system.health_changed", health),))
        case s.DirectiveAdopted():
            return Told("", "", (("directive.adopted", _directive(fact)),))
        case f.PolicyChanged():
            return Told("", "", (("policy.changed", c.PolicyMoved(*fact[1:])),))
        case f.OperatorActed():
            return Told("", "", (("operator.acted", c.OperatorTold(*fact[1:])),))
        case f.SessionBegan(_, mode, fencing, version, symbols):
            started = c.Started(mode.value, fencing, version, symbols)
            return Told("", "", (("system.started", started),))
        case f.SessionEnded(_, reason, positions):
            return Told("", "", (("system.stopped", c.Stopped(reason, positions)),))
    assert_never(fact)


def of_risk_mode(fact: f.RiskModeChanged, heard: Heard) -> Told:
    """Return what is told of a step of the emergency stop, up or down, taken on *heard*."""
    causes = tuple(str(cause) for cause in fact.causes)
    drawdown, equity = finite(fact.drawdown), finite(fact.equity)
    if RiskMode[fact.new] < RiskMode[fact.old]:
        actor = heard.actor if isinstance(heard, OperatorReleased) else ""
        recovered = c.EmergencyRecovered(
            "MANUAL" if actor else "AUTO",
            fact.old,
            fact.new,
            causes,
            drawdown,
            equity,
            fact.epoch,
            actor,
        )
        return Told("", "", (("emergency.recovered", recovered),))
    triggered = c.EmergencyTriggered(
        _SEVERITY[fact.new],
        fact.old,
        fact.new,
        causes,
        drawdown,
        finite(fact.daily_loss),
        equity,
        fact.epoch,
        fact.closing,
    )
    return Told("", "", (("emergency.triggered", triggered),))


def _directive(fact: s.DirectiveAdopted) -> Payload:
    directive = fact.directive
    return c.DirectiveTold(
        directive.mode.value,
        directive.size,
        finite(directive.confidence_min),
        directive.positions_max,
        directive.style.value,
        directive.symbols,
        directive.reason,
        fact.actor,
    )
