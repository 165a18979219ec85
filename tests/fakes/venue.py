"""A venue that takes everything, fills what is at market at the next open, and plays a script."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import inf

from application.ports.matching import NO_FINER, MatchingVenue
from domain.execution.messages import (
    AccountRead,
    Deposited,
    Liquidity,
    OrderAccepted,
    OrderFilled,
    OrderKind,
    OrderRejected,
    PlaceEntry,
    PlaceExit,
    Report,
    VenueCommand,
)
from domain.market.bars import Bar, FundingRate
from domain.shared.amounts import ZERO
from domain.shared.enums import Side


class FakeVenue:
    """Accepts every command, also the cancel of an order that it will fill all the same.

    `script` holds, by close time in ms, the reports of that row, a list an instant; fills come with
    the first of these. `band_of` holds what `bounds` answers, by symbol, where nothing waits to be
    filled; `bands_after` what it holds once the row of that close is played. Of the account
    it says what it has filled, and `orders_held`; it refuses the next `refuses` closes. All calls
    are remembered.
    """

    def __init__(self) -> None:
        self.script: dict[int, list[list[Report]]] = {}
        self.band_of: dict[str, tuple[float, float]] = {}
        self.bands_after: dict[int, dict[str, tuple[float, float]]] = {}
        self.sent: list[tuple[int, VenueCommand]] = []
        self.played: list[tuple[int, tuple[str, ...]]] = []
        self.marked: dict[str, float] = {}
        self.marks_when_sent: list[dict[str, float]] = []
        self.funding_given: tuple[FundingRate, ...] = ()
        self.refuses = 0
        self.orders_held: tuple[tuple[str, str], ...] = ()
        self._held: dict[str, Decimal] = {}
        self._waiting: list[PlaceEntry | PlaceExit] = []
        self._rest: list[list[Report]] = []
        self._fills = 0

    def deposit(self, at_ms: int, amount: Decimal) -> Deposited:
        return Deposited(at_ms, amount)

    def send(self, command: VenueCommand, at_ms: int) -> list[Report]:
        self.sent.append((at_ms, command))
        self.marks_when_sent.append(dict(self.marked))
        is_close = isinstance(command, PlaceExit) and command.kind is OrderKind.MARKET
        if is_close and self.refuses:
            self.refuses -= 1
            return [OrderRejected(at_ms, command.client_id, command.symbol, "refused")]
        if isinstance(command, PlaceEntry | PlaceExit) and command.kind is OrderKind.MARKET:
            self._waiting.append(command)
        return [OrderAccepted(at_ms, command.client_id, command.symbol)]

    def begin(
        self,
        bars: Sequence[Bar],
        funding: Sequence[FundingRate] = (),
        finer: Mapping[str, Sequence[Bar]] = NO_FINER,
    ) -> None:
        assert bars, "an interval begins with bars"
        assert {bar.symbol for bar in bars} >= finer.keys()
        self.funding_given = tuple(funding)
        close_ms = bars[0].close_ms
        self.played.append((close_ms, tuple(bar.symbol for bar in bars)))
        fills: list[Report] = [self._filled(bar) for bar in bars if self._waits(bar.symbol)]
        first, *later = self.script.get(close_ms) or [[]]
        self.band_of |= self.bands_after.get(close_ms, {})
        self._rest = [instant for instant in ([*fills, *first], *later) if instant]

    def advance(self, until_ms: int | None = None) -> list[Report]:
        if not self._rest or (until_ms is not None and self._rest[0][0].at_ms > until_ms):
            return []
        return self._rest.pop(0)

    def account(self, at_ms: int) -> AccountRead:
        held = tuple((symbol, size) for symbol, size in sorted(self._held.items()) if size)
        return AccountRead(at_ms, held, self.orders_held)

    def mark(self, symbol: str, price: float) -> None:
        self.marked[symbol] = price

    def bounds(self, symbol: str) -> tuple[float, float]:
        return (inf, -inf) if self._waits(symbol) else self.band_of.get(symbol, (-inf, inf))

    def _waits(self, symbol: str) -> bool:
        return any(order.symbol == symbol for order in self._waiting)

    def _filled(self, bar: Bar) -> OrderFilled:
        order = next(order for order in self._waiting if order.symbol == bar.symbol)
        self._waiting.remove(order)
        self._fills += 1
        signed = (order.quantity or ZERO) * (1 if order.side is Side.BUY else -1)
        self._held[order.symbol] = self._held.get(order.symbol, ZERO) + signed
        return OrderFilled(
            bar.open_ms,
            order.client_id,
            order.symbol,
            order.side,
            order.quantity or ZERO,
            Decimal(str(bar.open)),
            ZERO,
            Liquidity.TAKER,
            f"v{self._fills}",
            ZERO,
        )


_: type[MatchingVenue] = FakeVenue
