"""The simulated venue behind the exchange port: commands go in, its replies come back as reports.

Time on this venue is the time of the desk that sends: the later of the last event it heard and
the instant the venue itself has played to.
"""

from collections.abc import Callable

from application.ports.exchange import Exchange, Listener
from application.ports.matching import MatchingVenue
from domain.execution.messages import (
    AccountRead,
    OrderAbsent,
    OrderRead,
    OrderStatus,
    QueryOrder,
    ReadAccount,
    Report,
    VenueCommand,
)
from domain.shared.amounts import ZERO


class SimulatedExchange:
    """Satisfies `Exchange`."""

    def __init__(self, venue: MatchingVenue, now_ms: Callable[[], int]) -> None:
        """Send to *venue*, at the time that *now_ms* tells."""
        self._venue = venue
        self._now_ms = now_ms
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Send every report from now on to *listener*."""
        self._listeners.append(listener)

    async def send(self, command: VenueCommand) -> None:
        """Hand over one command; its replies reach the listeners at once."""
        for report in self._venue.send(command, self._now_ms()):
            self._tell(report)

    async def read(self, wish: ReadAccount) -> AccountRead:  # noqa: ARG002 - see the docstring
        """Return what the venue holds now. Its fills have all been told: nothing is lost here."""
        return self._venue.account(self._now_ms())

    async def query(self, wish: QueryOrder) -> None:
        """Tell whether an order rests here; one that has ended is not remembered."""
        now, name, symbol = self._now_ms(), wish.client_id, wish.symbol
        if (name, symbol) in self._venue.account(now).orders:
            self._tell(OrderRead(now, name, symbol, OrderStatus.LIVE, ZERO))
        else:
            self._tell(OrderAbsent(now, name, symbol))

    def _tell(self, report: Report) -> None:
        for listener in self._listeners:
            listener(report)


_: type[Exchange] = SimulatedExchange
