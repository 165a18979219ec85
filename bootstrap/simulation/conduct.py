"""What no decision of the desk may do, whatever it hears.

I1   what is asked in an emergency to leave a position is on its other side, and no larger than what
     is known of it
I6   orders move along their table, an ended one never comes back, what is filled never falls
I12  flat is proved only by an account that shows nothing of ours, asked for after the last fill
I14  the mode falls one rung at a time; what is latched only an operator lets go
"""

from collections.abc import Callable

from domain.decision.facts import RiskModeChanged
from domain.decision.messages import Heard, OperatorReleased, SessionOpened
from domain.decision.safety_facts import FlatProved
from domain.decision.state import Decision, State
from domain.execution.messages import AccountRead, OrderFilled, PlaceExit
from domain.execution.order import TRANSITIONS, Order
from domain.risk.emergency_stop import EMERGENCY, RiskMode
from domain.shared.amounts import ZERO
from domain.shared.identity import own_id


class Conduct:
    """Watches the decisions of one schedule. `fail` is told, and does not return."""

    def __init__(self, fail: Callable[[str, str], None]) -> None:
        """Tell *fail* of invariant and text."""
        self.fail = fail
        self._ended: set[str] = set()
        self._booked_ms = 0

    def forget(self) -> None:
        """Forget what a process knew that has died: the next one may know less."""
        self._ended.clear()

    def decided(self, before: State, heard: Heard, decision: Decision) -> None:
        """Look at a decision."""
        after = decision.state
        if isinstance(heard, OrderFilled) and after.book is not before.book:
            self._booked_ms = max(self._booked_ms, heard.at_ms)
        if after.stop is not before.stop:
            self._moved(before, heard, after)
        if after.orders is not before.orders:
            self._ordered(before, after, started=isinstance(heard, SessionOpened))
        # A start asks anew for what was asked before.
        if after.stop.mode is EMERGENCY and not isinstance(heard, SessionOpened):
            for command in decision.asked:
                if isinstance(command, PlaceExit):
                    self._leaving(command, heard, before, after)
        for fact in decision.said:
            if isinstance(fact, FlatProved):
                self._proved(heard, after)
            elif isinstance(fact, RiskModeChanged) and _falls_too_far(fact):
                self.fail("I14", f"{fact.old} fell to {fact.new} at once")

    def _leaving(self, exit_: PlaceExit, heard: Heard, before: State, after: State) -> None:
        symbol, name = exit_.symbol, exit_.client_id
        known = [
            one.book.positions[symbol].quantity
            for one in (before, after)
            if symbol in one.book.positions
        ]
        if isinstance(heard, AccountRead):
            known += [quantity for held, quantity in heard.positions if held == symbol]
        against = [abs(quantity) for quantity in known if quantity * exit_.side.sign < ZERO]
        if not against:
            self.fail("I1", f"{name} goes {exit_.side}, and {known} is held")
        elif exit_.quantity is not None and exit_.quantity > max(against):
            self.fail("I1", f"{name} is to leave {exit_.quantity}, and {max(against)} is held")

    def _moved(self, before: State, heard: Heard, after: State) -> None:
        let_go = set(before.stop.latched) - set(after.stop.latched)
        if let_go and not isinstance(heard, OperatorReleased):
            self.fail("I14", f"{sorted(let_go)} let go by {type(heard).__name__}")

    def _ordered(self, before: State, after: State, *, started: bool) -> None:
        for name, order in after.orders.items():
            old = before.orders.get(name)
            if old is order:
                continue
            if old is None:
                if name in self._ended and not started:
                    self.fail("I6", f"{name} had ended, and is live again")
            else:
                self._changed(old, order)
        for name in before.orders.keys() - after.orders.keys():
            self._ended.add(name)

    def _changed(self, old: Order, new: Order) -> None:
        if new.filled < old.filled:
            self.fail("I6", f"{new.client_id}: filled falls from {old.filled} to {new.filled}")
        if new.state is not old.state and new.state not in TRANSITIONS[old.state]:
            self.fail("I6", f"{new.client_id}: {old.state} became {new.state}")

    def _proved(self, heard: Heard, after: State) -> None:
        if not isinstance(heard, AccountRead):
            self.fail("I12", f"flat was proved by {type(heard).__name__}")
        elif heard.positions or after.book.positions:
            self.fail("I12", f"flat was proved while {heard.positions} is held")
        elif heard.asked_ms < self._booked_ms:
            self.fail("I12", f"flat was proved as of {heard.asked_ms}, before {self._booked_ms}")
        elif any(own_id(name) for name, _ in heard.orders):
            self.fail("I12", f"flat was proved while {heard.orders} rest")


def _falls_too_far(fact: RiskModeChanged) -> bool:
    return RiskMode[fact.old] - RiskMode[fact.new] > 1
