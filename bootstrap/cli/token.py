"""`quantum-trader token`: who may ask and move a running daemon."""

import json
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from application.errors import BadInput

if TYPE_CHECKING:
    from adapters.operator_api.tokens import Tokens

app = typer.Typer(no_args_is_help=True, help="Tokens of the operator's interface.")
ROLES = ("read", "operate", "trip-only")
Name = Annotated[str, typer.Argument(help="What it is called; the audit trail names it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def _tokens() -> "Tokens":
    from adapters.operator_api.tokens import Tokens  # noqa: PLC0415 - `--help` shall not wait
    from bootstrap.operator_interface import tokens_file  # noqa: PLC0415 - see above
    from bootstrap.settings import load_settings  # noqa: PLC0415 - see above
    from domain.shared.enums import RunMode  # noqa: PLC0415 - see above

    return Tokens(tokens_file(load_settings(RunMode.PAPER)))


@app.command()
def create(
    name: Name,
    *,
    role: Annotated[str, typer.Option(help="read, operate or trip-only.")] = "read",
    as_json: AsJson = False,
) -> None:
    """Make a token and print it once; only its hash is kept. trip-only may halt, no more."""
    from adapters.operator_api.tokens import Role  # noqa: PLC0415 - see above

    if role not in ROLES:
        raise BadInput(f"--role {role}: one of {', '.join(ROLES)}")
    token = _tokens().create(name, Role(role), time.time_ns() // 1_000_000)
    told = {"name": name, "role": role, "token": token}
    sys.stdout.write((json.dumps(told) if as_json else token) + "\n")


@app.command("list")
def list_tokens(*, as_json: AsJson = False) -> None:
    """Show the tokens, without what is secret of them."""
    tokens = _tokens().listed()
    if as_json:
        told = [{"name": t.name, "role": t.role, "created_ms": t.created_ms} for t in tokens]
        sys.stdout.write(json.dumps({"tokens": told}) + "\n")
        return
    for one in tokens:
        made = datetime.fromtimestamp(one.created_ms / 1000, UTC).isoformat(timespec="seconds")
        sys.stdout.write(f"{one.name:32}  {one.role:9}  {made}\n")


@app.command()
def revoke(name: Name, *, as_json: AsJson = False) -> None:
    """Forget a token; a running daemon refuses it at once."""
    _tokens().revoke(name)
    sys.stdout.write((json.dumps({"revoked": name}) if as_json else f"revoked {name}") + "\n")
