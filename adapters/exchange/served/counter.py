"""The counter of the served venue: takes commands and questions, in whatever weather there is.

What the wire may do to a request is drawn here: it is lost, its reply is lost, it arrives late, or
an error leaves open whether anything was done.
"""

from random import Random
from typing import Final

from adapters.exchange.served.protocol import (
    PAGE_ROWS,
    Held,
    Holdings,
    OrderState,
    Trades,
    plain,
)
from adapters.exchange.served.record import Record
from adapters.exchange.served.translation import trade_of
from adapters.exchange.simulated.shore import OVERLOADED, Shore
from application.ports.venue import Reply
from domain.execution.messages import CancelOrder, OrderKind, PlaceExit, VenueCommand
from domain.shared.amounts import ZERO

UNKNOWN_OUTCOME: Final = "-1007"
_BUSY: Final = "Request throttled by system-level protection"
_OPEN: Final = "Timeout waiting for response; send status unknown, execution status unknown"
_HALF: Final = 0.5
_MS: Final = 1_000


class Counter:
    """One venue's counter. `refuse_closes`: so many closes at market are turned down yet."""

    def __init__(self, shore: Shore, record: Record, rng: Random, refuse_closes: int = 0) -> None:
        """Take orders for *shore*; *rng* draws the weather of the wire."""
        self._shore = shore
        self._record = record
        self._rng = rng
        self.refuse_closes = refuse_closes

    def write(self, command: VenueCommand) -> Reply | None:
        """Take *command*; None when no answer gets back to who sent it."""
        weather, draw = self._shore.weather, self._rng.random
        if draw() < weather.request_lost:
            return None
        if draw() < weather.late_accept:
            delay = self._rng.uniform(0, weather.late_s_max) * _MS
            self._shore.times.after(delay, lambda: self._late(command))
            return None
        if draw() < weather.server_error:
            if draw() < _HALF:
                self._act(command)
            now = self._shore.times.now_ms()
            return Reply(now, UNKNOWN_OUTCOME, command.client_id, command.symbol, 0, _OPEN)
        reply = self._act(command)
        return None if draw() < weather.reply_lost else reply

    def order(self, client_id: str, symbol: str) -> OrderState | None:
        """Return how one order stands, None when there is no such order."""
        found = self._shore.order(client_id)
        if found is None or found.symbol != symbol:
            return None
        return OrderState(found.client_id, found.symbol, found.status, plain(found.filled))

    def trades(self, since_ms: int, skip: int) -> Trades:
        """Return a page of the fills from *since_ms* on, behind the first *skip*."""
        found = self._shore.trades(since_ms)[skip : skip + PAGE_ROWS]
        return Trades([trade_of(fill) for fill in found])

    def holdings(self) -> Holdings:
        """Return the account."""
        account = self._shore.account()
        orders = (self._record.resting(client_id) for client_id, _ in account.orders)
        return Holdings(
            [Held(symbol, plain(quantity)) for symbol, quantity in account.positions],
            [order for order in orders if order is not None],
            plain(account.wallet or ZERO),
        )

    def fails(self) -> bool:
        """Tell whether a question asked now gets no answer."""
        return self._shore.shut or self._rng.random() < self._shore.weather.query_failure

    def _late(self, command: VenueCommand) -> None:
        self._act(command)

    def _act(self, command: VenueCommand) -> Reply:
        reply = self._turned_down(command)
        if reply is None:
            if not isinstance(command, CancelOrder):
                self._record.offered(command)
            reply = self._shore.write(command)
            # A market order without latency meets the market in the same instant.
            self._shore.play()
        if reply.code:
            self._record.refused(command.client_id, command.symbol, reply.code)
        return reply

    def _turned_down(self, command: VenueCommand) -> Reply | None:
        is_close = isinstance(command, PlaceExit) and command.kind is OrderKind.MARKET
        if not is_close or not self.refuse_closes:
            return None
        self.refuse_closes -= 1
        now = self._shore.times.now_ms()
        return Reply(now, OVERLOADED, command.client_id, command.symbol, 0, _BUSY)
