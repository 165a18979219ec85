"""The `Rig`: a desk that a test tells events and asks what it said."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from domain.decision.attention import next_tick
from domain.decision.facts import Said
from domain.decision.messages import (
    Candidate,
    ClockTicked,
    Command,
    Heard,
    MarketAdvanced,
    SessionOpened,
)
from domain.decision.state import State, initial
from domain.decision.step import step
from domain.execution.messages import (
    AccountRead,
    CancelOrder,
    Deposited,
    Liquidity,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    PlaceEntry,
    PlaceExit,
    ReadAccount,
)
from domain.execution.order import Order
from domain.execution.trade import Trade
from domain.governance.policy import Policy
from domain.market.messages import Bulletin, PredictedFunding, Regime
from domain.shared.amounts import ZERO
from domain.shared.enums import RunMode, Side
from domain.shared.identity import Leg
from tests.builders import BTC, ETH, MINUTE_MS, START_MS, D, a_candidate, an_instrument

Kind = TypeVar("Kind")


class Rig:
    """A desk with 10,000 USD. `said` and `asked` collect until `forget`."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        symbols: Iterable[str] = (BTC, ETH),
        deposit: str = "10000",
        mode: RunMode = RunMode.BACKTEST,
        answers: bool = True,
    ) -> None:
        """Open the desk and pay in. A venue that *answers* tells what it holds when it is asked."""
        self.now = START_MS
        self.answers = answers
        self.said: list[Said] = []
        self.asked: list[Command] = []
        self._fills = 0
        policy = policy or Policy()
        self.state: State = initial(mode, policy)
        instruments = {s: an_instrument(s) for s in symbols}
        self.hears(SessionOpened(self.now, mode, 1, policy, instruments))
        self.hears(Deposited(self.now, D(deposit)))
        free = tuple(PredictedFunding(symbol, 0.0, 1 << 62) for symbol in instruments)
        self.hears(MarketAdvanced(self.now, (), 0.0, (), (), Bulletin(free)))
        self.forget()

    def hears(self, *events: Heard) -> "Rig":
        """Let the desk hear *events*, one after the other."""
        for event in events:
            decision = step(self.state, event)
            self.state = decision.state
            self.said += decision.said
            self.asked += decision.asked
            if self.answers and any(isinstance(c, ReadAccount) for c in decision.asked):
                self.hears(self.account())
        return self

    def account(self) -> AccountRead:
        """Return what a venue says that agrees with the book and has forgotten no order."""
        held = self.state.book.positions.values()
        positions = tuple((p.symbol, p.quantity) for p in held)
        orders = tuple((o.client_id, o.symbol) for o in self.state.orders.values())
        return AccountRead(self.now, positions, orders)

    def forget(self) -> "Rig":
        """Forget what was said and asked so far."""
        self.said.clear()
        self.asked.clear()
        return self

    def advances(
        self,
        minutes: float = 1,
        marks: Mapping[str, float] | None = None,
        *candidates: Candidate,
        high: float = 0.0,
        turns: tuple[tuple[str, Regime], ...] = (),
        bulletin: Bulletin | None = None,
        passed: tuple[tuple[int, float], ...] = (),
    ) -> "Rig":
        """Let bars close *minutes* later."""
        self.now += int(minutes * MINUTE_MS)
        told = tuple((marks or {}).items())
        return self.hears(MarketAdvanced(self.now, told, high, turns, candidates, bulletin, passed))

    def wants(self, *candidates: Candidate, minutes: float = 1) -> "Rig":
        """Let *candidates* come with bars that close *minutes* later."""
        marks = {c.quote.symbol: float(c.quote.price) for c in candidates}
        return self.advances(minutes, marks, *candidates)

    def told(self, kind: type[Kind]) -> list[Kind]:
        """Return the facts of *kind* said since `forget`."""
        return [fact for fact in self.said if isinstance(fact, kind)]

    def orders(self, kind: type[Kind]) -> list[Kind]:
        """Return the commands of *kind* asked since `forget`."""
        return [command for command in self.asked if isinstance(command, kind)]

    def trade(self, symbol: str = BTC) -> Trade:
        """Return the trade of *symbol*."""
        return self.state.trades[symbol]

    def live(self, leg: Leg, symbol: str = BTC) -> Order:
        """Return the latest live order of *symbol* for *leg*."""
        return [o for o in self.state.orders.values() if o.symbol == symbol and o.leg is leg][-1]

    def has_live(self, leg: Leg, symbol: str = BTC) -> bool:
        """Tell whether there is a live order of *symbol* for *leg*."""
        return any(o.symbol == symbol and o.leg is leg for o in self.state.orders.values())

    def fill_of(
        self, order: Order, price: str, quantity: str | None = None, leaves: str = "0"
    ) -> OrderFilled:
        """Return a fill of *order*; all of it unless *quantity* says less. The fee is 4 bps."""
        self._fills += 1
        trade = self.state.trades.get(order.symbol)
        whole = order.quantity or (trade.held if trade else ZERO)
        amount = whole if quantity is None else D(quantity)
        fee = (amount * D(price) * D("0.0004")).quantize(D("0.00000001"))
        return OrderFilled(
            self.now,
            order.client_id,
            order.symbol,
            order.side,
            amount,
            D(price),
            fee,
            Liquidity.TAKER,
            f"v{self._fills}",
            D(leaves),
        )

    def stray_fill(
        self, side: Side, quantity: str, price: str, symbol: str = BTC, client_id: str = "foreign"
    ) -> OrderFilled:
        """Return a fill of an order that is not the desk's."""
        self._fills += 1
        return OrderFilled(
            self.now,
            client_id,
            symbol,
            side,
            D(quantity),
            D(price),
            ZERO,
            Liquidity.TAKER,
            f"v{self._fills}",
            ZERO,
        )

    def fills(
        self,
        leg: Leg,
        price: str,
        quantity: str | None = None,
        leaves: str = "0",
        symbol: str = BTC,
    ) -> "Rig":
        """Let the venue fill the latest live order of *symbol* for *leg*."""
        return self.hears(self.fill_of(self.live(leg, symbol), price, quantity, leaves))

    def accepts(self, leg: Leg, symbol: str = BTC) -> "Rig":
        """Let the venue accept the latest live order of *symbol* for *leg*."""
        return self.hears(OrderAccepted(self.now, self.live(leg, symbol).client_id, symbol))

    def accepts_all(self) -> "Rig":
        """Let the venue accept every live order."""
        for order in tuple(self.state.orders.values()):
            self.hears(OrderAccepted(self.now, order.client_id, order.symbol))
        return self

    def rejects(self, leg: Leg, code: str = "refused", symbol: str = BTC) -> "Rig":
        """Let the venue reject the latest live order of *symbol* for *leg*."""
        name = self.live(leg, symbol).client_id
        return self.hears(OrderRejected(self.now, name, symbol, code))

    def cancels(self, leg: Leg, reason: str = "requested", symbol: str = BTC) -> "Rig":
        """Let the venue cancel the latest live order of *symbol* for *leg*."""
        name = self.live(leg, symbol).client_id
        return self.hears(OrderCanceled(self.now, name, symbol, reason))

    def obeys(self) -> "Rig":
        """Let the venue do every cancel that was asked, in order, and forget what was asked."""
        for order in self.orders(CancelOrder):
            if order.client_id in self.state.orders:
                self.hears(OrderCanceled(self.now, order.client_id, order.symbol, "requested"))
        due = next_tick(self.state)
        if due is not None and not self.state.book.positions:
            self.hears(ClockTicked(due))  # all is gone: let the desk convince itself of it
        return self

    def opens(self, candidate: Candidate | None = None, price: str | None = None) -> "Rig":
        """Enter on *candidate*, fill it whole at *price*, have stop and targets accepted."""
        wish = candidate or a_candidate()
        symbol = wish.quote.symbol
        self.wants(wish)
        self.fills(Leg.ENTRY, price or str(wish.quote.price), symbol=symbol)
        return self.accepts_all().forget()

    def entries(self) -> list[PlaceEntry]:
        """Return the entries asked for since `forget`."""
        return self.orders(PlaceEntry)

    def exits(self, leg: Leg | None = None) -> list[PlaceExit]:
        """Return the exits asked for since `forget`, of one leg or all."""
        return [
            e
            for e in self.orders(PlaceExit)
            if leg is None or e.client_id.rpartition("-")[2].startswith(leg)
        ]
