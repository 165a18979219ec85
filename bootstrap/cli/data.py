"""`quantum-trader data`: look at files of bars, and bring them into the house's own shape."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from application.errors import BadInput

if TYPE_CHECKING:
    from adapters.market_data.importing import Checked
    from adapters.market_data.sources import Source

app = typer.Typer(name="data", help="Check, import and list files of bars.", no_args_is_help=True)

_BAD_INPUT = 2
Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE...", help="Parquet or CSV: SYMBOL-INTERVAL-..., SYMBOL:5m=FILE."),
]
Columns = Annotated[
    list[str] | None, typer.Option(help="OURS=THEIRS for a column of another name, repeatable.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def check(files: Files, *, columns: Columns = None, as_json: AsJson = False) -> None:
    """Report every fault of every file; exit code 2 if any is unfit to trade on."""
    # Arrow takes a moment to import; `--help` shall not wait for it. The same below.
    from adapters.market_data.importing import check as checked  # noqa: PLC0415 - see above

    _tell(list(checked(files, _mapping(columns))), as_json=as_json, brief=False)


@app.command(name="list")
def list_folder(
    folder: Annotated[Path, typer.Argument(metavar="DIR")], *, as_json: AsJson = False
) -> None:
    """List the files of bars below a folder; exit code 2 if any is unfit to trade on."""
    from adapters.market_data.importing import bar_files, check  # noqa: PLC0415 - see above

    _tell(list(check(list(bar_files(folder)))), as_json=as_json, brief=True)


@app.command(name="import")
def import_bars(
    files: Files,
    *,
    out: Annotated[Path, typer.Option(help="The folder to write to.")],
    symbol: Annotated[str | None, typer.Option(help="The symbol, where no name tells it.")] = None,
    interval: Annotated[str | None, typer.Option(help="The interval, likewise.")] = None,
    columns: Columns = None,
    repair: Annotated[bool, typer.Option(help="Drop bad rows, sort, and say how many.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write clean Parquet files named SYMBOL-INTERVAL-FIRSTDAY-LASTDAY."""
    from adapters.market_data.importing import described, import_files  # noqa: PLC0415 - see above
    from adapters.market_data.report import gap_lines  # noqa: PLC0415 - see above

    sources = _sources(files, symbol, interval)
    written = import_files(sources, out, _mapping(columns), repair=repair)
    if as_json:
        _print_json({"written": [each.as_json() for each in written]})
        return
    for each in written:
        typer.echo(described(each))
        for line in (*each.report.notes(), *gap_lines(each.report)):
            typer.echo(f"  {line}")


def _sources(files: Sequence[str], symbol: str | None, interval: str | None) -> "list[Source]":
    from adapters.market_data.intervals import interval_ms  # noqa: PLC0415 - see above
    from adapters.market_data.sources import (  # noqa: PLC0415 - see above
        Source,
        checked_symbol,
        parse_source,
    )

    found: list[Source] = []
    problems: list[str] = []
    for file in files:
        try:
            if symbol is not None and interval is not None:
                found.append(Source(Path(file), checked_symbol(symbol), interval_ms(interval)))
            else:
                named = parse_source(file)
                found.append(
                    Source(
                        named.path,
                        checked_symbol(symbol) if symbol else named.symbol,
                        interval_ms(interval) if interval else named.interval_ms,
                    )
                )
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(*problems)
    return found


def _mapping(columns: Sequence[str] | None) -> dict[str, str]:
    pairs = [text.partition("=") for text in columns or ()]
    wrong = [f"--columns {text!r}: write OURS=THEIRS" for text, _, name in pairs if not name]
    if wrong:
        raise BadInput(*wrong)
    return {ours: theirs for ours, _, theirs in pairs}


def _tell(found: "Sequence[Checked]", *, as_json: bool, brief: bool) -> None:
    usable = not any(each.problems for each in found)
    if as_json:
        _print_json({"usable": usable, "files": [_as_json(each) for each in found]})
    else:
        for each in found:
            for line in _lines(each, brief=brief):
                typer.echo(line)
    if not usable:
        raise typer.Exit(_BAD_INPUT)


def _as_json(each: "Checked") -> dict[str, Any]:
    report = {"path": each.path, "usable": False} if each.report is None else each.report.as_json()
    return {**report, "problems": list(each.problems)}


def _lines(each: "Checked", *, brief: bool) -> list[str]:
    from adapters.market_data.intervals import interval_text  # noqa: PLC0415 - see above
    from adapters.market_data.report import gap_lines, iso  # noqa: PLC0415 - see above

    report = each.report
    if report is None:
        return [f"UNFIT {problem}" for problem in each.problems]
    verdict = "ok   " if report.usable else "UNFIT"
    head = (
        f"{verdict} {report.symbol} {interval_text(report.interval_ms)}: {report.rows} bars, "
        f"{iso(report.first_ms)} to {iso(report.last_ms)}, {len(report.gaps)} gaps  {each.path}"
    )
    more = each.problems if brief else (*each.problems, *report.notes(), *gap_lines(report))
    return [head, *(f"      {line}" for line in more)]


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2))
