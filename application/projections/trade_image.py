"""The image of the desk in the trade state store: what changed since, told in one piece.

Rule 1: the image follows the state. It compares the maps of the state with those that it saw last,
by identity, so that an event that changes nothing costs nothing.
Rule 2: what changed waits until `flush`, one row for each trade and order however often it moved,
and is then stored as one change: a close with its orders, its fill and its position, or nothing.
Rule 3: an outage loses nothing and stops nothing. What could not be stored waits and is tried
again, later each time; whoever must stop entries is told once. What waits is then bounded by what
was open.
Rule 4: it hears every event from the first, a run that is resumed included; what the store holds
already is passed over.
"""

from collections.abc import Callable, Mapping
from typing import Final

from application.errors import IntegrityFailure, StoreUnavailable
from application.ports.trade_store import Change, TradeStore
from application.projections.trade_rows import (
    Ended,
    Over,
    order_row,
    position_row,
    trade_row,
    whole,
)
from domain.decision.facts import Said, TradeAborted, TradeClosed
from domain.decision.messages import Heard
from domain.decision.state import State
from domain.execution.messages import OrderCanceled, OrderFilled, OrderRejected
from domain.execution.order import Order, OrderState
from domain.execution.trade import Trade
from domain.portfolio.position import Position, flat

RETRY_MS: Final = 1_000
RETRY_MS_MAX: Final = 30_000


