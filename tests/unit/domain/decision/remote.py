"""`Remote`: a desk whose venue is beyond a wire and answers only what a test has it answer."""

from decimal import Decimal
from typing import Final

from domain.decision.messages import ClockTicked, SessionOpened
from domain.execution.messages import (
    AccountRead,
    OrderAbsent,
    OrderRead,
    OrderStatus,
    OrderUnknown,
    StreamTurned,
)
from domain.execution.order import Order
from domain.execution.reconciliation import Reconciliation
from domain.governance.policy import Policy
from domain.shared.identity import Leg
from tests.builders import BTC, a_policy
from tests.rig import Rig

SECOND_MS: Final = 1_000


class Remote(Rig):
    """A rig beyond a wire, synced at the start."""

    def __init__(self, policy: Policy | None = None) -> None:
        policy = policy or a_policy()
        super().__init__(policy, answers=False)
        self.reopens(fencing=1)
        self.hears(StreamTurned(self.now, up=True, reason="connected"))
        self.reads().forget()

    @property
    def known(self) -> Reconciliation:
        """Return how well the desk knows the venue."""
        return self.state.oversight.reconciliation

    def reopens(self, fencing: int) -> "Remote":
        """Open the desk anew, as after a restart."""
        state = self.state
        policy = state.oversight.governance.stored
        opened = SessionOpened(self.now, state.mode, fencing, policy, state.instruments)
        self.hears(opened._replace(remote=True))
        return self

    def passes(self, seconds: float) -> "Remote":
        """Let time pass, in one tick."""
        self.now += int(seconds * SECOND_MS)
        self.hears(ClockTicked(self.now))
        return self

    def reads(
        self,
        held: dict[str, Decimal] | None = None,
        orders: tuple[tuple[str, str], ...] | None = None,
        wallet: Decimal | None = None,
        asked_ms: int = 0,
    ) -> "Remote":
        """Let the venue tell of the account: what agrees with the desk, unless said otherwise."""
        told = self.account()
        positions = told.positions if held is None else tuple(held.items())
        listed = told.orders if orders is None else orders
        self.hears(AccountRead(self.now, positions, listed, wallet, asked_ms))
        return self

    def doubts(self, leg: Leg, evidence: str = "timeout", symbol: str = BTC) -> Order:
        """Let nobody know what became of the latest order of *symbol* for *leg*; return it."""
        order = self.live(leg, symbol)
        self.hears(OrderUnknown(self.now, order.client_id, symbol, evidence))
        return order

    def lacks(self, order: Order) -> "Remote":
        """Let the venue answer that it does not know *order*."""
        self.hears(OrderAbsent(self.now, order.client_id, order.symbol))
        return self

    def finds(self, order: Order, status: OrderStatus, filled: str = "0") -> "Remote":
        """Let the venue answer how *order* stands."""
        self.hears(OrderRead(self.now, order.client_id, order.symbol, status, Decimal(filled)))
        return self

    def not_listing(self, order: Order) -> tuple[tuple[str, str], ...]:
        """Return the orders that the desk holds live, without *order*."""
        return tuple(o for o in self.account().orders if o[0] != order.client_id)

    def proves_absent(self, order: Order) -> "Remote":
        """Let the venue answer until *order* is proven absent."""
        for _ in range(3):
            self.passes(6)
            self.lacks(order)
        return self.reads(orders=self.not_listing(order))
