"""Bars as columns: the one shape in which history travels through the ports.

A bar carries the time it opened; it may be used from its close on: `open_time + interval_ms`.
Columns are any indexable sequence, so that arrays pass without a copy and without an import here.
"""

from typing import Any, Final, NamedTuple, Protocol

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000


class Column(Protocol):
    """A column of numbers, oldest first."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def __getitem__(self, row: Any, /) -> Any:  # noqa: ANN401 - arrays index by int and by slice
        """Return one number or a part of the column."""


class BarColumns(NamedTuple):
    """The bars of one symbol and interval, sorted by `open_time`, without duplicates.

    `open_time` in UTC ms; prices in quote currency; `volume` in base asset.
    """

    symbol: str
    interval_ms: int
    open_time: Column
    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column


class Bar(NamedTuple):
    """One bar, as the venue's path through it needs it. Prices are floats: analytics, not money."""

    symbol: str
    open_ms: int
    close_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class FundingRate(NamedTuple):
    """The rate settled (or due) for *symbol* at *at_ms*, as a fraction per interval.

    Positive: longs pay shorts.
    """

    symbol: str
    at_ms: int
    rate: float
