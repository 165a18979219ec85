"""The floor of the venue: every piece of its state, and the moves that keep it together.

An order is in exactly one place: resting in the book of its market, or in the queue of what is
still to arrive (in latency, or waiting for the next bar's volume).
"""

from bisect import insort
from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from adapters.exchange.simulated.account import Account
from adapters.exchange.simulated.market import Market
from adapters.exchange.simulated.orders import Cancel, Order
from adapters.exchange.simulated.path import Walk
from adapters.exchange.simulated.rules import VenueRules
from domain.market.bars import Bar, FundingRate
from domain.market.instrument import Instrument
from domain.shared.amounts import ZERO
from domain.shared.enums import Side

# Ids of finished orders that are still refused as duplicates.
FINISHED_MAX: Final = 1024


class Floor:
    """State, without rules of its own.

    `start`, `now` and `end` are ms and mean something while `playing`. `funding` is sorted
    backwards, the next one last. `fresh` holds what came to rest since the last interval.
    """

    __slots__ = (
        "account", "bars", "danger", "end", "entries", "finer", "finished", "finished_ids", "fresh",
        "funding", "judged", "liquidations", "markets", "now", "number", "orders", "playing",
        "queue", "rules", "shares", "shares_version", "start", "walks",
    )  # fmt: skip

    def __init__(self, instruments: Mapping[str, Instrument], rules: VenueRules) -> None:
        self.rules = rules
        self.markets = {symbol: Market(one) for symbol, one in instruments.items()}
        self.account = Account()
        self.orders: dict[str, Order] = {}
        self.entries: dict[str, Order] = {}
        self.queue: list[Order | Cancel] = []
        self.fresh: list[Order] = []
        self.finished: deque[str] = deque()
        self.finished_ids: set[str] = set()
        self.number = 0
        self.liquidations = 0
        self.playing = False
        self.start = self.now = self.end = 0.0
        self.bars: dict[str, Bar] = {}
        self.finer: Mapping[str, Sequence[Bar]] = {}
        self.funding: list[FundingRate] = []
        self.walks: dict[str, Walk] = {}
        self.danger = False
        self.judged = -1
        self.shares: dict[str, tuple[float, float]] = {}
        self.shares_version = -1

    def next_number(self) -> int:
        """Return a number above all before: the order of sending."""
        self.number += 1
        return self.number

    def price(self, symbol: str) -> float:
        """Return the price of *symbol* now: on its path while it has one, else its mark."""
        return self.price_at(symbol, self.now)

    def price_at(self, symbol: str, time: float) -> float:
        """Return the price of *symbol* at *time*, which must lie before its next bar opens."""
        if symbol not in self.bars:
            return self.markets[symbol].mark
        return (self.walks.get(symbol) or self.walk(symbol)).price_at(time)

    def walk(self, symbol: str) -> Walk:
        """Return the walk of *symbol*, which has a bar in this interval, made on demand."""
        walk = self.walks.get(symbol)
        if walk is None:
            walk = self.walk_from_start(symbol)
            walk.lean = self.lean(symbol)
            walk.decide()
            walk.seek(self.now)
            self.walks[symbol] = walk
        return walk

    def walk_from_start(self, symbol: str) -> Walk:
        """Return a new walk of *symbol* at the start of the interval, nothing decided yet."""
        bars = self.finer.get(symbol) or (self.bars[symbol],)
        return Walk(symbol, bars, self.start, self.markets[symbol].mark)

    def lean(self, symbol: str) -> int:
        """Return +1 when a fall of *symbol* hurts, -1 when a rise does, 0 when neither.

        A rise hurts who is still to buy: a market order fills higher, and a resting limit fills
        on the way down, with the fall still to come.
        """
        position = self.account.positions.get(symbol)
        if position is not None:
            return 1 if position.size > 0 else -1
        for order in self.entries.values():
            if order.symbol == symbol:
                return -1 if order.side is Side.BUY else 1
        return 0

    def wanted(self, order: Order) -> Decimal:
        """Return what *order* may still fill: of an exit, never more than there is to close."""
        if not order.is_exit:
            return order.leaves or ZERO
        position = self.account.positions.get(order.symbol)
        if position is None or (position.size > 0) is (order.side is Side.BUY):
            return ZERO
        held = abs(position.quantity)
        return held if order.leaves is None else min(order.leaves, held)

    def rest(self, order: Order) -> None:
        """Put *order* into the book of its market."""
        market = self.markets[order.symbol]
        market.resting[order.client_id] = order
        market.changed = True
        if self.playing:
            self.touch(order.symbol)

    def enqueue(self, item: Order | Cancel) -> None:
        """Put *item* among what is still to arrive."""
        queue = self.queue
        if not queue or _arrival(queue[-1]) < _arrival(item):
            queue.append(item)
        else:
            insort(queue, item, key=_arrival)
        self.markets[item.symbol].pending += 1

    def unqueue(self, item: Order | Cancel) -> None:
        """Take *item* out of the queue."""
        self.queue.remove(item)
        self.markets[item.symbol].pending -= 1

    def lift(self, order: Order) -> None:
        """Take *order* out of the book of its market, where it rests."""
        market = self.markets[order.symbol]
        del market.resting[order.client_id]
        market.changed = True

    def touch(self, symbol: str) -> None:
        """Bring the walk of *symbol*, if it has a bar, up to now and have it look ahead anew."""
        walk = self.walks.get(symbol)
        if walk is None:
            if symbol not in self.bars:
                return
            walk = self.walk(symbol)
        walk.seek(self.now)
        walk.stale = True

    def finish(self, order: Order) -> None:
        """Forget *order*, wherever it is; its id stays refused for a while."""
        name = order.client_id
        del self.orders[name]
        if not order.is_exit:
            del self.entries[name]
        market = self.markets[order.symbol]
        if name in market.resting:
            del market.resting[name]
            market.changed = True
        elif market.pending and order in self.queue:
            self.unqueue(order)
        self.finished.append(name)
        self.finished_ids.add(name)
        if len(self.finished) > FINISHED_MAX:
            self.finished_ids.discard(self.finished.popleft())
        if self.playing:
            self.touch(order.symbol)


def _arrival(item: Order | Cancel) -> tuple[int, int]:
    return item.due_ms, item.number
