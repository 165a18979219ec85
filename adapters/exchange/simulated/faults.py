"""A venue that refuses: a wrapper around the simulated one, for rehearsing the bad days.

Rule 1: the first so many closes (exits at market) are refused, as an overloaded venue does it.
Rule 2: within an outage every order is refused, exits included. A cancel is taken all the same:
a venue that is down for orders still lets go of what rests.
Rule 3: without faults it is the venue that it wraps, report for report.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from application.ports.matching import NO_FINER, MatchingVenue
from domain.execution.messages import (
    AccountRead,
    CancelOrder,
    Deposited,
    OrderKind,
    OrderRejected,
    PlaceExit,
    Report,
    VenueCommand,
)
from domain.market.bars import Bar, FundingRate

OVERLOADED: Final = "overloaded"
MAINTENANCE: Final = "maintenance"


class Faults(NamedTuple):
    """What goes wrong. `outage_from_ms` <= time < `outage_until_ms` is the outage, in UTC ms."""

    refuse_closes: int = 0
    outage_from_ms: int = 0
    outage_until_ms: int = 0


class FaultyVenue:
    """Satisfies `MatchingVenue`."""

    __slots__ = ("_faults", "_inner", "_left")

    def __init__(self, inner: MatchingVenue, faults: Faults) -> None:
        """Wrap *inner*."""
        self._inner = inner
        self._faults = faults
        self._left = faults.refuse_closes

    def deposit(self, at_ms: int, amount: Decimal) -> Deposited:
        """Pay *amount* USD in."""
        return self._inner.deposit(at_ms, amount)

    def send(self, command: VenueCommand, at_ms: int) -> list[Report]:
        """Take a command, or refuse it; return what is reported at once."""
        code = self._refusal(command, at_ms)
        if code is None:
            return self._inner.send(command, at_ms)
        return [OrderRejected(at_ms, command.client_id, command.symbol, code)]

    def _refusal(self, command: VenueCommand, at_ms: int) -> str | None:
        if isinstance(command, CancelOrder):
            return None
        if self._faults.outage_from_ms <= at_ms < self._faults.outage_until_ms:
            return MAINTENANCE
        is_close = isinstance(command, PlaceExit) and command.kind is OrderKind.MARKET
        if is_close and self._left:
            self._left -= 1
            return OVERLOADED
        return None

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
        return self._inner.advance(until_ms)

    def account(self, at_ms: int) -> AccountRead:
        """Return what is held and what rests."""
        return self._inner.account(at_ms)

    def mark(self, symbol: str, price: float) -> None:
        """Set the mark of a symbol whose bar is not played."""
        self._inner.mark(symbol, price)

    def bounds(self, symbol: str) -> tuple[float, float]:
        """Return between which prices nothing of *symbol* can happen."""
        return self._inner.bounds(symbol)


_: type[MatchingVenue] = FaultyVenue
