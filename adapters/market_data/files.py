"""History from files: Parquet and CSV, one symbol and interval each, joined and of one interval."""

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from pathlib import Path

from adapters.market_data.columns import Rows, bar_columns, joined, rows_of
from adapters.market_data.funding import load_funding
from adapters.market_data.inspection import inspect
from adapters.market_data.intervals import interval_text
from adapters.market_data.report import REMEDY, Finding, Flaw, Gap, Report, iso
from adapters.market_data.resample import resample
from adapters.market_data.sources import Source
from adapters.market_data.tables import read_rows
from application.errors import BadInput
from application.ports.market_history import History, MarketHistory
from domain.market.bars import BarColumns, FundingRate

Part = tuple[Report, Rows]


class FileHistory:
    """The history in *sources*, all brought to one interval.

    Files of one symbol are joined where they follow each other. The interval is *interval_ms*,
    by default the longest among the sources; finer bars are aggregated to it.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        funding: Path | None,
        interval_ms: int | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        """Remember what to load. *columns* maps our column names to theirs."""
        self._sources = sources
        self._funding = funding
        self._interval_ms = interval_ms
        self._columns = columns

    def load(self) -> History:
        """Return the whole history. Raises `BadInput` with every fault of every file."""
        return self.load_with_reports()[0]

    def load_with_reports(self) -> tuple[History, tuple[Report, ...]]:
        """Return the history and what was found in each file. Raises `BadInput` as `load`."""
        if not self._sources:
            raise BadInput("no file of bars was given; name one with --data FILE")
        target_ms = self._interval_ms or max(source.interval_ms for source in self._sources)
        parts, problems = self._read()
        bars: dict[str, BarColumns] = {}
        for symbol, group in groupby(sorted(parts, key=_place), lambda part: part[0].symbol):
            try:
                bars[symbol] = _one(symbol, list(group), target_ms)
            except BadInput as error:
                problems += error.problems
        funding: tuple[FundingRate, ...] = ()
        try:
            if self._funding is not None:
                symbols = {source.symbol for source in self._sources}
                funding = load_funding(self._funding, symbols)
        except BadInput as error:
            problems += error.problems
        if problems:
            raise BadInput(*problems)
        finer = {
            symbol: joined_bars
            for symbol, group in groupby(sorted(parts, key=_place), lambda part: part[0].symbol)
            if (joined_bars := _finer(symbol, list(group), target_ms)) is not None
        }
        reports = told_of_joins([report for report, _ in parts])
        return History(bars, funding, finer), reports

    def _read(self) -> tuple[list[Part], list[str]]:
        parts: list[Part] = []
        problems: list[str] = []
        for source in self._sources:
            try:
                rows, found = read_rows(source.path, self._columns)
            except BadInput as error:
                problems += error.problems
                continue
            report = inspect(source, rows, found)
            problems += report.problems()
            if report.usable:
                parts.append((report, rows))
        return parts, problems


def told_of_joins(reports: Sequence[Report]) -> tuple[Report, ...]:
    """Return *reports*, by symbol and time, each with the gap between it and the one before."""
    told: list[Report] = []
    for report in sorted(reports, key=lambda each: (each.symbol, each.first_ms)):
        before = told[-1] if told and told[-1].symbol == report.symbol else None
        missing = (report.first_ms - before.last_ms) // report.interval_ms - 1 if before else 0
        if before is not None and missing > 0:
            gap = Gap(before.last_ms, report.first_ms, missing)
            finding = Finding(Flaw.GAP, 1, 1, f"{missing} bars missing after {before.path}")
            told.append(
                report._replace(findings=(*report.findings, finding), gaps=(gap, *report.gaps))
            )
        else:
            told.append(report)
    return tuple(told)


def _place(part: Part) -> tuple[str, int]:
    return part[0].symbol, part[0].first_ms


def _one(symbol: str, parts: list[Part], target_ms: int) -> BarColumns:
    """Join the parts of one symbol, in order, at the target interval."""
    problems = [
        f"{later.path}: begins {iso(later.first_ms)}, before {earlier.path} ends; "
        f"leave one out, or merge them: {REMEDY}"
        for (earlier, _), (later, _) in pairwise(parts)
        if later.first_ms < earlier.last_ms + earlier.interval_ms
    ]
    if problems:
        raise BadInput(*problems)
    # Join before aggregating: files are cut at any minute, and a bucket may lie across the cut.
    made = [
        resample(bar_columns(symbol, own_ms, joined([rows for _, rows in group])), target_ms)
        for own_ms, group in groupby(parts, lambda part: part[0].interval_ms)
    ]
    whole = [rows_of(bars) for bars in made if len(bars.open_time)]
    if not whole:
        raise BadInput(f"{symbol}: too short for one bar of {interval_text(target_ms)}")
    return bar_columns(symbol, target_ms, joined(whole))


def _finer(symbol: str, parts: list[Part], target_ms: int) -> BarColumns | None:
    """Return the bars of one symbol as they came, where all are of one finer interval."""
    intervals = {report.interval_ms for report, _ in parts}
    if len(intervals) != 1 or intervals == {target_ms}:
        return None
    return bar_columns(symbol, intervals.pop(), joined([rows for _, rows in parts]))


_: type[MarketHistory] = FileHistory
