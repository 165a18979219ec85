"""The tape: all that a market did and the voters said of it, row by row, for whoever plays it.

A row is an instant at which bars close. Row numbers start at 0; ranges are half open.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from domain.decision.messages import Candidate
from domain.market.bars import Bar, FundingRate
from domain.market.messages import Bulletin, Regime
from domain.portfolio.book import Exposure


class Stretch(NamedTuple):
    """What equity did over rows passed over. `row` is the first that leaves the band, or the end.

    `high` is the highest equity in USD on the rows before `row`, 0 when there are none. `passed`
    are (time, equity in USD) of those rows before `row` that the policy's flash window reaches
    from the last of them, oldest first: enough for whoever is woken there or at `row`.
    """

    row: int
    high: float
    passed: tuple[tuple[int, float], ...] = ()


class Tape(Protocol):
    """One market, ready to be played. Marks are closes, carried forward over missing bars."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols, sorted."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def time_ms(self, row: int) -> int:
        """Return when the bars of *row* close."""

    def row_at(self, at_ms: int) -> int:
        """Return the first row that closes at or after *at_ms*."""

    def bars(self, row: int, symbols: Sequence[str]) -> list[Bar]:
        """Return the bars of *row*, of those of *symbols* that have one."""

    def finer(self, row: int, symbols: Sequence[str]) -> Mapping[str, Sequence[Bar]]:
        """Return the finer bars within *row*, oldest first, of those of *symbols* that have any."""

    def marks(self, row: int, symbols: Sequence[str]) -> tuple[tuple[str, float], ...]:
        """Return the mark of each of *symbols* at the close of *row*."""

    def next_signal(self, row: int) -> int:
        """Return the first row at or after *row* with a candidate, a turn of regime or news."""

    def candidates(self, row: int) -> tuple[Candidate, ...]:
        """Return the symbols that a voter has something to say about at *row*, sorted."""

    def turns(self, row: int) -> tuple[tuple[str, Regime], ...]:
        """Return the confirmed changes of regime at *row*."""

    def bulletin(self, row: int) -> Bulletin | None:
        """Return what analytics have to tell at the close of *row*, None when there is nothing."""

    def funding(self, row: int) -> tuple[FundingRate, ...]:
        """Return the funding that settles while the bars of *row* are forming."""

    def next_funding(self, row: int) -> int:
        """Return the first row at or after *row* with funding."""

    def first_exit(self, symbol: str, start: int, stop: int, low: float, high: float) -> int:
        """Return the first row whose bar of *symbol* is not strictly inside, or *stop*."""

    def equity_over(
        self, exposure: Exposure, start: int, stop: int, band: tuple[float, float], fall: float
    ) -> Stretch:
        """Return what equity does over [start, stop): where it reaches an end of *band*.

        Or where it has fallen by the fraction *fall* from its highest on the way.
        """
