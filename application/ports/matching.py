"""A venue that is played rather than called: what a back-test needs of the simulated one."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Protocol

from domain.execution.messages import AccountRead, Deposited, Report, VenueCommand
from domain.market.bars import Bar, FundingRate

NO_FINER: Final[Mapping[str, Sequence[Bar]]] = MappingProxyType({})


class MatchingVenue(Protocol):
    """A venue whose time passes when it is told so."""

    def deposit(self, at_ms: int, amount: Decimal) -> Deposited:
        """Pay *amount* USD in."""

    def send(self, command: VenueCommand, at_ms: int) -> list[Report]:
        """Take a command; return what is reported at once."""

    def begin(
        self,
        bars: Sequence[Bar],
        funding: Sequence[FundingRate] = (),
        finer: Mapping[str, Sequence[Bar]] = NO_FINER,
    ) -> None:
        """Start to play the bars of one row, along their *finer* bars where there are any."""

    def advance(self, until_ms: int | None = None) -> list[Report]:
        """Play on to the next instant at which something happens, and return its reports.

        Nothing when the row is over, or when *until_ms*, an instant before its end, came first:
        what happens at that instant itself has been returned then, and the row goes on.
        """

    def account(self, at_ms: int) -> AccountRead:
        """Return what is held and what rests or is on its way, as it is at *at_ms*, now."""

    def mark(self, symbol: str, price: float) -> None:
        """Set the mark of a symbol whose bar is not played."""

    def bounds(self, symbol: str) -> tuple[float, float]:
        """Return between which prices nothing of *symbol* can happen."""
