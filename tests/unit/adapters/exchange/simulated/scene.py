"""A small market to trade in: two symbols, round numbers, and short ways to say orders."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import count
from typing import Final

from adapters.exchange.simulated.rules import VenueRules
from adapters.exchange.simulated.venue import SimulatedVenue
from domain.execution.messages import (
    CancelOrder,
    OrderFilled,
    OrderKind,
    Permit,
    PlaceEntry,
    PlaceExit,
    Report,
    VenueCommand,
)
from domain.market.bars import Bar, FundingRate
from domain.market.instrument import Instrument, MaintenanceTier
from domain.shared.enums import Side

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
MARKET, LIMIT, POST_ONLY = OrderKind.MARKET, OrderKind.LIMIT, OrderKind.POST_ONLY
STOP, TARGET = OrderKind.STOP_MARKET, OrderKind.TAKE_PROFIT_MARKET
MINUTE: Final = 60_000
IDEAL: Final = VenueRules(0.0, 0.0, 0.0, 0.0)
AAA, BBB = "AAAUSDT", "BBBUSDT"
# 1 % of the first 10,000 USD, 5 % beyond: the deduction 10,000 x 4 % leaves no jump.
TIERS: Final = (
    MaintenanceTier(D(0), D("0.01"), D(0)),
    MaintenanceTier(D(10_000), D("0.05"), D(400)),
)


def instrument(symbol: str) -> Instrument:
    return Instrument(
        symbol, D("0.1"), D("0.01"), D("0.02"), D(1000), D(5), D("0.1"), D("0.0002"), D("0.0005"),
        50, TIERS,
    )  # fmt: skip


INSTRUMENTS: Final = {symbol: instrument(symbol) for symbol in (AAA, BBB)}


def bar(
    prices: tuple[float, float, float, float],
    start: int = 0,
    *,
    symbol: str = AAA,
    volume: float = 1e6,
    length: int = MINUTE,
) -> Bar:
    """Return the bar of (open, high, low, close) *prices*."""
    return Bar(symbol, start, start + length, *prices, volume)


def entry(
    side: Side,
    quantity: str,
    kind: OrderKind = MARKET,
    price: str | None = None,
    *,
    collar: str | None = None,
    leverage: int = 10,
    name: str = "entry",
    symbol: str = AAA,
) -> PlaceEntry:
    return PlaceEntry(
        name, symbol, side, kind, D(quantity), None if price is None else D(price),
        None if collar is None else D(collar), leverage, Permit(0, 1, 10**15),
    )  # fmt: skip


def leave(
    side: Side,
    kind: OrderKind = MARKET,
    *,
    quantity: str | None = None,
    price: str | None = None,
    trigger: str | None = None,
    name: str | None = None,
    symbol: str = AAA,
) -> PlaceExit:
    return PlaceExit(
        name or {STOP: "stop", TARGET: "target"}.get(kind, "exit"), symbol, side, kind,
        None if quantity is None else D(quantity), None if price is None else D(price),
        None if trigger is None else D(trigger),
    )  # fmt: skip


def drop(name: str, symbol: str = AAA) -> CancelOrder:
    return CancelOrder(name, symbol, of_entry=False)


class Scene:
    """A venue with 10,000 USD and AAAUSDT at 100, and what it reported."""

    def __init__(self, rules: VenueRules = IDEAL, cash: int = 10_000) -> None:
        self.venue = SimulatedVenue(INSTRUMENTS, rules)
        self.venue.deposit(0, D(cash))
        self.venue.mark(AAA, 100.0)
        self.venue.mark(BBB, 100.0)
        self.heard: list[Report] = []
        self._numbers = count()

    def sends(self, *commands: VenueCommand, at: int = 0) -> list[Report]:
        replies = [reply for command in commands for reply in self.venue.send(command, at)]
        self.heard += replies
        return replies

    def plays(
        self,
        *bars: Bar,
        funding: Sequence[FundingRate] = (),
        finer: Mapping[str, Sequence[Bar]] | None = None,
        answers: Mapping[str, Sequence[VenueCommand]] | None = None,
    ) -> list[Report]:
        """Play an interval; *answers* are sent at the first fill of the order they name."""
        self.venue.begin(bars, funding, finer or {})
        left = dict(answers or {})
        reports: list[Report] = []
        while batch := self.venue.advance():
            reports += batch
            for report in batch:
                if isinstance(report, OrderFilled):
                    reports += self.sends(*left.pop(report.client_id, ()), at=report.at_ms)
        self.heard += reports
        return reports

    def holds(self, side: Side = BUY, quantity: str = "1", symbol: str = AAA) -> "Scene":
        """Open a position at 100 in a bar that stands still, and forget the reports."""
        name = f"held{next(self._numbers)}"
        self.sends(entry(side, quantity, name=name, symbol=symbol), at=-MINUTE)
        self.plays(bar((100.0, 100.0, 100.0, 100.0), -MINUTE, symbol=symbol))
        self.heard.clear()
        return self


def fills(reports: Sequence[Report]) -> list[tuple[str, int, Decimal, Decimal]]:
    """Return (client_id, at_ms, quantity, price) of the fills among *reports*."""
    return [
        (one.client_id, one.at_ms, one.quantity, one.price)
        for one in reports
        if isinstance(one, OrderFilled)
    ]
