"""Equity at many closes at once, bit for bit what `Exposure.equity` gives at each of them."""

from collections.abc import Mapping

import numpy as np

from adapters.bar_arrays import Floats, Ints
from application.ports.tape import Stretch
from domain.portfolio.book import Exposure


def path_of(exposure: Exposure, marks: Mapping[str, Floats], start: int, stop: int) -> Floats:
    """Return equity at each close of [start, stop), summed in the order of `Exposure.equity`.

    *marks* has the column of every held symbol.
    """
    path: Floats | None = None
    for symbol, quantity in exposure.held:
        part = marks[symbol][start:stop] * quantity
        if path is None:
            part += exposure.base
            path = part
        else:
            path += part
    return np.full(stop - start, exposure.base) if path is None else path


def stretch_of(
    path: Floats,
    times: Ints,
    start: int,
    band: tuple[float, float],
    fall: float,
    window_ms: int,
) -> Stretch:
    """Return what equity, *path* from row *start* on, does until it leaves *band* or falls.

    *path* must not be empty. What passed is told of as far back as *window_ms* from its last row.
    """
    high, low = float(path.max()), float(path.min())
    stop = start + len(path)
    if low > band[0] and high < band[1] and low > high * (1.0 - fall):
        return Stretch(stop, high, _passed(path, times, start, stop, window_ms))
    peaks = np.maximum.accumulate(path)
    out = (path <= band[0]) | (path >= band[1]) | (path <= peaks * (1.0 - fall))
    first = int(out.argmax())
    if not out[first]:
        return Stretch(stop, high, _passed(path, times, start, stop, window_ms))
    row = start + first
    high = float(peaks[first - 1]) if first else 0.0
    return Stretch(row, high, _passed(path, times, start, row, window_ms))


def _passed(
    path: Floats, times: Ints, start: int, row: int, window_ms: int
) -> tuple[tuple[int, float], ...]:
    """Return (time, equity) of the rows of the stretch before *row*, within the window."""
    if row == start:
        return ()
    first = max(start, int(times.searchsorted(times[row - 1] - window_ms)))
    passed = zip(times[first:row].tolist(), path[first - start : row - start].tolist(), strict=True)
    return tuple(passed)
