"""The witness: sees every command that reaches the venue, every report and page, as they happen.

What the desk says may fail to be written when its stores are down; what left the process has left.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeVar

from application.ports.matching import NO_FINER, MatchingVenue
from application.ports.notifier import Notifier
from domain.decision.messages import Page
from domain.execution.messages import (
    AccountRead,
    Deposited,
    OrderFilled,
    Report,
    VenueCommand,
)
from domain.market.bars import Bar, FundingRate

Kind = TypeVar("Kind")


class Sent(NamedTuple):
    """A command as it reached the venue, in UTC ms of market time."""

    at_ms: int
    command: VenueCommand


class Witness:
    """Satisfies `MatchingVenue` and `Notifier`: hands everything on to *venue* and remembers it."""

    def __init__(self, venue: MatchingVenue) -> None:
        """Stand before *venue*."""
        self._venue = venue
        self.sent: list[Sent] = []
        self.reports: list[Report] = []
        self.pages: list[Page] = []

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Return the reports of *kind*."""
        return [report for report in self.reports if isinstance(report, kind)]

    @property
    def fills(self) -> list[OrderFilled]:
        """Return every fill."""
        return self.of(OrderFilled)

    def notify(self, page: Page) -> None:
        """Remember *page*."""
        self.pages.append(page)

    def deposit(self, at_ms: int, amount: Decimal) -> Deposited:
        """Pay *amount* USD in."""
        return self._venue.deposit(at_ms, amount)

    def send(self, command: VenueCommand, at_ms: int) -> list[Report]:
        """Take a command; return what is reported at once."""
        self.sent.append(Sent(at_ms, command))
        return self._seen(self._venue.send(command, at_ms))

    def begin(
        self,
        bars: Sequence[Bar],
        funding: Sequence[FundingRate] = (),
        finer: Mapping[str, Sequence[Bar]] = NO_FINER,
    ) -> None:
        """Start to play the bars of one row."""
        self._venue.begin(bars, funding, finer)

    def advance(self, until_ms: int | None = None) -> list[Report]:
        """Play on to the next instant at which something happens."""
        return self._seen(self._venue.advance(until_ms))

    def account(self, at_ms: int) -> AccountRead:
        """Return what is held and what rests."""
        return self._venue.account(at_ms)

    def mark(self, symbol: str, price: float) -> None:
        """Set the mark of a symbol whose bar is not played."""
        self._venue.mark(symbol, price)

    def bounds(self, symbol: str) -> tuple[float, float]:
        """Return between which prices nothing of *symbol* can happen."""
        return self._venue.bounds(symbol)

    def _seen(self, reports: list[Report]) -> list[Report]:
        self.reports += reports
        return reports


_: tuple[type[MatchingVenue], type[Notifier]] = (Witness, Witness)
