"""History, as seen by whoever drives it: where bars and funding come from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from domain.market.bars import BarColumns, FundingRate


class History(NamedTuple):
    """Bars of several symbols, all of one interval, and the funding settled among them.

    `finer` has the bars that those of a symbol were aggregated from, where they were: the venue
    walks them instead of guessing the path through the bar.
    """

    bars: Mapping[str, BarColumns]
    funding: tuple[FundingRate, ...]
    finer: Mapping[str, BarColumns] = MappingProxyType({})


class MarketHistory(Protocol):
    """A source of history: files, or a simulated market."""

    def load(self) -> History:
        """Return the whole history. Raises `BadInput` naming file, row and remedy."""
