"""The heart: `step(state, heard) -> Decision`. Pure and total.

Replaying the journal through it must say and ask exactly the same again; back-test, paper and live
are three ways of calling it.
"""

from typing import assert_never

from domain.ai.model_news import (
    ModelDrifted,
    ModelPromoted,
    ModelRolledBack,
    RetrainRequested,
)
from domain.decision import (
    answers,
    closure,
    fills,
    models,
    news,
    pausing,
    reconciling,
    reports,
    steering,
    supervision,
    surveillance,
    watching,
)
from domain.decision.entry import consider
from domain.decision.messages import (
    ClockTicked,
    DirectiveIssued,
    EntriesPaused,
    EntriesUnpaused,
    HealthChanged,
    Heard,
    IntegrityLost,
    LatchRead,
    MarketAdvanced,
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
    PolicyAdopted,
    PolicyStoreFound,
    PolicyStoreLost,
    SessionClosed,
    SessionOpened,
    WishRefused,
)
from domain.decision.state import Decision, State, Turn
from domain.execution.messages import (
    AccountRead,
    CancelRefused,
    Deposited,
    FundingSettled,
    OrderAbsent,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRead,
    OrderRejected,
    OrderUnknown,
    Report,
    StreamTurned,
)


def step(state: State, heard: Heard) -> Decision:
    """Decide on one event."""
    if isinstance(heard, (OrderAccepted, OrderCanceled)):
        after = reports.quiet(state, heard)
        if after is not None:
            return Decision(after, (), ())
    turn = Turn(state)
    turn.at_ms = max(turn.at_ms, heard.at_ms)
    governance = turn.oversight.governance
    if governance.out_since_ms is not None or turn.policy.expires_ms:
        supervision.age(turn)
    if governance.pause is not None:
        pausing.lapse(turn)
    _hear(turn, heard)
    if turn.oversight.closure is not None:
        closure.pursue(turn)
    if turn.oversight.reconciliation.remote:
        reconciling.pursue(turn)
        if isinstance(heard, (ClockTicked, MarketAdvanced, AccountRead)):
            watching.look(turn)
    return turn.done()


def _hear(turn: Turn, heard: Heard) -> None:
    match heard:
        case MarketAdvanced():
            if heard.bulletin is not None:
                news.hear(turn, heard.bulletin)
            surveillance.observe(turn, heard)
            for candidate in heard.candidates:
                consider(turn, candidate, heard.at_ms)
        case ClockTicked():
            surveillance.tick(turn, heard)
        case SessionOpened():
            steering.opened(turn, heard)
            reconciling.begin(turn, remote=heard.remote)
        case (
            PolicyAdopted()
            | PolicyStoreLost()
            | PolicyStoreFound()
            | DirectiveIssued()
            | HealthChanged()
            | IntegrityLost()
            | LatchRead()
        ):
            supervision.hear(turn, heard)
        case (
            OperatorHalted()
            | OperatorReleased()
            | OperatorFlattened()
            | WishRefused()
            | SessionClosed()
        ):
            steering.operated(turn, heard)
        case EntriesPaused() | EntriesUnpaused():
            pausing.hear(turn, heard)
        case ModelPromoted() | ModelRolledBack() | ModelDrifted() | RetrainRequested():
            models.heard(turn, heard)
        case _:
            _reported(turn, heard)


def _reported(turn: Turn, report: Report) -> None:
    """Hear what a venue reports."""
    match report:
        case OrderFilled():
            fills.filled(turn, report)
        case OrderAccepted():
            answers.accepted(turn, report)
        case OrderCanceled() | OrderRejected():
            reports.ended(turn, report)
        case FundingSettled():
            steering.funded(turn, report)
        case Deposited():
            steering.deposited(turn, report)
        case OrderUnknown() | OrderAbsent() | OrderRead() | CancelRefused():
            answers.hear(turn, report)
        case StreamTurned():
            reconciling.turned(turn, report)
        case AccountRead():
            reconciling.read(turn, report)
            closure.read(turn, report)
            surveillance.react(turn)
        case _:
            assert_never(report)
