"""The state of the desk, and the turn in which one event changes it.

The state is a value: nothing mutates it, a change is a new one. Counts are derived from trades and
orders when asked for, never kept beside them. A `Turn` is scratch paper for one step: it holds the
state reached so far and collects what is said and asked; it never outlives `step`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from domain.decision.facts import Said
from domain.decision.messages import Candidate, Command
from domain.execution.order import Order
from domain.execution.trade import Trade
from domain.governance.policy import Policy
from domain.market.instrument import Instrument
from domain.market.messages import Regime
from domain.monitoring.drawdown import EquityWatch
from domain.monitoring.symbol_performance import SymbolRecord
from domain.portfolio.book import Book, Exposure
from domain.risk.emergency_stop import EmergencyStop
from domain.shared.enums import RunMode


class Waiting(NamedTuple):
    """A signal born at `born_ms` that waits for its symbol to be flat, and dies at `expires_ms`."""

    born_ms: int
    expires_ms: int
    candidate: Candidate


class State(NamedTuple):
    """All that the desk knows. Maps are keyed by symbol, `orders` (live ones) by client id.

    `waiting` holds an opposite signal until its symbol is flat.
    `stop_outs` and `entries` are times of late stop-outs and entry orders, within their windows.
    """

    at_ms: int
    mode: RunMode
    fencing: int
    policy: Policy
    instruments: Mapping[str, Instrument]
    book: Book
    exposure: Exposure
    marks: Mapping[str, float]
    watch: EquityWatch
    stop: EmergencyStop
    trades: Mapping[str, Trade]
    orders: Mapping[str, Order]
    records: Mapping[str, SymbolRecord]
    regimes: Mapping[str, Regime]
    waiting: Mapping[str, Waiting]
    stop_outs: tuple[int, ...]
    entries: tuple[int, ...]

    @property
    def equity(self) -> float:
        """Wallet + unrealised PnL in USD at the last marks."""
        return self.exposure.equity(self.marks)


def initial(mode: RunMode, policy: Policy) -> State:
    """Return the state before anything was heard."""
    return State(
        0,
        mode,
        0,
        policy,
        {},
        Book(),
        Exposure(0.0, ()),
        {},
        EquityWatch(),
        EmergencyStop(),
        {},
        {},
        {},
        {},
        {},
        (),
        (),
    )


class Turn:
    """One step in the making."""

    __slots__ = ("asked", "said", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.said: list[Said] = []
        self.asked: list[Command] = []

    def put_trade(self, trade: Trade) -> None:
        """Remember *trade* under its symbol."""
        state = self.state
        self.state = state._replace(trades={**state.trades, trade.plan.symbol: trade})

    def drop_trade(self, symbol: str) -> None:
        """Forget the trade of *symbol*."""
        trades = dict(self.state.trades)
        trades.pop(symbol, None)
        self.state = self.state._replace(trades=trades)

    def put_order(self, order: Order) -> None:
        """Remember *order* as live."""
        state = self.state
        self.state = state._replace(orders={**state.orders, order.client_id: order})

    def drop_order(self, client_id: str) -> None:
        """Forget an order that has ended."""
        orders = dict(self.state.orders)
        orders.pop(client_id, None)
        self.state = self.state._replace(orders=orders)


class Decision(NamedTuple):
    """A new state, the facts to make known, and the commands to the world."""

    state: State
    said: tuple[Said, ...]
    asked: tuple[Command, ...]
