"""Long series made short enough to draw, and what is read off an equity curve.

A drawn series keeps the lowest and the highest row of every stretch, so that no crash and no peak
is lost however many rows are left out. Times in UTC ms.
"""

import itertools
import math
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from domain.decision.facts import RiskModeChanged
from domain.market.bars import DAY_MS
from domain.risk.emergency_stop import RiskMode

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
BAND_STEPS: Final = 500
SHARPE_DAYS_MIN: Final = 30
_DAYS_A_YEAR: Final = 365


class Line(NamedTuple):
    """A series: UTC ms and the value at each."""

    times: Ints
    values: Floats


class Band(NamedTuple):
    """A stretch of time in one risk mode."""

    from_ms: int
    until_ms: int
    mode: RiskMode


def line(times: object, values: object) -> Line:
    """Return the series without the rows whose value is no finite number."""
    at = np.asarray(times, np.int64)
    what = np.asarray(values, np.float64)
    sound = np.isfinite(what)
    return Line(at, what) if sound.all() else Line(at[sound], what[sound])


def thinned(series: Line, points: int) -> Line:
    """Return at most *points* (8 or more) rows of *series*: ends, and extremes of each stretch."""
    rows = len(series.values)
    if rows <= points:
        return series
    # Two of the points are the ends, two belong to the stretch that the width leaves over.
    width = math.ceil(rows / ((points - 4) // 2))
    whole = rows // width * width
    blocks = series.values[:whole].reshape(-1, width)
    starts = np.arange(0, whole, width)
    kept = [starts + blocks.argmin(axis=1), starts + blocks.argmax(axis=1)]
    if whole < rows:
        rest = series.values[whole:]
        kept.append(np.array([whole + rest.argmin(), whole + rest.argmax()]))
    chosen = np.unique(np.concatenate((*kept, [0, rows - 1])))
    return Line(series.times[chosen], series.values[chosen])


def falls(equity: Line, start: float) -> Line:
    """Return how far *equity* lies below its peak so far, *start* being the first.

    Fractions, zero or negative.
    """
    peaks = np.maximum(np.maximum.accumulate(equity.values), start)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.where(peaks > 0, equity.values / peaks - 1.0, 0.0)
    return Line(equity.times, below)


def monthly(equity: Line, start: float) -> dict[tuple[int, int], float]:
    """Return the return of each (year, month) as a fraction; the first begins at *start*."""
    months = equity.times.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    found = {}
    for row, change in _period_returns(months, equity.values, start):
        found[1970 + int(months[row]) // 12, int(months[row]) % 12 + 1] = change
    return found


def sharpe(equity: Line, start: float) -> float | None:
    """Return the Sharpe ratio of daily returns, annualised; None under `SHARPE_DAYS_MIN` days."""
    days = _period_returns(equity.times // DAY_MS, equity.values, start)
    changes = np.array([change for _, change in days])
    if len(changes) < SHARPE_DAYS_MIN:
        return None
    spread = float(changes.std(ddof=1))
    return float(changes.mean()) / spread * math.sqrt(_DAYS_A_YEAR) if spread > 0 else None


def bands(changes: Iterable[RiskModeChanged], from_ms: int, until_ms: int) -> tuple[Band, ...]:
    """Return the stretches in a mode other than NORMAL, for drawing.

    Time is cut in `BAND_STEPS` steps; each shows the gravest mode within it, so that an emergency
    of a minute can be seen in a run of years.
    """
    if until_ms <= from_ms:
        return ()
    step_ms = (until_ms - from_ms) / BAND_STEPS
    gravest = np.zeros(BAND_STEPS, np.int64)
    for span in spans(changes, from_ms, until_ms):
        first = min(int((span.from_ms - from_ms) / step_ms), BAND_STEPS - 1)
        last = max(math.ceil((span.until_ms - from_ms) / step_ms), first + 1)
        gravest[first:last] = np.maximum(gravest[first:last], int(span.mode))
    edges = [0, *(np.flatnonzero(np.diff(gravest)) + 1).tolist(), BAND_STEPS]
    return tuple(
        Band(round(from_ms + a * step_ms), round(from_ms + b * step_ms), RiskMode(int(gravest[a])))
        for a, b in itertools.pairwise(edges)
        if gravest[a]
    )


def spans(changes: Iterable[RiskModeChanged], from_ms: int, until_ms: int) -> tuple[Band, ...]:
    """Return every stretch of the run and the mode it was in, exact, in order of time."""
    found = []
    mode, since = RiskMode.NORMAL, from_ms
    for number, change in enumerate(changes):
        # A session that resumed may have begun in another mode than NORMAL.
        before = RiskMode[change.old] if number == 0 else mode
        at_ms = min(max(change.at_ms, since), until_ms)
        found.append(Band(since, at_ms, before))
        mode, since = RiskMode[change.new], at_ms
    return (*found, Band(since, until_ms, mode))


def _period_returns(periods: Ints, values: Floats, start: float) -> list[tuple[int, float]]:
    """Return the last row of each period and the change since the end of the period before."""
    if not len(values):
        return []
    lasts = [*np.flatnonzero(np.diff(periods)).tolist(), len(values) - 1]
    before = [start, *values[lasts[:-1]].tolist()]
    return [
        (row, float(values[row]) / base - 1.0 if base > 0 else 0.0)
        for row, base in zip(lasts, before, strict=True)
    ]
