"""`quantum-trader audit`: whether the trail of a run is what was written, and what is in it."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from application.errors import BadInput, IntegrityFailure
from bootstrap.cli import audit_keeping, audit_search
from bootstrap.cli.run_directory import NOT_INTACT, RunDirectory, part_of

app = typer.Typer(
    name="audit", help="Check, search and keep the audit trail of a run.", no_args_is_help=True
)


@app.command()
def verify(
    run_dir: Annotated[Path, RunDirectory],
    *,
    checkpoint: Annotated[
        Path | None, typer.Option(help="An exported .ckpt file to hold the trail against.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="The public key of the checkpoints, PEM, from elsewhere.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check every record of the audit trail; exit code 3 and the first bad record if any is bad.

    By itself a trail shows an edit, insertion, deletion, reordering, duplicate or truncation; that
    it was rewritten as a whole shows against --checkpoint. Without --key the key that lies beside
    the trail is believed.
    """
    from adapters.audit.signed import Proof, proof_in  # noqa: PLC0415 - `--help` need not load it
    from adapters.audit.verify import verify as verified  # noqa: PLC0415 - as above
    from adapters.signing import Verifier  # noqa: PLC0415 - as above

    directory = part_of(run_dir, "audit")
    try:
        public = Verifier.at(key) if key is not None else None
        proof = Proof((), b"", public) if public is not None else None
        if checkpoint is not None:
            proof = proof_in(checkpoint, public)
        verdict = verified(directory, proof)
    except OSError as error:
        refused = BadInput if error.filename == str(key) else IntegrityFailure
        raise refused(f"{error.filename or directory}: {error.strerror}") from error
    if as_json:
        found: dict[str, Any] = verdict._asdict()
        found["first_bad"] = verdict.first_bad._asdict() if verdict.first_bad else None
        typer.echo(json.dumps(found))
    else:
        _tell(verdict)
    if not verdict.ok:
        raise typer.Exit(NOT_INTACT)


def _tell(verdict: Any) -> None:  # noqa: ANN401 - its type is loaded with its module
    state = "intact" if verdict.ok else "NOT INTACT"
    typer.echo(f"{state}: {verdict.records} records in {verdict.files} files")
    if verdict.checkpoints:
        typer.echo(f"{verdict.checkpoints} signed checkpoints")
    if verdict.pruned:
        typer.echo(f"{verdict.pruned} records were dropped at the end of their time")
    if verdict.unsealed:
        typer.echo(f"{verdict.unsealed} records lie beyond the last seal: the run did not stop")
    if verdict.problem:
        typer.echo(verdict.problem)


app.command()(audit_search.search)
app.command()(audit_search.show)
app.command()(audit_keeping.export)
app.command()(audit_keeping.prune)
app.command()(audit_keeping.checkpoint)
