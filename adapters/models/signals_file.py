"""Bring your own signals: a file of them becomes a voter.

Rule 1: a signal's time is the moment at which it is known, the close of the bar it was made from;
        a file that keeps opening times says so (`SignalTimes.OPEN`).
Rule 2: a bar without a signal abstains (NaN confidence); a row that says HOLD is a vote for HOLD.
Rule 3: a signal within the history that falls on no bar's close is an error, never moved to the
        nearest bar. Signals before or after the history, or of other symbols, are not its concern.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.models.signals_table import SignalTable, read_signal_table
from application.errors import BadInput
from application.ports.predictor import Predictor, VoteColumns
from domain.market.bars import BarColumns

_TIMES_SHOWN = 5


class SignalTimes(StrEnum):
    """Which time of its bar a signal carries."""

    CLOSE = "close"
    OPEN = "open"


class Coverage(NamedTuple):
    """How many rows of a signal file a market uses, and why it does not use the others."""

    used: int
    outside_history: int
    other_symbols: int


class SignalsPredictor:
    """Votes what a table of signals says, and nothing where it says nothing."""

    def __init__(
        self,
        table: SignalTable,
        *,
        name: str = "signals",
        version: str = "1",
        times: SignalTimes = SignalTimes.CLOSE,
    ) -> None:
        self._table = table
        self._name = name
        self._version = version
        self._times = times
        starts = np.searchsorted(table.symbol, np.arange(len(table.symbols) + 1)).tolist()
        self._parts = {
            symbol: slice(starts[at], starts[at + 1]) for at, symbol in enumerate(table.symbols)
        }

    @property
    def name(self) -> str:
        """Return the voter's name."""
        return self._name

    @property
    def version(self) -> str:
        """Return the digest of the file."""
        return self._version

    @property
    def fallback(self) -> bool:
        """Tell that outside signals are a voter in their own right."""
        return False

    def predict(self, market: Mapping[str, BarColumns]) -> Mapping[str, VoteColumns]:
        """Return the signals laid onto the bars of *market*.

        Raises `BadInput` with every symbol that has signals on no bar's close.
        """
        problems: list[str] = []
        votes = {symbol: self._votes(bars, problems) for symbol, bars in market.items()}
        if problems:
            raise BadInput(*problems)
        return votes

    def coverage(self, market: Mapping[str, BarColumns]) -> Coverage:
        """Return how many signals *market* uses."""
        known = sum(self._part(symbol).stop - self._part(symbol).start for symbol in market)
        used = sum(int(self._rows_of(bars)[2].sum()) for bars in market.values())
        return Coverage(used, known - used, len(self._table.time) - known)

    def _part(self, symbol: str) -> slice:
        return self._parts.get(symbol, slice(0, 0))

    def _rows_of(
        self, bars: BarColumns
    ) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.bool_]]:
        """Return each signal's row, its bar's opening time, and whether history covers that."""
        opens = np.asarray(bars.open_time, np.int64)
        lag_ms = bars.interval_ms if self._times is SignalTimes.CLOSE else 0
        wanted = self._table.time[self._part(bars.symbol)] - lag_ms
        if not len(opens):
            return np.zeros(len(wanted), np.intp), wanted, np.zeros(len(wanted), np.bool_)
        within = (wanted >= opens[0]) & (wanted <= opens[-1])
        return np.searchsorted(opens, wanted), wanted, within

    def _votes(self, bars: BarColumns, problems: list[str]) -> VoteColumns:
        rows, wanted, within = self._rows_of(bars)
        part = self._part(bars.symbol)
        rows, wanted = rows[within], wanted[within]
        opens = np.asarray(bars.open_time, np.int64)
        missed = opens[rows] != wanted
        if missed.any():
            problems.append(self._explain(bars.symbol, self._table.time[part][within][missed]))
        count = len(opens)
        action = np.zeros(count, np.int8)
        confidence = np.full(count, np.nan)
        action[rows] = self._table.action[part][within]
        confidence[rows] = self._table.confidence[part][within]
        levels = (self._table.stop[part][within], self._table.target[part][within])
        stop, target = (_laid(level, rows, count) for level in levels)
        return VoteColumns(action, confidence, stop, target)

    def _explain(self, symbol: str, times: NDArray[np.int64]) -> str:
        shown = ", ".join(f"{time}" for time in times[:_TIMES_SHOWN])
        more = f" and {len(times) - _TIMES_SHOWN} more" if len(times) > _TIMES_SHOWN else ""
        return (
            f"{self._name}: {symbol} has no bar that {self._times}s at {shown}{more} (ms);"
            f" give the {self._times} time of a bar of the history, or remove these signals"
        )


def load_signals(
    path: Path, *, name: str = "signals", times: SignalTimes = SignalTimes.CLOSE
) -> SignalsPredictor:
    """Return the voter that speaks the signals of *path* (Parquet or CSV).

    Columns: `time` (UTC ms, or ISO-8601 with a zone), `symbol`, `action` (BUY, SELL, HOLD, FLAT),
    `confidence` in [0, 1], and if wanted `stop` and `target` (absolute prices). Raises `BadInput`
    with every fault of the file.
    """
    table = read_signal_table(path)
    version = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return SignalsPredictor(table, name=name, version=version, times=times)


def _laid(
    level: NDArray[np.float64], rows: NDArray[np.intp], count: int
) -> NDArray[np.float64] | None:
    """Return *level* laid onto *count* bars, or None when no signal has one."""
    if np.isnan(level).all():
        return None
    column = np.full(count, np.nan)
    column[rows] = level
    return column


_: type[Predictor] = SignalsPredictor
