"""Everything that is wrong with the rows of a file, found in one go."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from adapters.bar_arrays import CODE, Ints, impossible
from adapters.market_data.columns import Rows
from adapters.market_data.intervals import interval_text
from adapters.market_data.report import Finding, Flaw, Gap, Report, iso
from adapters.market_data.sources import Source
from adapters.market_data.times import NO_TIME
from domain.market.messages import DataFault

Mask = npt.NDArray[np.bool_]
# Missing bars are gaps; this many steps in a row of one other length are another interval.
_OTHER_INTERVAL_RUN: Final = 20
_JUMP: Final = 0.20
_DAYS: Final = re.compile(r"[A-Z0-9]+-\d+[a-z]+-(\d{8})-(\d{8})\.")
VALUE_FLAWS: Final = (
    (DataFault.NON_FINITE, Flaw.NOT_A_NUMBER),
    (DataFault.NON_POSITIVE, Flaw.NON_POSITIVE),
    (DataFault.HIGH_BELOW_LOW, Flaw.HIGH_BELOW_LOW),
)


def inspect(source: Source, rows: Rows, found: tuple[Finding, ...] = ()) -> Report:
    """Return the report on *rows* of *source*; *found* is what reading it already showed."""
    timed = rows.open_time != NO_TIME
    times = rows.open_time if timed.all() else rows.open_time[timed]
    ordered = times if rising(times) else np.unique(times)
    gaps = _gaps(ordered, source.interval_ms)
    findings = [
        *found,
        *_row_findings(rows, timed),
        *_order_findings(rows.open_time, timed),
        *_step_findings(rows.open_time, ordered, source.interval_ms),
        *_name_findings(source.path, ordered),
        *_notes(rows, gaps),
    ]
    first, last = (int(ordered[0]), int(ordered[-1])) if len(ordered) else (0, 0)
    path, symbol, interval = str(source.path), source.symbol, source.interval_ms
    return Report(path, symbol, interval, len(timed), first, last, tuple(findings), gaps)


def rising(times: Ints) -> bool:
    """Tell whether *times* rise strictly."""
    return bool((times[1:] > times[:-1]).all())


def off_grid(times: Ints, interval_ms: int) -> Mask:
    """Return which *times* are not on the grid of the interval since the epoch, UTC."""
    off: Mask = times % interval_ms != 0
    return off


def _row_findings(rows: Rows, timed: Mask) -> Iterator[Finding]:
    yield from _finding(Flaw.NO_TIME, ~timed)
    codes = impossible(*rows[1:])
    if codes.any():
        for fault, flaw in VALUE_FLAWS:
            yield from _finding(flaw, codes == CODE[fault])


def _order_findings(times: Ints, timed: Mask) -> Iterator[Finding]:
    if rising(times) and timed.all():
        return
    usable = np.flatnonzero(timed)
    own = times[usable]
    late = usable[1:][own[1:] < np.maximum.accumulate(own)[:-1]] if len(own) else usable
    _, firsts = np.unique(own, return_index=True)
    again = np.setdiff1d(usable, usable[firsts])
    for flaw, found in ((Flaw.DUPLICATE, again), (Flaw.OUT_OF_ORDER, late)):
        if len(found):
            yield Finding(flaw, len(found), int(found[0]) + 1, iso(int(times[found[0]])))


def _step_findings(times: Ints, ordered: Ints, interval_ms: int) -> Iterator[Finding]:
    off = off_grid(times, interval_ms) & (times != NO_TIME)
    steps = np.diff(ordered)
    if off.any():
        detail = _steps_told(steps, interval_ms)
        yield Finding(Flaw.WRONG_STEP, int(off.sum()), int(off.argmax()) + 1, detail)
        return
    other = _other_interval(steps, interval_ms)
    if other is not None:
        row, count = other
        run = f"{count} steps of {interval_text(int(steps[row]))} in a row: mixed intervals"
        detail = f"{_steps_told(steps, interval_ms)}, {run}"
        yield Finding(Flaw.WRONG_STEP, count, row + 1, detail)


def _steps_told(steps: Ints, interval_ms: int) -> str:
    lengths, counts = np.unique(steps, return_counts=True)
    common = interval_text(int(lengths[counts.argmax()])) if len(lengths) else "none"
    return f"named {interval_text(interval_ms)}, commonest step {common}"


def _other_interval(steps: Ints, interval_ms: int) -> tuple[int, int] | None:
    """Return where a run of steps of one other length begins, and how long it is."""
    if int((steps > interval_ms).sum()) < _OTHER_INTERVAL_RUN:
        return None
    starts = np.flatnonzero(np.diff(steps, prepend=steps[0] - 1))
    lengths = np.diff(np.append(starts, len(steps)))
    other = np.flatnonzero((lengths >= _OTHER_INTERVAL_RUN) & (steps[starts] > interval_ms))
    if not len(other):
        return None
    return int(starts[other[0]]), int(lengths[other[0]])


def _name_findings(path: Path, ordered: Ints) -> Iterator[Finding]:
    named = _DAYS.match(path.name)
    if not named or not len(ordered):
        return
    there = tuple(iso(int(ordered[end]))[:10].replace("-", "") for end in (0, -1))
    if there != named.groups():
        detail = f"the bars go from {there[0]} to {there[1]}: truncated?"
        yield Finding(Flaw.NAME_MISMATCH, 1, 1, detail)


def _gaps(ordered: Ints, interval_ms: int) -> tuple[Gap, ...]:
    rows = len(ordered)
    if rows == 0 or int(ordered[-1] - ordered[0]) <= (rows - 1) * interval_ms:
        return ()
    return tuple(
        Gap(int(ordered[row]), int(ordered[row + 1]), missing)
        for row in np.flatnonzero(np.diff(ordered) > interval_ms).tolist()
        if (missing := int(ordered[row + 1] - ordered[row] - 1) // interval_ms) > 0
    )


def _notes(rows: Rows, gaps: tuple[Gap, ...]) -> Iterator[Finding]:
    if gaps:
        row = int(np.argmax(rows.open_time >= gaps[0].before_ms)) + 1
        missing = sum(gap.missing for gap in gaps)
        yield Finding(Flaw.GAP, len(gaps), row, f"{missing} bars missing in all")
    yield from _finding(Flaw.ZERO_VOLUME, rows.volume == 0)
    if len(rows.close) > 1:
        with np.errstate(divide="ignore", invalid="ignore"):
            jump = np.abs(rows.close[1:] / rows.close[:-1] - 1) > _JUMP
        yield from _finding(Flaw.JUMP, np.append([False], jump))


def _finding(flaw: Flaw, where: Mask) -> Iterator[Finding]:
    if where.any():
        yield Finding(flaw, int(where.sum()), int(where.argmax()) + 1)
