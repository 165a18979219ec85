"""The state of the desk, and the turn in which one event changes it.

The state is a value: nothing mutates it, a change is a new one. Counts are derived from trades and
orders when asked for, never kept beside them. A `Turn` is scratch paper for one step: it holds the
state reached so far and collects what is said and asked; it never outlives `step`.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from domain.decision.facts import Said
from domain.decision.messages import Candidate, Command
from domain.decision.oversight import Oversight, overseen
from domain.execution.order import Order
from domain.execution.trade import Trade, worked
from domain.governance.policy import Policy
from domain.market.instrument import Instrument
from domain.market.messages import Regime
from domain.monitoring.drawdown import EquityWatch
from domain.monitoring.symbol_performance import SymbolRecord
from domain.portfolio.book import Book, Exposure
from domain.risk.emergency_stop import EmergencyStop
from domain.shared.enums import RunMode

# Fills are told again soon or never: within so many of one symbol.
SETTLED_FILLS_MAX: Final = 64


class Waiting(NamedTuple):
    """A signal born at `born_ms` that waits for its symbol to be flat, and dies at `expires_ms`."""

    born_ms: int
    expires_ms: int
    candidate: Candidate


class State(NamedTuple):
    """All that the desk knows. Maps are keyed by symbol, `orders` (live ones) by client id.

    `waiting` holds an opposite signal until its symbol is flat. `settled` has the ids of fills
    that no trade holds any more (the last closed one's, and strays): none is booked twice.
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
    settled: Mapping[str, tuple[str, ...]]
    oversight: Oversight

    @property
    def watched(self) -> tuple[str, ...]:
        """The symbols whose marks matter: held, being entered, or in the shadow book."""
        held = tuple(symbol for symbol, _ in self.exposure.held)
        more = (*self.oversight.shadow.trades, *worked(self.trades))
        return held if not more else tuple(sorted({*held, *more}))

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
        {},
        overseen(policy),
    )


class Turn:
    """One step in the making: the fields of `State`, open to change until `done`.

    What is mapped is never changed in place: the state that the step began with stays whole.
    """

    __slots__ = (
        "asked",
        "at_ms",
        "book",
        "entries",
        "exposure",
        "fencing",
        "instruments",
        "marks",
        "mode",
        "orders",
        "oversight",
        "policy",
        "records",
        "regimes",
        "said",
        "settled",
        "stop",
        "stop_outs",
        "trades",
        "waiting",
        "watch",
    )

    def __init__(self, state: State) -> None:
        """Begin from *state*."""
        self.said: list[Said] = []
        self.asked: list[Command] = []
        (
            self.at_ms,
            self.mode,
            self.fencing,
            self.policy,
            self.instruments,
            self.book,
            self.exposure,
            self.marks,
            self.watch,
            self.stop,
            self.trades,
            self.orders,
            self.records,
            self.regimes,
            self.waiting,
            self.stop_outs,
            self.entries,
            self.settled,
            self.oversight,
        ) = state

    @property
    def equity(self) -> float:
        """Wallet + unrealised PnL in USD at the last marks."""
        return self.exposure.equity(self.marks)

    def oversee(self, **changes: Any) -> None:  # noqa: ANN401 - fields of `Oversight`
        """Change fields of the oversight."""
        self.oversight = self.oversight._replace(**changes)

    def put_trade(self, trade: Trade) -> None:
        """Remember *trade* under its symbol."""
        self.trades = {**self.trades, trade.plan.symbol: trade}

    def drop_trade(self, symbol: str) -> None:
        """Forget the trade of *symbol*."""
        self.trades = {s: t for s, t in self.trades.items() if s != symbol}

    def put_order(self, order: Order) -> None:
        """Remember *order* as live."""
        self.orders = {**self.orders, order.client_id: order}

    def drop_order(self, client_id: str) -> None:
        """Forget an order that has ended."""
        self.orders = {i: o for i, o in self.orders.items() if i != client_id}

    def drop_waiting(self, symbol: str) -> None:
        """Forget the signal that waits for *symbol*."""
        if symbol in self.waiting:
            self.waiting = {s: w for s, w in self.waiting.items() if s != symbol}

    def settle(self, symbol: str, fills: tuple[str, ...]) -> None:
        """Remember *fills* of *symbol* as booked, after those no trade holds any more."""
        known = self.settled.get(symbol, ())[-SETTLED_FILLS_MAX:]
        self.settled = {**self.settled, symbol: (*known, *fills)}

    def done(self) -> "Decision":
        """Return the decision reached."""
        state = State(
            self.at_ms,
            self.mode,
            self.fencing,
            self.policy,
            self.instruments,
            self.book,
            self.exposure,
            self.marks,
            self.watch,
            self.stop,
            self.trades,
            self.orders,
            self.records,
            self.regimes,
            self.waiting,
            self.stop_outs,
            self.entries,
            self.settled,
            self.oversight,
        )
        return Decision(state, tuple(self.said), tuple(self.asked))


class Decision(NamedTuple):
    """A new state, the facts to make known, and the commands to the world."""

    state: State
    said: tuple[Said, ...]
    asked: tuple[Command, ...]
