"""Analytics, votes and funding laid out on the rows of a grid, for the tape to read."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from adapters.bar_arrays import Codes, Floats
from adapters.market_data.grid import Grid
from application.ports.analyst import AnalyticsColumns
from application.ports.predictor import VoteColumns
from domain.market.bars import FundingRate
from domain.market.messages import DataFault, Regime
from domain.shared.amounts import decimal_of

REGIMES: Final = tuple(Regime)
FAULTS: Final = (None, *DataFault)
Votes: TypeAlias = tuple[str, bool, Codes, Floats, Floats | None, Floats | None]

Goes: TypeAlias = Callable[[str, int], bool]


class Voter(NamedTuple):
    """The votes of one model on all symbols."""

    model: str
    fallback: bool
    votes: Mapping[str, VoteColumns]


class Laid(NamedTuple):
    """What is known of one symbol, on the rows of the grid."""

    atr_fraction: Floats
    regime: Codes
    fault: Codes
    votes: tuple[Votes, ...]


def greatest_fall(curve: Floats) -> float:
    """Return the greatest fraction by which *curve* ever lay below its peak before."""
    if not len(curve):
        return 0.0
    peaks = np.maximum.accumulate(curve)
    return float((1.0 - curve / np.where(peaks > 0.0, peaks, 1.0)).max(initial=0.0))


def carried_forward(column: Floats) -> Floats:
    """Return *column* with each NaN replaced by the number before it."""
    absent = np.isnan(column)
    if not absent.any():
        return column
    last = np.where(absent, 0, np.arange(len(column)))
    np.maximum.accumulate(last, out=last)
    return column[last]


def laid_out(
    grid: Grid, at: int, known: AnalyticsColumns, voters: Sequence[Voter], symbol: str
) -> Laid:
    """Return what is known and voted of *symbol*, which is number *at* of the grid."""
    votes = []
    for voter in voters:
        columns = voter.votes.get(symbol)
        if columns is not None:
            votes.append(
                (
                    voter.model,
                    voter.fallback,
                    _codes(grid, at, columns.action),
                    grid.place(at, columns.confidence),
                    None if columns.stop is None else grid.place(at, columns.stop),
                    None if columns.target is None else grid.place(at, columns.target),
                )
            )
    return Laid(
        grid.place(at, known.atr_fraction),
        _codes(grid, at, known.regime, REGIMES.index(Regime.UNKNOWN)),
        _codes(grid, at, known.fault),
        tuple(votes),
    )


def adopted(
    grid: Grid, at: int, known: Laid, symbol: str, news: tuple[Voter, int, Goes | None]
) -> Laid:
    """Return what is *known* of *symbol* with the votes of *news*; see `MarketTape.adopt`."""
    voter, from_row, goes = news
    columns = voter.votes.get(symbol)
    if columns is None:
        return known
    new = np.zeros(len(grid), np.bool_)
    new[from_row:] = True
    if goes is not None:
        for row in range(from_row, len(grid)):
            new[row] = goes(symbol, int(grid.times[row]))
    action = _codes(grid, at, columns.action)
    sure = grid.place(at, columns.confidence)
    votes = tuple(
        one
        if one[0] != voter.model
        else (
            one[0],
            one[1],
            np.where(new, action, one[2]).astype(np.int8),
            np.where(new, sure, one[3]),
            one[4],
            one[5],
        )
        for one in known.votes
    )
    return known._replace(votes=votes)


def _codes(grid: Grid, at: int, column: object, absent: int = 0) -> Codes:
    values = np.asarray(column, np.int8)
    if len(values) == len(grid):
        return values
    placed = np.full(len(grid), absent, np.int8)
    placed[grid.rows[at]] = values
    return placed


def wanted_rows(votes: Sequence[Votes], rows: int) -> npt.NDArray[np.bool_]:
    """Return on which rows some voter names a direction, or wants out."""
    wanted = np.zeros(rows, np.bool_)
    for _, _, action, confidence, _, _ in votes:
        wanted |= (action != 0) & ~np.isnan(confidence)
    return wanted


def turned_rows(regime: Codes) -> npt.NDArray[np.bool_]:
    """Return on which rows the regime is another than on the row before."""
    unknown = np.int8(REGIMES.index(Regime.UNKNOWN))
    turned: npt.NDArray[np.bool_] = np.diff(regime, prepend=unknown) != 0
    return turned


def funding_by_row(
    funding: Sequence[FundingRate], grid: Grid, index: Mapping[str, int]
) -> dict[int, tuple[FundingRate, ...]]:
    """Return the funding of each row: that settled from the open of its bar to before its close."""
    by_row: dict[int, tuple[FundingRate, ...]] = {}
    for rate in funding:
        row = int(np.searchsorted(grid.times, rate.at_ms, side="right"))
        if rate.symbol in index and row < len(grid):
            by_row[row] = (*by_row.get(row, ()), rate)
    return by_row


def level_at(levels: Floats | None, row: int, tick: Decimal) -> Decimal | None:
    """Return the price at *row*, on the grid of prices; None where there is none."""
    if levels is None or np.isnan(levels[row]):
        return None
    return decimal_of(float(levels[row]), tick)


def signal_rows(marked: Sequence[npt.NDArray[np.bool_]], news: Sequence[int]) -> list[int]:
    """Return the rows that any of *marked* marks, and those with *news*."""
    signals = np.logical_or.reduce(marked)
    signals[news] = True
    rows: list[int] = np.flatnonzero(signals).tolist()
    return rows
