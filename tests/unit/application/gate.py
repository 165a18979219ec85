"""An order gateway with everything around it, on fakes."""

from application.gateway import OrderGateway
from application.rate_budget import STANDARD, Limits, RateBudget
from domain.execution.messages import (
    CancelOrder,
    OrderKind,
    Permit,
    PlaceEntry,
    PlaceExit,
    Report,
)
from domain.shared.enums import Side
from tests.builders import BTC, START_MS, D
from tests.fakes.venue_client import FakeClock, FakeReader, FakeTripwire, FakeWriter

NAME = "qt1-BTCUSDT-x-e0"
LIFE_MS = 60_000


class Gate:
    """A gateway; what it tells is in `heard`, in `troubles` what it tells of itself."""

    def __init__(self, limits: Limits = STANDARD) -> None:
        self.writer, self.reader = FakeWriter(), FakeReader()
        self.clock, self.tripwire = FakeClock(START_MS), FakeTripwire()
        self.budget = RateBudget(limits)
        self.heard: list[Report] = []
        self.troubles: list[tuple[str, str | None]] = []
        self.alive, self.is_fenced = True, False
        self.doubts: set[str] = set()
        self.gateway = OrderGateway(
            self.writer,
            self.reader,
            self.clock,
            self.budget,
            lambda _entry: self.alive,
            self.tripwire,
            lambda: self.is_fenced,
            lambda part, problem: self.troubles.append((part, problem)),
            in_doubt=self.doubts.__contains__,
            pause=self.clock.pause,
        )
        self.gateway.listen(self.heard.append)

    def sent_names(self) -> list[str]:
        return [command.client_id for command in self.writer.sent]


def an_entry(name: str = NAME, life_ms: int = LIFE_MS) -> PlaceEntry:
    permit = Permit(0, 1, START_MS + life_ms)
    return PlaceEntry(name, BTC, Side.BUY, OrderKind.LIMIT, D(1), D(100), None, 1, permit)


def an_exit(kind: OrderKind = OrderKind.MARKET, name: str = NAME) -> PlaceExit:
    trigger = None if kind in (OrderKind.MARKET, OrderKind.LIMIT) else D(90)
    price = D(110) if kind is OrderKind.LIMIT else None
    return PlaceExit(name, BTC, Side.SELL, kind, D(1), price, trigger)


def a_cancel(name: str = NAME) -> CancelOrder:
    return CancelOrder(name, BTC, of_entry=True)
