"""The venue's own records: what became of every order, every fill, and what the account holds.

Rule 1: the records are kept from the venue's reports and from nothing else; they lag behind
nothing and lose nothing. Whoever wants them late or lost puts a wire before them.
Rule 2: a venue does not remember what it refused: such an order is as unknown as one never sent.
Rule 3: they are bounded: the oldest orders that have ended, and the oldest fills, are forgotten.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Final

from adapters.exchange.simulated.account import Account
from application.ports.matching import NO_FINER, MatchingVenue
from domain.execution.messages import (
    AccountRead,
    Deposited,
    FundingSettled,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRead,
    OrderStatus,
    Report,
    VenueCommand,
)
from domain.market.bars import Bar, FundingRate
from domain.shared.amounts import ZERO
from domain.shared.enums import Side

ENDED_MAX: Final = 10_000
FILLS_MAX: Final = 100_000
_REQUESTED: Final = "requested"


class LedgerVenue:
    """Satisfies `MatchingVenue`, and answers what a real venue answers about the past.

    What was paid in, ordered or filled before the ledger was put around a venue is not in it.
    """

    __slots__ = ("_account", "_ended", "_fills", "_inner", "_orders")

    def __init__(self, inner: MatchingVenue) -> None:
        """Keep the records of *inner*, which must be new."""
        self._inner = inner
        self._account = Account()
        self._orders: dict[str, OrderRead] = {}
        self._ended: deque[str] = deque()
        self._fills: deque[OrderFilled] = deque(maxlen=FILLS_MAX)

    @property
    def wallet(self) -> Decimal:
        """Return the balance in USD without unrealised PnL."""
        return self._account.wallet

    def order(self, client_id: str) -> OrderRead | None:
        """Return how an order stands, as of its last change; None when there is no such order."""
        return self._orders.get(client_id)

    def trades(self, since_ms: int) -> tuple[OrderFilled, ...]:
        """Return the fills from *since_ms* (UTC ms) on, oldest first, `leaves` None."""
        found = list(takewhile(lambda fill: fill.at_ms >= since_ms, reversed(self._fills)))
        return tuple(reversed(found))

    def account(self, at_ms: int) -> AccountRead:
        """Return what is held and what rests, and the wallet."""
        return self._inner.account(at_ms)._replace(wallet=self.wallet, asked_ms=at_ms)

    def deposit(self, at_ms: int, amount: Decimal) -> Deposited:
        """Pay *amount* USD in."""
        self._account.deposit(amount)
        return self._inner.deposit(at_ms, amount)

    def send(self, command: VenueCommand, at_ms: int) -> list[Report]:
        """Take a command; return what is reported at once."""
        return self._kept(self._inner.send(command, at_ms))

    def begin(
        self,
        bars: Sequence[Bar],
        funding: Sequence[FundingRate] = (),
        finer: Mapping[str, Sequence[Bar]] = NO_FINER,
    ) -> None:
        """Start to play the bars of one row."""
        self._inner.begin(bars, funding, finer)

    def advance(self, until_ms: int | None = None) -> list[Report]:
        """Play on to the next instant at which something happens."""
        return self._kept(self._inner.advance(until_ms))

    def mark(self, symbol: str, price: float) -> None:
        """Set the mark of a symbol whose bar is not played."""
        self._inner.mark(symbol, price)

    def bounds(self, symbol: str) -> tuple[float, float]:
        """Return between which prices nothing of *symbol* can happen."""
        return self._inner.bounds(symbol)

    def _kept(self, reports: list[Report]) -> list[Report]:
        for report in reports:
            match report:
                case OrderAccepted():
                    self._put(report.at_ms, report.client_id, report.symbol, OrderStatus.LIVE, ZERO)
                case OrderFilled():
                    self._filled(report)
                case OrderCanceled():
                    self._canceled(report)
                case FundingSettled():
                    self._account.pay_funding(report.paid)
                case _:
                    pass
        return reports

    def _filled(self, fill: OrderFilled) -> None:
        signed = fill.quantity if fill.side is Side.BUY else -fill.quantity
        self._account.trade(fill.symbol, signed, fill.price, fill.fee)
        self._fills.append(fill._replace(leaves=None))
        order = self._orders.get(fill.client_id)
        if order is not None:
            status = order.status if fill.leaves else OrderStatus.FILLED
            filled = order.filled + fill.quantity
            self._put(fill.at_ms, fill.client_id, fill.symbol, status, filled)

    def _canceled(self, report: OrderCanceled) -> None:
        order = self._orders.get(report.client_id)
        if order is not None:
            asked_for = report.reason == _REQUESTED
            status = OrderStatus.CANCELED if asked_for else OrderStatus.EXPIRED
            self._put(report.at_ms, report.client_id, report.symbol, status, order.filled)

    def _put(
        self, at_ms: int, client_id: str, symbol: str, status: OrderStatus, filled: Decimal
    ) -> None:
        self._orders[client_id] = OrderRead(at_ms, client_id, symbol, status, filled)
        if status is OrderStatus.LIVE:
            return
        self._ended.append(client_id)
        if len(self._ended) > ENDED_MAX:
            oldest = self._ended.popleft()
            ended = self._orders.get(oldest)
            # An id may live again once the venue has forgotten that it was used.
            if ended is not None and ended.status is not OrderStatus.LIVE:
                del self._orders[oldest]


_: type[MatchingVenue] = LedgerVenue
