"""The venue, as the dispatcher sees it: commands go in, reports come back by the inbox."""

from collections.abc import Callable
from typing import Protocol

from domain.execution.messages import (
    AccountRead,
    QueryOrder,
    ReadAccount,
    Report,
    VenueCommand,
)

Listener = Callable[[Report], None]


class Exchange(Protocol):
    """A venue. What became of a command is known only from the reports it sends."""

    def listen(self, listener: Listener) -> None:
        """Send every report from now on to *listener*."""

    async def send(self, command: VenueCommand) -> None:
        """Hand over one command.

        Raises `NotSent` when it cannot be handed over, and `VenueUnavailable` when nobody knows
        whether it was.
        """

    async def read(self, wish: ReadAccount) -> AccountRead:
        """Return what the venue itself holds of ours. Raises `VenueUnavailable`.

        The fills that are wished for are told to the listeners before it returns.
        """

    async def query(self, wish: QueryOrder) -> None:
        """Tell the listeners how one order stands, after its fills. Raises `VenueUnavailable`."""
