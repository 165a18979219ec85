"""Commands to a running daemon: what it holds and does, halt, release, flatten, pause.

Exit codes: 0 done, 1 no daemon answers or it refuses, 2 bad input.
"""

import json
import sys
from collections.abc import Mapping
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from application.errors import BadInput
from bootstrap.cli.run_directory import latest_run

if TYPE_CHECKING:
    from adapters.operator_api.client import Client

RunDir = Annotated[
    Path | None, typer.Option("--run", help="The run's directory; the latest under ./runs if none.")
]
Url = Annotated[str | None, typer.Option(help="The daemon's address, instead of --run.")]
TokenFile = Annotated[Path | None, typer.Option(help="File with the token for --url, mode 600.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Reason = Annotated[str, typer.Option(help="Why; it is written into the audit trail.")]
Limit = Annotated[int, typer.Option(min=1, max=500, help="How many of the last.")]


def _client(run: Path | None, url: str | None, token_file: Path | None) -> "Client":
    from adapters.operator_api.client import (  # noqa: PLC0415 - `--help` shall not wait
        Client,
        Target,
        of_run,
        token_in,
    )

    if url is None:
        if token_file is not None:
            raise BadInput("--token-file: belongs to --url; a run has its own")
        return Client(of_run(run or latest_run()))
    if run is not None or token_file is None:
        raise BadInput("--url: goes with --token-file, and without --run")
    return Client(Target(url.rstrip("/"), None, token_in(token_file)))


def _shown(told: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(told) + "\n")
        return
    items = told.get("items")
    if items is None:
        for name, value in told.items():
            sys.stdout.write(f"{name:>16}  {_text(value)}\n")
        return
    if not items:
        sys.stdout.write("none\n")
        return
    rows = [list(items[0]), *([_text(v) for v in one.values()] for one in items)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        sys.stdout.write(line.rstrip() + "\n")


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def status(
    *, run: RunDir = None, url: Url = None, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """Show the desk at a glance: mode, equity, drawdown, what it holds."""
    _shown(_client(run, url, token_file).get("status"), as_json=as_json)


def positions(
    *, run: RunDir = None, url: Url = None, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """Show what is held, with stops."""
    _shown(_client(run, url, token_file).get("positions"), as_json=as_json)


def orders(
    *, run: RunDir = None, url: Url = None, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """Show live orders."""
    _shown(_client(run, url, token_file).get("orders"), as_json=as_json)


def trades(
    *,
    limit: Limit = 20,
    run: RunDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Show the trades closed last."""
    _shown(_client(run, url, token_file).get("trades", limit=limit), as_json=as_json)


def decisions(
    *,
    limit: Limit = 20,
    verdict: Annotated[str | None, typer.Option(help="approved, refused or skipped.")] = None,
    run: RunDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Show the last verdicts on signals."""
    told = _client(run, url, token_file).get("decisions", limit=limit, verdict=verdict)
    _shown(told, as_json=as_json)


def voters(
    *, run: RunDir = None, url: Url = None, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """Show who votes in a running daemon, with weights."""
    _shown(_client(run, url, token_file).get("models"), as_json=as_json)


def halt(
    *,
    reason: Annotated[str, typer.Option(help="Why; a halt needs none.")] = "",
    run: RunDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Close everything and stay stopped until released. Never refused."""
    told = _client(run, url, token_file).post("halt", reason=reason, actor=getuser())
    _shown(told, as_json=as_json)


def release(
    *,
    reason: Reason,
    run: RunDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """End a halt and accept the loss; what still calls for the emergency stop wins."""
    told = _client(run, url, token_file).post("release", reason=reason, actor=getuser())
    _shown(told, as_json=as_json)


def flatten(
    symbol: Annotated[str | None, typer.Argument(help="One symbol; all if none.")] = None,
    *,
    reason: Reason,
    run: RunDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Close the position of one symbol, or all."""
    client = _client(run, url, token_file)
    _shown(client.post("flatten", reason=reason, actor=getuser(), symbol=symbol), as_json=as_json)


def pause(
    *,
    reason: Reason,
    minutes: Annotated[
        int, typer.Option(min=0, max=10_080, help="For so long; 0: until unpaused.")
    ] = 0,
    run: RunDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Hold entries back; what is held goes on being managed."""
    client = _client(run, url, token_file)
    _shown(client.post("pause", reason=reason, actor=getuser(), minutes=minutes), as_json=as_json)


def unpause(
    *,
    reason: Reason,
    run: RunDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Let entries go on."""
    told = _client(run, url, token_file).post("unpause", reason=reason, actor=getuser())
    _shown(told, as_json=as_json)


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    for command in (
        status, positions, orders, trades, decisions, voters,
        halt, release, flatten, pause, unpause,
    ):  # fmt: skip
        app.command(command.__name__)(command)
