"""`quantum-trader doctor`: what keeps this installation from running well, each with a remedy."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from application.errors import BadInput
from domain.shared.enums import RunMode

if TYPE_CHECKING:
    from bootstrap.doctor.finding import Finding, Findings

FAILED: Final = 1
_MARKS: Final = {"ok": "[green]ok  [/]", "warn": "[yellow]warn[/]", "fail": "[red]FAIL[/]"}


def doctor(
    *,
    mode: Annotated[RunMode, typer.Option(help="The kind of run to examine for.")] = RunMode.PAPER,
    config: Annotated[Path | None, typer.Option(help="TOML file of settings.")] = None,
    run: Annotated[Path | None, typer.Option(help="Examine this run's records, too.")] = None,
    venue: Annotated[str | None, typer.Option(help="Examine this venue: http(s)://...")] = None,
    token_file: Annotated[Path | None, typer.Option(help="The token the venue asks for.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Examine configuration, secrets, clock, disk, stores, files, a run and a venue.

    Nothing is changed. Exit code 0 when nothing failed (there may be warnings), else 1.
    """
    from bootstrap.doctor.finding import Findings  # noqa: PLC0415 - `--help` shall not wait

    found = Findings()
    _examine(found, mode, config, run, venue, token_file)
    if as_json:
        rows = [finding._asdict() for finding in found.all]
        sys.stdout.write(json.dumps({"ok": not found.failed, "findings": rows}) + "\n")
    else:
        _show(found.all)
    if found.failed:
        sys.exit(FAILED)


def _examine(
    found: "Findings",
    mode: RunMode,
    config: Path | None,
    run: Path | None,
    venue: str | None,
    token_file: Path | None,
) -> None:
    from bootstrap.doctor.configuration import examined_settings  # noqa: PLC0415 - see above
    from bootstrap.doctor.machine import examine_files, examine_machine  # noqa: PLC0415 - see above
    from bootstrap.doctor.stores import examine_stores  # noqa: PLC0415 - see above

    settings = examined_settings(mode, config, found)
    if settings is not None:
        examine_machine(settings, found)
        examine_stores(settings.stores, found)
    if token_file is not None:
        examine_files([token_file], found)
        if venue is None:
            raise BadInput("--token-file: is for a venue; name it by --venue")
    if run is not None:
        from bootstrap.doctor.run import examine_run  # noqa: PLC0415 - see above

        examine_run(run, found)
    if venue is not None:
        from bootstrap.doctor.venue import examine_venue  # noqa: PLC0415 - see above

        examine_venue(venue, token_file, found)


def _show(findings: "list[Finding]") -> None:
    from rich.console import Console  # noqa: PLC0415 - see above
    from rich.markup import escape  # noqa: PLC0415 - see above

    console = Console(highlight=False, soft_wrap=True)
    width = max(len(finding.part) for finding in findings)
    for part, state, text, remedy in findings:
        console.print(f"{_MARKS[state]} {escape(part):{width}}  {escape(text)}")
        if remedy:
            console.print(f"     {'':{width}}  -> {escape(remedy)}")
