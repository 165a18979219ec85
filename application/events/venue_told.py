"""What is told of the venue: agreement, adjustments, orders in doubt, findings."""

from typing import assert_never

from application.events import conduct_payloads as c
from application.events.told import Told, finite
from domain.decision import safety_facts as s
from domain.shared.amounts import ZERO

VenueTold = s.Synced | s.PositionAdjusted | s.PositionFinding | s.BalanceAdjusted | s.OrderInDoubt


def of_venue(fact: VenueTold) -> Told:
    """Return what is told of *fact*."""
    match fact:
        case s.Synced():
            agrees = c.PositionsReconciled("", ZERO, ZERO, agrees=True, epoch=0)
            return Told("", "", (("execution.positions_reconciled", agrees),))
        case s.PositionAdjusted(_, symbol, amount, _):
            adjusted = c.PositionsReconciled(symbol, ZERO, amount, agrees=False, epoch=0)
            return Told("", symbol, (("execution.positions_reconciled", adjusted),))
        case s.PositionFinding(_, code, symbol, value, limit, text, is_over):
            words = f"over: {text}" if is_over else text
            finding = c.RiskTold(code, symbol, finite(value), finite(limit), words)
            return Told("", symbol, (("risk.alert", finding),))
        case s.BalanceAdjusted(_, amount, wallet):
            text = f"the balance was made the venue's {wallet} USD: {amount:+} USD"
            balance = c.RiskTold("balance_adjusted", "", float(amount), 0.0, text)
            return Told("", "", (("risk.alert", balance),))
        case s.OrderInDoubt(_, trade_id, symbol, name, evidence):
            text = f"{symbol}: nobody knows what became of {name}: {evidence}"
            doubt = c.RiskTold("order_in_doubt", symbol, 1.0, 0.0, text)
            return Told(trade_id, symbol, (("risk.alert", doubt),))
        case _:
            assert_never(fact)
