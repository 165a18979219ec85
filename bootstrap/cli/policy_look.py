"""`quantum-trader policy show|history|diff`: what governs, since when, by whom and why."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from application.policy_changes import differences, line_of, spelt
from application.policy_text import plain
from application.ports.policy_store import StoredPolicy
from bootstrap.cli.policy_place import (
    JsonOption,
    RunOption,
    StoreOption,
    current_at,
    heading,
    moment,
    place_of,
    record_at,
    told,
)
from domain.governance.policy import Policy


def show(
    *,
    store: Annotated[str | None, StoreOption] = None,
    run_dir: Annotated[Path | None, RunOption] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Show the policy that governs according to the store, and the emergency noted there."""
    with place_of(store, run_dir) as place:
        current = current_at(place)
    policy = current.record.policy
    differs = differences(Policy(), policy)
    if as_json:
        every = {f.name: plain(getattr(policy, f.name)) for f in fields(Policy)}
        found = {"store": place.name, **told(current.record), **_ending(current)}
        found |= {"differs": [each["field"] for each in differs], "policy": every}
        typer.echo(json.dumps(found))
        return
    typer.echo(f"{place.name}\n{heading(current.record)}")
    typer.echo(_emergency(current))
    expiry = f"entries end {moment(policy.expires_ms)}" if policy.expires_ms else "never"
    typer.echo(f"expires: {expiry}")
    typer.echo("as by default" if not differs else "differs from the default:")
    for each in differs:
        typer.echo(f"  {each['field']}={spelt(each['new'])} (default {spelt(each['old'])})")


def history(
    *,
    store: Annotated[str | None, StoreOption] = None,
    run_dir: Annotated[Path | None, RunOption] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """List the versions, newest first, each with what it changed in the one before it."""
    with place_of(store, run_dir) as place:
        records = place.store.history(limit + 1)
    olders = [record.policy for record in records[1:]] + [Policy()]
    rows = [
        {**told(record), "changes": differences(older, record.policy)}
        for record, older in zip(records, olders, strict=False)
    ][:limit]
    if as_json:
        typer.echo(json.dumps({"store": place.name, "records": rows}))
        return
    for record, row in zip(records, rows, strict=False):
        typer.echo(heading(record))
        for each in row["changes"]:
            typer.echo(f"  {line_of(each)}")


def diff(
    old: Annotated[int, typer.Argument(metavar="A", min=1, help="A version.")],
    new: Annotated[
        int | None, typer.Argument(metavar="[B]", min=1, help="Another; the latest by default.")
    ] = None,
    *,
    store: Annotated[str | None, StoreOption] = None,
    run_dir: Annotated[Path | None, RunOption] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Show what version B says otherwise than version A, and which way that is."""
    with place_of(store, run_dir) as place:
        first, second = record_at(place, old), record_at(place, new)
    found = differences(first.policy, second.policy)
    if as_json:
        pair = {"from": told(first), "to": told(second)}
        typer.echo(json.dumps({"store": place.name, **pair, "changes": found}))
        return
    for each in found:
        typer.echo(line_of(each))
    if not found:
        typer.echo("no difference")


def _ending(current: StoredPolicy) -> dict[str, Any]:
    return {
        "expires_ms": current.record.policy.expires_ms or None,
        "emergency": current.emergency._asdict(),
    }


def _emergency(current: StoredPolicy) -> str:
    epoch, active, reason, at_ms = current.emergency
    if not epoch:
        return "emergency: none was ever noted"
    state = "ACTIVE" if active else "over"
    return f"emergency: {state}, epoch {epoch} of {moment(at_ms)}: {reason}"
