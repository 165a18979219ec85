"""What the desk believes of its orders, held against the venue's ledger.

I5   a report told again changes nothing: a fill is booked once
I8   an order is believed to be at the venue, or refused there, only if it is; it is proven absent
     only after enough answers, far enough apart, and an account that was asked for when no request
     could be under way any more
"""

from collections.abc import Callable
from typing import Final

from adapters.exchange.simulated.shore import Shore
from domain.decision.answers import PROVEN_ABSENT
from domain.decision.messages import Heard
from domain.decision.safety_facts import DoubtResolved
from domain.decision.state import Decision, State
from domain.execution.messages import (
    LOCAL_CODES,
    AccountRead,
    OrderAbsent,
    OrderAccepted,
    OrderFilled,
    OrderRejected,
)
from domain.execution.reconciliation import CLOCK_ERROR_MS, RECEIVE_WINDOW_MS
from domain.shared.identity import Leg, own_id

_ANSWERS_MIN: Final = 3
_APART_MS: Final = 2_000
_SECOND_MS: Final = 1_000


class Evidence:
    """Watches what one schedule believes. `fail` is told, and does not return."""

    def __init__(self, shore: Shore, fail: Callable[[str, str], None]) -> None:
        """Hold beliefs against the ledger of *shore*."""
        self._shore = shore
        self._fail = fail
        self._sent_ms: dict[str, int] = {}
        self._absent_ms: dict[str, list[int]] = {}
        self._booked: set[tuple[str, str]] = set()

    def forget(self) -> None:
        """Forget what a process booked that has died: the next one may know less."""
        self._booked.clear()

    def sending(self, name: str, at_ms: int) -> None:
        """Note when an order is sent: what was answered before says nothing of it."""
        self._sent_ms[name] = at_ms
        self._absent_ms.pop(name, None)

    def decided(self, before: State, heard: Heard, decision: Decision) -> None:
        """Look at a decision."""
        match heard:
            case OrderFilled():
                self._filled(before, heard, decision.state)
            case OrderAccepted():
                self._accepted(heard)
            case OrderRejected():
                self._rejected(before, heard)
            case OrderAbsent():
                self._absent(heard)
            case _:
                pass
        for fact in decision.said:
            if isinstance(fact, DoubtResolved) and fact.evidence == PROVEN_ABSENT:
                self._proven(fact, heard, decision.state)

    def _filled(self, before: State, fill: OrderFilled, after: State) -> None:
        if after.book is before.book:
            return
        key = fill.symbol, fill.venue_trade_id
        if key in self._booked:
            self._fail("I5", f"the fill {fill.venue_trade_id} of {fill.client_id} is booked twice")
        self._booked.add(key)

    def _accepted(self, report: OrderAccepted) -> None:
        name = report.client_id
        if name in self._sent_ms and self._shore.venue.order(name) is None:
            self._fail("I8", f"{name} is believed to be at the venue, which never had it")

    def _rejected(self, before: State, report: OrderRejected) -> None:
        name = report.client_id
        if report.code in LOCAL_CODES or name not in self._sent_ms or name not in before.orders:
            return
        if self._shore.venue.order(name) is not None:
            self._fail("I8", f"{name} is believed to be refused ({report.code}); the venue took it")
        named = own_id(name)
        if named and named.leg is Leg.ENTRY and name in self._shore.under_way:
            self._fail("I8", f"{name} is believed to be refused; it is still on its way")

    def _absent(self, report: OrderAbsent) -> None:
        times = self._absent_ms.setdefault(report.client_id, [])
        if not times or report.at_ms - times[-1] >= _APART_MS:
            times.append(report.at_ms)

    def _proven(self, fact: DoubtResolved, heard: Heard, state: State) -> None:
        name = fact.client_id
        answers = len(self._absent_ms.get(name, ()))
        if answers < _ANSWERS_MIN:
            self._fail("I8", f"{name} is proven absent after {answers} answers")
        sent_ms = self._sent_ms.get(name)
        settled_ms = RECEIVE_WINDOW_MS + CLOCK_ERROR_MS + state.policy.settle_seconds * _SECOND_MS
        if not isinstance(heard, AccountRead):
            self._fail("I8", f"{name} is proven absent by {type(heard).__name__}")
        elif sent_ms is not None and heard.asked_ms <= sent_ms + settled_ms:
            self._fail("I8", f"{name} is proven absent {heard.asked_ms - sent_ms} ms after it left")
        elif any(listed == name for listed, _ in heard.orders):
            self._fail("I8", f"{name} is proven absent while it is listed")
