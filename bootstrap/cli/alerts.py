"""`quantum-trader alerts`: try out where alerts go."""

import json
import sys
from typing import Annotated

import typer

from domain.shared.enums import RunMode

_FAILED = 1
app = typer.Typer(no_args_is_help=True, help="Alerts by webhook.")


@app.callback()
def alerts() -> None:
    """Alerts by webhook."""


@app.command("test")
def try_out(
    *,
    mode: Annotated[RunMode, typer.Option(help="Whose settings.")] = RunMode.PAPER,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Send a test alert to every receiver that the settings name.

    Exit code 0: all took it; 1: at least one did not; 2: none is named, or one leads nowhere good.
    """
    from bootstrap.alerts import tried  # noqa: PLC0415 - `--help` shall not wait for libraries
    from bootstrap.settings import load_settings  # noqa: PLC0415 - see above

    results = tried(load_settings(mode).alerts)
    if as_json:
        sys.stdout.write(json.dumps({"receivers": results}) + "\n")
    else:
        for one in results:
            said = "delivered" if one["delivered"] else f"NOT delivered: {one['problem']}"
            sys.stdout.write(f"{one['receiver']:>8}  {one['to']}  {said} ({one['tries']} tries)\n")
    if not all(one["delivered"] for one in results):
        sys.exit(_FAILED)
