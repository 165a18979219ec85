"""`quantum-trader audit export`, `prune` and `checkpoint`: proofs, and the end of retention."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from application.errors import StoreUnavailable
from bootstrap.cli.run_directory import RunDirectory, part_of

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Key = Annotated[
    Path | None,
    typer.Option(help="The private key to sign with, PEM; audit.key_file if not given."),
]


def export(
    run_dir: Annotated[Path, RunDirectory],
    to: Annotated[Path, typer.Option(help="A directory out of the reach of whoever writes here.")],
    *,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Write a signed checkpoint, the hash of every record and the public key to a directory.

    With these `audit verify --checkpoint FILE --key FILE` later names the first rewritten record.
    """
    from adapters.audit.keeping import export_to  # noqa: PLC0415 - `--help` need not load it
    from bootstrap.audit_trail import origin_of  # noqa: PLC0415 - as above

    directory = part_of(run_dir, "audit")
    try:
        told = export_to(directory, to, _signer(key), origin_of(run_dir))
    except OSError as error:
        raise StoreUnavailable(f"{to}: {error}") from error
    line = f"{told.size} records vouched for in {told.file}, with the key {told.key}"
    typer.echo(json.dumps({k: str(v) for k, v in told._asdict().items()}) if as_json else line)


def prune(
    run_dir: Annotated[Path, RunDirectory],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Drop the segments whose time is over (90, 180, 365 days), a signed tombstone for each."""
    from adapters.audit import prune as pruning  # noqa: PLC0415 - `--help` need not load it

    directory = part_of(run_dir, "audit")
    try:
        if dry_run:
            names = [path.name for path in pruning.expired(directory, time.time())]
        else:
            names = [each.segment for each in pruning.prune(directory, _signer(key))]
    except OSError as error:
        raise StoreUnavailable(f"{directory}: {error}") from error
    if as_json:
        typer.echo(json.dumps({"dropped": names, "dry_run": dry_run}))
        return
    for name in names:
        typer.echo(name)
    typer.echo(f"{len(names)} segments {'would be' if dry_run else 'were'} dropped")


def checkpoint(
    run_dir: Annotated[Path, RunDirectory], *, key: Key = None, as_json: Json = False
) -> None:
    """Sign the trail of a run as it stands, and print the note. Not while the run goes on."""
    from adapters.audit.keeping import sign_now  # noqa: PLC0415 - `--help` need not load it
    from bootstrap.audit_trail import origin_of  # noqa: PLC0415 - as above
    from bootstrap.lock import held  # noqa: PLC0415 - as above

    directory = part_of(run_dir, "audit")
    with held(run_dir):
        try:
            note = sign_now(directory, _signer(key), origin_of(run_dir))
        except OSError as error:
            raise StoreUnavailable(f"{directory}: {error}") from error
    typer.echo(json.dumps({"note": note.decode()}) if as_json else note.decode(), nl=as_json)


def _signer(key: Path | None) -> Any:  # noqa: ANN401 - its type is loaded with its module
    from adapters.signing import Signer  # noqa: PLC0415 - `--help` need not load it
    from bootstrap.audit_trail import signer_of  # noqa: PLC0415 - as above
    from bootstrap.settings import load_settings  # noqa: PLC0415 - as above
    from domain.shared.enums import RunMode  # noqa: PLC0415 - as above

    return Signer.at(key) if key is not None else signer_of(load_settings(RunMode.PAPER))
