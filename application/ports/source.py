"""A source: something that makes events by itself, as a feed of prices or a venue's stream does."""

from collections.abc import Callable
from typing import Protocol

from domain.decision.messages import Heard


class Source(Protocol):
    """Speaks until it is cancelled. What it loses it finds again by itself, and says so."""

    async def run(self, hear: Callable[[Heard], None]) -> None:
        """Tell *hear* of everything, in order, until cancelled."""
