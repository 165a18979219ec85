"""What a batch of schedules must have met at least once, or it has shown little.

A goal that no schedule of a large batch hits is a hole in the weather, or in the watching.
"""

from collections import Counter
from typing import Final

from adapters.exchange.simulated.wire import TIMEOUT_MS
from bootstrap.simulation.stage import Stage
from domain.decision.answers import PROVEN_ABSENT
from domain.decision.messages import Heard, SessionOpened
from domain.decision.safety_facts import (
    DoubtResolved,
    FlatProved,
    PositionAdjusted,
    PositionAdopted,
)
from domain.decision.state import Decision, State
from domain.execution.messages import (
    CancelOrder,
    OrderAbsent,
    OrderAccepted,
    OrderFilled,
    OrderKind,
    OrderRejected,
    OrderUnknown,
    PlaceEntry,
    PlaceExit,
    Report,
    VenueCommand,
)
from domain.execution.order import OrderState
from domain.risk.emergency_stop import EMERGENCY
from domain.shared.identity import own_id

BATCH_MIN: Final = 1_000
GOALS: Final = (
    "entry sent", "stop sent", "market exit sent", "cancel sent", "exit sent again",
    "order in doubt", "order answered as absent", "doubt settled", "late accept",
    "fill before acknowledgement", "fill told again", "partial fill", "entry proven absent",
    "emergency", "flat proved", "crash", "crash in an emergency", "crash with an order in doubt",
    "recovered", "position adjusted", "position adopted", "foreign order", "fill of another hand",
    "close refused: -4118", "ban in an emergency", "second instance", "stream turned",
    "policy store lost", "operator", "sleep", "clock step", "funding", "converged",
    "converged with a position", "fail-stop",
)  # fmt: skip


class Tally:
    """Counts what was met in one schedule."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._filled: set[tuple[str, str]] = set()
        self._sent: dict[str, int] = {}

    def hit(self, goal: str) -> None:
        """Count *goal*."""
        self.counts[goal] += 1

    def sent(self, command: VenueCommand, at_ms: int, state: State, *, banned: bool) -> None:
        """See a write leave, of a desk in *state*, while it may be banned from the venue."""
        if banned and state.stop.mode is EMERGENCY:
            self.hit("ban in an emergency")
        match command:
            case PlaceEntry():
                self.hit("entry sent")
            case PlaceExit():
                kind = "stop sent" if command.kind is OrderKind.STOP_MARKET else "market exit sent"
                self.hit(kind)
                if command.client_id in self._sent:
                    self.hit("exit sent again")
            case CancelOrder():
                self.hit("cancel sent")
        if not isinstance(command, CancelOrder):
            self._sent[command.client_id] = at_ms

    def reported(self, report: Report, at_ms: int) -> None:
        """See what happens at the venue."""
        if isinstance(report, OrderAccepted):
            sent_ms = self._sent.get(report.client_id, at_ms)
            if at_ms - sent_ms > TIMEOUT_MS:
                self.hit("late accept")

    def decided(self, before: State, heard: Heard, decision: Decision) -> None:
        """See a decision."""
        state = decision.state
        match heard:
            case OrderFilled():
                self._fill(before, heard)
            case OrderUnknown():
                self.hit("order in doubt")
            case OrderAbsent():
                self.hit("order answered as absent")
            case OrderRejected() if heard.code == "-4118":
                self.hit("close refused: -4118")
            case SessionOpened():
                self._opened(before)
            case _:
                pass
        if state.stop.mode is EMERGENCY and before.stop.mode is not EMERGENCY:
            self.hit("emergency")
        for fact in decision.said:
            self._said(fact)

    def _opened(self, before: State) -> None:
        if before.stop.mode is EMERGENCY:
            self.hit("crash in an emergency")
        if before.oversight.reconciliation.doubts:
            self.hit("crash with an order in doubt")

    def _fill(self, before: State, fill: OrderFilled) -> None:
        key = fill.symbol, fill.venue_trade_id
        if key in self._filled:
            self.hit("fill told again")
        self._filled.add(key)
        if fill.leaves:
            self.hit("partial fill")
        order = before.orders.get(fill.client_id)
        if order is not None and order.state is OrderState.SUBMITTED:
            self.hit("fill before acknowledgement")
        if own_id(fill.client_id) is None:
            self.hit("fill of another hand")

    def _said(self, fact: object) -> None:
        match fact:
            case FlatProved():
                self.hit("flat proved")
            case PositionAdjusted():
                self.hit("position adjusted")
            case PositionAdopted():
                self.hit("position adopted")
            case DoubtResolved():
                self.hit("doubt settled")
                if fact.evidence == PROVEN_ABSENT:
                    self.hit("entry proven absent")
            case _:
                pass

    def ended(self, world: Stage) -> None:
        """See a schedule that converged."""
        self.hit("converged")
        life = world.house.life
        if life is not None and life.engine is not None and life.engine.state.book.positions:
            self.hit("converged with a position")


def missed(counts: Counter[str]) -> tuple[str, ...]:
    """Return the goals that were never hit."""
    return tuple(goal for goal in GOALS if not counts[goal])
