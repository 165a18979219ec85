"""A venue that is played rather than called: what a back-test needs of the simulated one."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Protocol

from domain.execution.messages import Deposited, Report, VenueCommand
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

    def advance(self) -> list[Report]:
        """Play on to the next instant at which something happens; nothing when the row is over."""

    def mark(self, symbol: str, price: float) -> None:
        """Set the mark of a symbol whose bar is not played."""

    def bounds(self, symbol: str) -> tuple[float, float]:
        """Return between which prices nothing of *symbol* can happen."""
