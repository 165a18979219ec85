"""`quantum-trader audit`: whether the trail of a run is what was written."""

import json
from pathlib import Path
from typing import Annotated

import typer

from application.errors import IntegrityFailure
from bootstrap.cli.run_directory import NOT_INTACT, RunDirectory, part_of

app = typer.Typer(name="audit", help="Check the audit trail of a run.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `verify` a command of its own, though it is the only one so far."""


@app.command()
def verify(
    run_dir: Annotated[Path, RunDirectory],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check every record of the audit trail; exit code 3 and the first bad record if any is bad."""
    from adapters.audit.verify import verify as verified  # noqa: PLC0415 - `--help` need not load it

    directory = part_of(run_dir, "audit")
    try:
        verdict = verified(directory)
    except OSError as error:
        raise IntegrityFailure(f"{directory}: {error}") from error
    if as_json:
        found = verdict._asdict()
        found["first_bad"] = verdict.first_bad._asdict() if verdict.first_bad else None
        typer.echo(json.dumps(found))
    else:
        state = "intact" if verdict.ok else "NOT INTACT"
        typer.echo(f"{state}: {verdict.records} records in {verdict.files} files")
        if verdict.unsealed:
            typer.echo(f"{verdict.unsealed} records lie beyond the last seal: the run did not stop")
        if verdict.problem:
            typer.echo(verdict.problem)
    if not verdict.ok:
        raise typer.Exit(NOT_INTACT)