class TradeImage:
    """A projection that keeps *store* the image of the desk."""

    def __init__(
        self,
        store: TradeStore,
        state: Callable[[], State],
        sequence: Callable[[], int],
        told: Callable[[str | None], None],
    ) -> None:
        """Follow *state*, which *sequence* events led to.

        *told* hears of an outage once, in its own words, and of its end (None).
        """
        self._store = store
        self._state = state
        self._sequence = sequence
        self._told = told
        self._seen = state()
        self._trades: dict[str, tuple[Trade, Over | None]] = {}
        self._orders: dict[str, tuple[Order, Ended | None]] = {}
        self._fills: list[OrderFilled] = []
        self._positions: dict[str, Position] = {}
        self._last = 0
        self._problem: str | None = None
        self._wait_ms = RETRY_MS
        self._retry_ms = 0
        self._stored = self._held()

    def __call__(self, heard: Heard, said: tuple[Said, ...]) -> None:
        """Note what *heard* changed. Raises `IntegrityFailure` if a trade is gone unsaid."""
        before, now = self._seen, self._state()
        same = (
            now.trades is before.trades
            and now.orders is before.orders
            and now.book.positions is before.book.positions
        )
        if same and not (isinstance(heard, OrderFilled) and now.book is not before.book):
            return
        self._seen = now
        sequence = self._sequence()
        if sequence <= self._stored:
            return
        self._last = sequence
        if now.orders is not before.orders:
            self._note_orders(before.orders, now, heard)
        if now.trades is not before.trades:
            self._note_trades(before.trades, now.trades, said)
        if now.book is not before.book:
            if isinstance(heard, OrderFilled):
                self._fills.append(whole(heard, now.orders.get(heard.client_id)))
            self._note_positions(before.book.positions, now.book.positions)

    @property
    def problem(self) -> str | None:
        """Why the store lags behind, None while it does not."""
        return self._problem

    def flush(self) -> None:
        """Store what changed. In an outage it waits instead, and is tried again later.

        Raises `IllegalTransition` and `IntegrityFailure`: those end by no waiting.
        """
        if self._problem is not None and self._state().at_ms < self._retry_ms:
            return
        try:
            self.settle()
        except StoreUnavailable as error:
            self._note_outage(str(error))

    def settle(self) -> None:
        """Store what changed, now. Raises `StoreUnavailable`, too; what waits goes on waiting."""
        if self._last > self._stored:
            self._store.apply((self._change(),))
            self._stored = self._last
            self._trades.clear()
            self._orders.clear()
            self._fills.clear()
            self._positions.clear()
        if self._problem is not None:
            self._problem, self._wait_ms = None, RETRY_MS
            self._told(None)

    def require_same(self) -> None:
        """Compare the store with the state, after `settle`.

        Raises `IntegrityFailure` when they differ: the store is the image of another run, or it
        was changed by another hand. Raises `StoreUnavailable`.
        """
        state, sequence = self._state(), self._sequence()
        held = self._store.sequence()
        if held > sequence:
            raise IntegrityFailure(
                f"the trade store is {held - sequence} events ahead of the journal: "
                "it is that of another run"
            )
        trades = {row.trade_id: row for row in self._store.open_trades()}
        if trades != {t.plan.trade_id: trade_row(t, None) for t in state.trades.values()}:
            raise IntegrityFailure("the open trades of the trade store are not those of the desk")
        positions = {row.symbol: row for row in self._store.positions()}
        if positions != {s: position_row(p) for s, p in state.book.positions.items()}:
            raise IntegrityFailure("the positions of the trade store are not those of the desk")

    def _held(self) -> int:
        try:
            return self._store.sequence()
        except StoreUnavailable as error:
            self._note_outage(str(error))
            return 0

    def _note_outage(self, problem: str) -> None:
        self._retry_ms = self._state().at_ms + self._wait_ms
        self._wait_ms = min(2 * self._wait_ms, RETRY_MS_MAX)
        if self._problem is None:
            self._told(problem)
        self._problem = problem

    def _note_orders(self, before: Mapping[str, Order], now: State, heard: Heard) -> None:
        live, waiting = now.orders, self._orders
        for name, order in live.items():
            if before.get(name) is not order:
                waiting[name] = order, None
        for name, order in before.items():
            if name not in live:
                waiting[name] = order, _end_of(order, heard, now.at_ms)

    def _note_trades(
        self, before: Mapping[str, Trade], now: Mapping[str, Trade], said: tuple[Said, ...]
    ) -> None:
        waiting = self._trades
        for symbol, trade in before.items():
            name = trade.plan.trade_id
            after = now.get(symbol)
            if after is None or after.plan.trade_id != name:
                waiting[name] = trade, _over(name, said)
        for symbol, trade in now.items():
            if before.get(symbol) is not trade:
                waiting[trade.plan.trade_id] = trade, None

    def _note_positions(self, before: Mapping[str, Position], now: Mapping[str, Position]) -> None:
        if before is now:
            return
        for symbol, position in now.items():
            if before.get(symbol) is not position:
                self._positions[symbol] = position
        for symbol in before.keys() - now.keys():
            self._positions[symbol] = flat(symbol)

    def _change(self) -> Change:
        return Change(
            self._last,
            tuple([trade_row(*waiting) for waiting in self._trades.values()]),
            tuple([order_row(*waiting) for waiting in self._orders.values()]),
            tuple(self._fills),
            tuple([position_row(position) for position in self._positions.values()]),
        )


def _end_of(order: Order, heard: Heard, at_ms: int) -> Ended:
    """Return how *order*, no longer live, ended: what is heard of it says so."""
    if isinstance(heard, OrderFilled) and heard.client_id == order.client_id:
        return Ended(OrderState.FILLED, heard.at_ms, order.filled + heard.quantity)
    if isinstance(heard, OrderRejected) and heard.client_id == order.client_id:
        return Ended(OrderState.REJECTED, heard.at_ms, order.filled)
    if isinstance(heard, OrderCanceled) and heard.client_id == order.client_id:
        return Ended(OrderState.CANCELED, heard.at_ms, order.filled)
    # An event between was not told: it was a cancel, of which alone nothing is ever said.
    return Ended(OrderState.CANCELED, at_ms, order.filled)


def _over(trade_id: str, said: tuple[Said, ...]) -> Over:
    for fact in said:
        if isinstance(fact, (TradeClosed, TradeAborted)) and fact.trade_id == trade_id:
            return fact
    raise IntegrityFailure(f"trade {trade_id} is gone, and nothing was said of its end")
