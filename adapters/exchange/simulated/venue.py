"""The simulated venue: deterministic, without I/O, clock or randomness; time comes in the calls.

Commands go in by `send`, prices by `begin`; `advance` plays the interval from one instant at
which something happens to the next, so that whoever listens can answer each before time goes on.
`bounds` tells between which prices nothing can happen, so that quiet intervals need not be played.

The rules stand where they act: the path of prices in `path`, fills in `matching`, the order of
things in `playing`, refusals in `acceptance`, margin and liquidation in `margin`, the identity in
`account`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import inf
from types import MappingProxyType
from typing import Final, Self

from adapters.exchange.simulated import playing, snapshots
from adapters.exchange.simulated.acceptance import UNKNOWN_ORDER, fault_of
from adapters.exchange.simulated.account import Totals
from adapters.exchange.simulated.floor import Floor
from adapters.exchange.simulated.margin import shares
from adapters.exchange.simulated.orders import Cancel, OpenOrder, order_of
from adapters.exchange.simulated.rules import VenueRules
from application.ports.matching import MatchingVenue
from domain.execution.messages import (
    AccountRead,
    CancelOrder,
    Deposited,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
    PlaceEntry,
    Report,
    VenueCommand,
)
from domain.market.bars import Bar, FundingRate
from domain.market.instrument import Instrument
from domain.shared.amounts import ZERO

_NO_FINER: Final[Mapping[str, Sequence[Bar]]] = MappingProxyType({})


class SimulatedVenue:
    """One account at one venue: one-way positions, cross margin, linear perpetual futures."""

    __slots__ = ("_floor",)

    def __init__(self, instruments: Mapping[str, Instrument], rules: VenueRules) -> None:
        self._floor = Floor(instruments, rules)

    def deposit(self, at_ms: int, amount: Decimal) -> Deposited:
        """Take *amount* USD in (negative: pay it out) and say so."""
        self._floor.account.deposit(amount)
        return Deposited(at_ms, amount)

    def send(self, command: VenueCommand, at_ms: int) -> list[Report]:
        """Hear *command*, sent at *at_ms*, and return the reply.

        An order is accepted or rejected at once, by the prices known now; it acts from *at_ms*
        and the latency on, and never at a price of before. A cancel without latency is done at
        once; with latency there is no reply until it arrives, and the order may fill meanwhile.
        """
        floor = self._floor
        if isinstance(command, CancelOrder):
            return self._cancel(command, at_ms)
        code = fault_of(floor, command)
        if code is not None:
            return [OrderRejected(at_ms, command.client_id, command.symbol, code)]
        order = order_of(command, at_ms + floor.rules.latency_ms, floor.next_number())
        floor.orders[order.client_id] = order
        market = floor.markets[order.symbol]
        if isinstance(command, PlaceEntry):
            floor.entries[order.client_id] = order
            market.leverage = command.leverage
        if order.trigger is not None and order.due_ms <= (floor.now if floor.playing else at_ms):
            floor.rest(order)
            if not floor.playing:
                floor.fresh.append(order)
        else:
            floor.enqueue(order)
            if floor.playing:
                floor.touch(order.symbol)
        return [OrderAccepted(at_ms, order.client_id, order.symbol)]

    def _cancel(self, command: CancelOrder, at_ms: int) -> list[Report]:
        floor = self._floor
        order = floor.orders.get(command.client_id)
        if order is None or order.symbol != command.symbol:
            return [OrderRejected(at_ms, command.client_id, command.symbol, UNKNOWN_ORDER)]
        latency = floor.rules.latency_ms
        if latency:
            name = command.client_id
            floor.enqueue(Cancel(at_ms + latency, floor.next_number(), name, command.symbol))
            return []
        floor.finish(order)
        return [OrderCanceled(at_ms, order.client_id, order.symbol, "requested")]

    def begin(
        self,
        bars: Sequence[Bar],
        funding: Sequence[FundingRate] = (),
        finer: Mapping[str, Sequence[Bar]] = _NO_FINER,
    ) -> None:
        """Lay out an interval: the bars, of one or several symbols, that share `close_ms`.

        *funding* lies within [open, close). *finer* bars of a symbol, oldest first, replace its
        bar's own path. Raises `InvariantBroken` while the interval before is not over.
        """
        playing.begin(self._floor, bars, funding, finer)

    def advance(self, until_ms: int | None = None) -> list[Report]:
        """Play on to the next thing that happens anywhere; its reports, all of one instant.

        An empty list: the interval is over and the marks stand at the closes, or *until_ms*, an
        instant before its end, is reached and all that happens up to it has happened.
        """
        return playing.advance(self._floor, until_ms)

    def account(self, at_ms: int) -> AccountRead:
        """Return what the account holds, by symbol, and every order in order of sending."""
        floor = self._floor
        held = floor.account.positions
        return AccountRead(
            at_ms,
            tuple((symbol, held[symbol].quantity) for symbol in sorted(held)),
            tuple((order.client_id, order.symbol) for order in floor.orders.values()),
        )

    def mark(self, symbol: str, price: float) -> None:
        """Set the mark of *symbol* without playing a bar, for intervals known to be quiet."""
        self._floor.markets[symbol].mark = price

    def bounds(self, symbol: str) -> tuple[float, float]:
        """Return (low, high): a bar with low < bar.low and bar.high < high is quiet for *symbol*.

        (-inf, inf) when nothing can happen; (inf, -inf) when something acts at the very next bar.
        The band guards against resting orders and a share of what parts the account from
        liquidation, which holds as long as every other symbol keeps within its own band: ask
        anew, for every symbol with a position, after an interval that was played, a deposit or a
        command. Funding is not of it: an interval with funding due on a position must be played.
        """
        floor = self._floor
        market = floor.markets[symbol]
        if market.pending:
            return inf, -inf
        down, up = market.levels()
        if symbol not in floor.account.positions:
            return down, up
        if floor.shares_version != floor.account.version:
            floor.shares = shares(floor)
            floor.shares_version = floor.account.version
        low, high = floor.shares[symbol]
        return max(down, low), min(up, high)

    @property
    def wallet(self) -> Decimal:
        """Return deposits + realised - fees - funding, in USD."""
        return self._floor.account.wallet

    @property
    def totals(self) -> Totals:
        """Return deposits, realised, fees and funding since the start, in USD."""
        return self._floor.account.totals()

    def positions(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        """Return (quantity, cost) of every open position, both with the sign of its side."""
        held = self._floor.account.positions
        return {symbol: (one.quantity, one.cost) for symbol, one in held.items()}

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """Return every order the venue holds, those in latency included, in order of sending."""
        return tuple(order.shown() for order in self._floor.orders.values())

    def unrealised(self) -> Decimal:
        """Return the profit of all open positions at their prices now, in USD."""
        floor = self._floor
        total = ZERO
        for symbol, position in floor.account.positions.items():
            price = floor.markets[symbol].exact(floor.price(symbol))
            total += position.quantity * price - position.cost
        return total

    def equity(self) -> Decimal:
        """Return wallet + unrealised, in USD."""
        return self.wallet + self.unrealised()

    def snapshot(self) -> dict[str, object]:
        """Return the whole state as plain JSON, Decimals as text; also in mid-interval."""
        return snapshots.taken_of(self._floor)

    @classmethod
    def restore(
        cls,
        instruments: Mapping[str, Instrument],
        rules: VenueRules,
        snapshot: Mapping[str, object],
    ) -> Self:
        """Return the venue that *snapshot* was taken of.

        Raises `InvariantBroken` when it is not a snapshot of this version or its symbols have no
        instrument.
        """
        venue = cls(instruments, rules)
        snapshots.put_back(venue._floor, snapshot)
        return venue


_: type[MatchingVenue] = SimulatedVenue
