"""`quantum-trader init`: write a configuration file with every setting, explained."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from application.errors import BadInput
from domain.shared.enums import RunMode


def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("quantum-trader.toml"),
    *,
    mode: Annotated[RunMode, typer.Option(help="The kind of run it is for.")] = RunMode.PAPER,
) -> None:
    """Write a commented configuration file: each setting, its bounds, and its default.

    A file that is there already is never written over. Secrets have no place in it: the file says
    where they go.
    """
    from bootstrap.settings_text import settings_text  # noqa: PLC0415 - `--help` shall not wait

    if path.is_dir():
        raise BadInput(f"{path}: is a directory; name a file")
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(settings_text(mode))
    except FileExistsError:
        raise BadInput(f"{path}: is there already; name another file, or move it away") from None
    except FileNotFoundError:
        raise BadInput(f"{path}: its directory is not there; make it first") from None
    sys.stdout.write(
        f"{path} written; look it through, then: quantum-trader doctor --config {path}\n"
    )
