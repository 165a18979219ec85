"""Import, check and list: what `quantum-trader data` does."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

from adapters.market_data.columns import Rows, joined
from adapters.market_data.inspection import inspect
from adapters.market_data.intervals import interval_text
from adapters.market_data.repair import repaired
from adapters.market_data.report import Flaw, Report
from adapters.market_data.sources import Source, parse_source
from adapters.market_data.tables import read_rows
from adapters.market_data.writing import write_bars
from application.errors import BadInput

_SUFFIXES: Final = (".parquet", ".pq", ".parq", ".csv", ".gz", ".zip")


class Imported(NamedTuple):
    """A file written, what is in it, and what the repair cost by flaw."""

    path: Path
    report: Report
    repairs: Mapping[Flaw, int]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        repairs = {flaw.name.lower(): count for flaw, count in self.repairs.items()}
        return {**self.report.as_json(), "path": str(self.path), "repairs": repairs}


class Checked(NamedTuple):
    """A file looked at: its report, or why there is none."""

    path: str
    report: Report | None
    problems: tuple[str, ...]


def import_files(
    sources: Sequence[Source],
    folder: Path,
    columns: Mapping[str, str] | None = None,
    *,
    repair: bool = False,
) -> tuple[Imported, ...]:
    """Write the clean bars of *sources* below *folder*, one file a symbol and interval.

    Without *repair* every source must be usable. Raises `BadInput` with every fault of every
    source before anything is written, `StoreUnavailable` when it cannot be.
    """
    problems: list[str] = []
    ready: list[tuple[Source, Rows, dict[Flaw, int]]] = []
    for _, group in groupby(sorted(sources, key=_kind), _kind):
        try:
            ready.append(_prepared(list(group), columns, repair=repair))
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(*problems)
    return tuple(_written(folder, *each) for each in ready)


def check(arguments: Sequence[str], columns: Mapping[str, str] | None = None) -> Iterator[Checked]:
    """Yield what is found in each file, as `parse_source` reads its argument."""
    for argument in arguments:
        try:
            source = parse_source(argument)
            rows, found = read_rows(source.path, columns)
        except BadInput as error:
            yield Checked(argument, None, error.problems)
            continue
        report = inspect(source, rows, found)
        yield Checked(argument, report, report.problems())


def bar_files(folder: Path) -> Iterator[str]:
    """Yield the files below *folder* that are named as bars, sorted. Raises `BadInput`."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder")
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _SUFFIXES and path.is_file() and _is_named(path):
            yield str(path)


def _is_named(path: Path) -> bool:
    try:
        parse_source(str(path))
    except BadInput:
        return False
    return True


def _kind(source: Source) -> tuple[str, int]:
    return source.symbol, source.interval_ms


def _prepared(
    sources: list[Source], columns: Mapping[str, str] | None, *, repair: bool
) -> tuple[Source, Rows, dict[Flaw, int]]:
    """Return the rows of one symbol and interval, fit to be written."""
    problems: list[str] = []
    parts: list[tuple[int, Rows]] = []
    cut = 0
    for source in sources:
        try:
            rows, found = read_rows(source.path, columns)
        except BadInput as error:
            problems += error.problems
            continue
        report = inspect(source, rows, found)
        parts.append((report.first_ms, rows))
        problems += () if repair else report.problems()
        cut += sum(one.occurrences for one in found if one.flaw is Flaw.CUT_ROW)
    if problems:
        raise BadInput(*problems)
    rows = joined([rows for _, rows in sorted(parts, key=lambda part: part[0])])
    costs = {Flaw.CUT_ROW: cut} if cut else {}
    if repair:
        rows, more = repaired(rows, sources[0].interval_ms)
        costs |= more
    return _refused_unless_sound(sources, rows), rows, costs


def _refused_unless_sound(sources: list[Source], rows: Rows) -> Source:
    whole = Source(Path(" + ".join(str(source.path) for source in sources)), *sources[0][1:])
    if not len(rows.open_time):
        raise BadInput(f"{whole.path}: no usable row is left; fetch it again")
    # The days in the names of the parts are not those of the whole: a name tells nothing here.
    report = inspect(whole._replace(path=Path()), rows)._replace(path=str(whole.path))
    if not report.usable:
        raise BadInput(*report.problems())
    return whole


def _written(folder: Path, source: Source, rows: Rows, costs: dict[Flaw, int]) -> Imported:
    path = write_bars(folder, source.symbol, source.interval_ms, rows)
    return Imported(path, inspect(source._replace(path=path), rows), costs)


def described(imported: Imported) -> str:
    """Return in words what was written and what it cost."""
    report = imported.report
    text = f"{imported.path}: {report.rows} bars of {interval_text(report.interval_ms)}"
    losses = "; ".join(f"{flaw}: {count}" for flaw, count in imported.repairs.items())
    return f"{text}; repaired: {losses}" if losses else text
