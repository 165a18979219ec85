"""History, as seen by whoever drives it: where bars and funding come from."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from domain.market.bars import BarColumns, FundingRate


class History(NamedTuple):
    """Bars of several symbols, all of one interval, and the funding settled among them."""

    bars: Mapping[str, BarColumns]
    funding: tuple[FundingRate, ...]


class MarketHistory(Protocol):
    """A source of history: files, or a simulated market."""

    def load(self) -> History:
        """Return the whole history. Raises `BadInput` naming file, row and remedy."""
