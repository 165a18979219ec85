"""The audit records about what is known of the venue: doubts, adjustments, agreement."""

from typing import assert_never

from application.projections.safety_records import DESK, Fields
from domain.decision.safety_facts import (
    BalanceAdjusted,
    DoubtResolved,
    OrderInDoubt,
    PositionAdjusted,
    PositionAdopted,
    PositionFinding,
    Synced,
    VenueFact,
)


def of_venue(fact: VenueFact) -> tuple[str, Fields]:  # noqa: PLR0911 - a total dispatch
    """Return the type of the audit record of *fact*, and what it holds."""
    match fact:
        case OrderInDoubt():
            doubt: Fields = {
                "trace_id": fact.trade_id,
                "actor": DESK,
                "symbol": fact.symbol,
                "order_id": fact.client_id,
                "reason": fact.evidence,
            }
            return "order.in_doubt", doubt
        case DoubtResolved():
            resolved: Fields = {
                "actor": "venue",
                "symbol": fact.symbol,
                "order_id": fact.client_id,
                "reason": fact.evidence,
                "took_sec": fact.took_ms / 1000,
            }
            return "order.doubt_resolved", resolved
        case PositionAdjusted():
            adjusted: Fields = {
                "actor": "venue",
                "symbol": fact.symbol,
                "quantity": fact.amount,
                "price": fact.price,
            }
            return "position.adjusted", adjusted
        case BalanceAdjusted():
            balance: Fields = {"actor": "venue", "amount_usd": fact.amount, "wallet": fact.wallet}
            return "balance.adjusted", balance
        case PositionAdopted():
            return "position.adopted", _adopted(fact)
        case PositionFinding():
            return "position.finding", _finding(fact)
        case Synced():
            return "execution.positions_reconciled", _synced(fact)
        case _:
            assert_never(fact)


def _adopted(fact: PositionAdopted) -> Fields:
    return {
        "trace_id": fact.trade_id,
        "actor": DESK,
        "symbol": fact.symbol,
        "action": fact.side.value,
        "quantity": fact.quantity,
        "price": fact.price,
        "stop": fact.stop,
    }


def _finding(fact: PositionFinding) -> Fields:
    return {
        "actor": DESK,
        "code": fact.code,
        "symbol": fact.symbol,
        "value": fact.value,
        "limit": fact.limit,
        "text": fact.text,
        "over": fact.is_over,
    }


def _synced(fact: Synced) -> Fields:
    return {
        "actor": "venue",
        "symbols": list(fact.held),
        "orders": fact.orders,
        "doubts": fact.doubts,
        "agree": True,
    }
