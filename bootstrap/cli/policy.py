"""`quantum-trader policy`: what a policy may say, what governs, and how it came to that."""

import json
from collections.abc import Iterator
from dataclasses import Field, fields
from enum import StrEnum
from typing import Annotated, Any, get_type_hints

import typer

from bootstrap.cli import policy_change, policy_look
from domain.governance.field import rule_of
from domain.governance.policy import Policy

app = typer.Typer(
    name="policy", help="Show, change and take back what governs trading.", no_args_is_help=True
)
app.command("show")(policy_look.show)
app.command("set")(policy_change.change)
app.command("history")(policy_look.history)
app.command("diff")(policy_look.diff)
app.command("rollback")(policy_change.rollback)
app.command("end-emergency")(policy_change.end_emergency)


@app.command("fields")
def list_fields(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print a page.")] = False,
) -> None:
    """List every field of a policy file: default, bounds, which way is safer, meaning.

    What is printed is a policy file itself, with every field at its default. Bounds are inclusive.
    """
    if as_json:
        typer.echo(json.dumps({"fields": list(_rows())}))
        return
    if as_markdown:
        typer.echo(_page())
        return
    for row in _rows():
        if row["choices"] is not None:
            bounds = "one of " + ", ".join(row["choices"]) + "; "
        else:
            bounds = "" if row["low"] is None else f"{row['low']} to {row['high']}; "
        typer.echo(f"# {row['meaning']} ({bounds}safer: {row['safer']})")
        # JSON's words, numbers, texts and lists of texts are TOML's, too.
        typer.echo(f"{row['field']} = {json.dumps(row['default'])}\n")


def _page() -> str:
    """Return the reference of all fields, as it stands in the documentation."""
    lines = [
        "# The policy, field by field",
        "",
        "What governs trading. A policy file holds any of these, flat, as TOML; the others keep",
        "their defaults. Bounds are inclusive. *Safer* says which way a change takes effect at",
        "once; the other way loosens, and needs an actor and a reason. This page is made by",
        "`quantum-trader policy fields --markdown`.",
        "",
        "| field | default | bounds | safer | what it says |",
        "|---|---|---|---|---|",
    ]
    for row in _rows():
        low, high = row["low"], row["high"]
        bounds = " ".join(row["choices"] or ()) or ("" if low is None else f"{low} to {high}")
        default = json.dumps(row["default"])
        lines.append(
            f"| `{row['field']}` | {default} | {bounds} | {row['safer']} | {row['meaning']} |"
        )
    return "\n".join(lines)


def _rows() -> Iterator[dict[str, Any]]:
    kinds = get_type_hints(Policy)
    for field in fields(Policy):
        yield _row(field, kinds[field.name])


def _row(field: Field[Any], kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a type
    rule, choices = rule_of(field.metadata), None
    if kind is bool:
        choices = ["true", "false"]
    elif isinstance(kind, type) and issubclass(kind, StrEnum):
        choices = [each.value for each in kind]
    return {
        "field": field.name,
        "default": _plain(field.default),
        "low": None if rule.low is None else _plain(rule.low),
        "high": None if rule.high is None else _plain(rule.high),
        "choices": choices,
        "safer": rule.safer.value,
        "meaning": rule.meaning,
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - any default of any field
    """Return *value* in the types of JSON."""
    if isinstance(value, bool | int | float | str):
        return value.value if isinstance(value, StrEnum) else value
    if isinstance(value, tuple):
        return list(value)
    return float(value) if value % 1 else int(value)
