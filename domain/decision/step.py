"""The heart: `step(state, heard) -> Decision`. Pure and total.

Replaying the journal through it must say and ask exactly the same again; back-test, paper and live
are three ways of calling it.
"""

from typing import assert_never

from domain.decision import fills, reports, steering, surveillance
from domain.decision.entry import consider
from domain.decision.messages import (
    Heard,
    MarketAdvanced,
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
    PolicyAdopted,
    SessionOpened,
)
from domain.decision.state import Decision, State, Turn
from domain.execution.messages import (
    Deposited,
    FundingSettled,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
)


def step(state: State, heard: Heard) -> Decision:  # noqa: C901, PLR0912 - a total dispatch
    """Decide on one event."""
    if isinstance(heard, (OrderAccepted, OrderCanceled)):
        after = reports.quiet(state, heard)
        if after is not None:
            return Decision(after, (), ())
    turn = Turn(state)
    turn.at_ms = max(turn.at_ms, heard.at_ms)
    match heard:
        case MarketAdvanced():
            surveillance.observe(turn, heard)
            for candidate in heard.candidates:
                consider(turn, candidate, heard.at_ms)
        case OrderFilled():
            fills.filled(turn, heard)
        case OrderAccepted():
            reports.accepted(turn, heard)
        case OrderCanceled() | OrderRejected():
            reports.ended(turn, heard)
        case FundingSettled():
            steering.funded(turn, heard)
        case Deposited():
            steering.deposited(turn, heard)
        case SessionOpened():
            steering.opened(turn, heard)
        case PolicyAdopted():
            steering.adopted(turn, heard)
        case OperatorHalted():
            steering.halted(turn, heard)
        case OperatorReleased():
            steering.released(turn, heard)
        case OperatorFlattened():
            steering.flattened(turn, heard)
        case _:
            assert_never(heard)
    return turn.done()
