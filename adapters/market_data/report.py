"""What was found in a file of bars, told so that a person can act and a machine can read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from adapters.market_data.intervals import interval_text

REMEDY: Final = "run `quantum-trader data import --repair` on it"
GAPS_LISTED: Final = 20


class Flaw(StrEnum):
    """What can be wrong with a file of bars."""

    CUT_ROW = "rows with too few or too many fields"
    NO_TIME = "times that are missing, unreadable or outside 2000 to 2100"
    NOT_A_NUMBER = "values that are missing, not numbers or infinite"
    NON_POSITIVE = "prices not above zero or negative volumes"
    HIGH_BELOW_LOW = "bars whose high or low does not contain the rest"
    DUPLICATE = "bars for a time that is already there"
    OUT_OF_ORDER = "bars earlier than the one before"
    WRONG_STEP = "times that do not fit the interval"
    NAME_MISMATCH = "first or last day is not the one in the file's name"
    GAP = "gaps"
    ZERO_VOLUME = "bars without a trade"
    JUMP = "moves of more than 20 % from bar to bar"
    NO_FINAL_NEWLINE = "the last line does not end and may be cut"


# What is told but can be lived with: the guard keeps entries away from it.
ALLOWED: Final = frozenset({Flaw.GAP, Flaw.ZERO_VOLUME, Flaw.JUMP, Flaw.NO_FINAL_NEWLINE})
_REMEDIES: Final = {
    Flaw.WRONG_STEP: "name the right interval as SYMBOL:INTERVAL=FILE; if a few rows stray, "
    + REMEDY,
    Flaw.NAME_MISMATCH: f"fetch it again, or to keep what is there, {REMEDY}",
}


class Finding(NamedTuple):
    """One flaw, how often, and where first: `row` counts the rows of data from 1."""

    flaw: Flaw
    occurrences: int
    row: int
    detail: str = ""


class Gap(NamedTuple):
    """Bars that are missing between the bars that open at `after_ms` and `before_ms`."""

    after_ms: int
    before_ms: int
    missing: int


class Report(NamedTuple):
    """What was found in one file. Times in UTC ms; 0 when there is no row with a time."""

    path: str
    symbol: str
    interval_ms: int
    rows: int
    first_ms: int
    last_ms: int
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]

    @property
    def usable(self) -> bool:
        """Tell whether nothing was found that makes the history unfit to trade on."""
        return all(finding.flaw in ALLOWED for finding in self.findings)

    def problems(self) -> tuple[str, ...]:
        """Return what makes the file unfit, a sentence each with its remedy."""
        return tuple(
            f"{self.path}: {told(finding)}; {_REMEDIES.get(finding.flaw, REMEDY)}"
            for finding in self.findings
            if finding.flaw not in ALLOWED
        )

    def notes(self) -> tuple[str, ...]:
        """Return what was found and is allowed, a sentence each."""
        return tuple(told(finding) for finding in self.findings if finding.flaw in ALLOWED)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values, times both in ms and in ISO-8601."""
        return {
            "path": self.path,
            "symbol": self.symbol,
            "interval": interval_text(self.interval_ms),
            "rows": self.rows,
            "first": iso(self.first_ms),
            "last": iso(self.last_ms),
            "first_ms": self.first_ms,
            "last_ms": self.last_ms,
            "usable": self.usable,
            "findings": [
                {
                    "flaw": finding.flaw.name.lower(),
                    "count": finding.occurrences,
                    "first_row": finding.row,
                    "detail": finding.detail,
                    "refused": finding.flaw not in ALLOWED,
                }
                for finding in self.findings
            ],
            "gaps": [
                {"after": iso(gap.after_ms), "before": iso(gap.before_ms), "missing": gap.missing}
                for gap in self.gaps
            ],
            "missing_bars": sum(gap.missing for gap in self.gaps),
        }


def told(finding: Finding) -> str:
    """Return *finding* in words."""
    detail = f" ({finding.detail})" if finding.detail else ""
    return f"{finding.flaw}: {finding.occurrences}, first at row {finding.row}{detail}"


def gap_lines(report: Report) -> Iterator[str]:
    """Yield the places of the gaps, the first `GAPS_LISTED` of them."""
    for gap in report.gaps[:GAPS_LISTED]:
        yield f"{gap.missing} bars missing from after {iso(gap.after_ms)} to {iso(gap.before_ms)}"
    if len(report.gaps) > GAPS_LISTED:
        yield f"and {len(report.gaps) - GAPS_LISTED} gaps more"


def iso(milliseconds: int) -> str:
    """Return UTC ms as ISO-8601 with Z, to the second; empty for 0."""
    if not milliseconds:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
