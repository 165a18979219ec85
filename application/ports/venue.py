"""The venue as the order gateway sees it: one who writes, one who reads, and what is answered.

Writes are never repeated below this line; whether they may be is the gateway's to know.
"""

from typing import NamedTuple, Protocol

from domain.execution.messages import (
    AccountRead,
    CancelOrder,
    OrderFilled,
    OrderRead,
    PlaceEntry,
    PlaceExit,
)


class Reply(NamedTuple):
    """The venue's answer to one write.

    `code` is "" for success, else the venue's own error code ("-2019") or, where the answer has
    none, the status of the transport ("http 503"). `client_id`, `symbol`: whom the answer is
    about, as the venue echoes it; "" where it does not. `wait_ms`: how long it asks to be left
    alone, 0 when it does not. `text` is the venue's own, for a person.
    """

    at_ms: int
    code: str
    client_id: str
    symbol: str
    wait_ms: int = 0
    text: str = ""


class VenueWriter(Protocol):
    """Sends what changes something. One call is one request.

    Raises `NotSent` when no byte left the house, and `VenueUnavailable` when no answer that can be
    understood came in time: the outcome is unknown then.
    """

    async def place(self, order: PlaceEntry | PlaceExit) -> Reply:
        """Send an order."""

    async def cancel(self, cancel: CancelOrder) -> Reply:
        """Send a cancel."""


class VenueReader(Protocol):
    """Asks. Every method raises `VenueUnavailable` when it got no answer; asking again is free."""

    async def order(self, client_id: str, symbol: str) -> OrderRead | None:
        """Return how one order stands, None when the venue says that it knows no such order."""

    async def trades(self, since_ms: int) -> tuple[OrderFilled, ...]:
        """Return the fills of the trade history from *since_ms* on, oldest first, `leaves` None."""

    async def account(self) -> AccountRead:
        """Return positions, resting orders (conditional ones too) and the wallet."""
