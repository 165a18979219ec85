"""`quantum-trader policy set|rollback|end-emergency`: new versions, compared and set.

Tightening needs nobody's name. What loosens needs an actor and a reason, and nothing is written
when a single field of it is wrong, contradictory, or beyond the ceiling.
"""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from application.errors import BadInput, VersionConflict
from application.policy_changes import differences, line_of
from application.ports.policy_store import EmergencyNote, PolicyRecord
from bootstrap.cli.policy_place import (
    JsonOption,
    Place,
    RunOption,
    StoreOption,
    current_at,
    heading,
    place_of,
    record_at,
    told,
)
from bootstrap.policy_file import changes_of, load_policy
from domain.governance.effective_policy import beyond, loosened
from domain.governance.policy import Policy
from domain.shared.errors import InvalidPolicy

OPERATOR: Final = "operator"
_TEXT_MAX: Final = 200
ActorOption: Any = typer.Option("--actor", help="Who wants it. Needed for whatever loosens.")
ReasonOption: Any = typer.Option("--reason", help="Why. Needed for whatever loosens.")
ExpectOption: Any = typer.Option(
    "--expect", min=0, help="Change nothing unless this version is the latest (0: none yet)."
)
CeilingOption: Any = typer.Option(
    "--ceiling", metavar="FILE", help="A policy file that the new version may not be looser than."
)


def change(
    assignments: Annotated[list[str], typer.Argument(metavar="NAME=VALUE...")],
    *,
    actor: Annotated[str | None, ActorOption] = None,
    reason: Annotated[str | None, ReasonOption] = None,
    expect: Annotated[int | None, ExpectOption] = None,
    ceiling: Annotated[Path | None, CeilingOption] = None,
    store: Annotated[str | None, StoreOption] = None,
    run_dir: Annotated[Path | None, RunOption] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Give fields new values: a new version, for all of them together or not at all."""
    _require_text(actor, reason)
    changes = changes_of(assignments)
    limit = load_policy(ceiling) if ceiling is not None else None
    with place_of(store, run_dir, may_make=True) as place:
        old = _latest(place, expect)
        try:
            new = replace(old or Policy(), **changes)
        except InvalidPolicy as error:
            raise BadInput(*error.problems) from None
        _write(place, old, new, (actor, reason), limit, as_json=as_json)


def rollback(
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
    *,
    actor: Annotated[str | None, ActorOption] = None,
    reason: Annotated[str | None, ReasonOption] = None,
    expect: Annotated[int | None, ExpectOption] = None,
    ceiling: Annotated[Path | None, CeilingOption] = None,
    store: Annotated[str | None, StoreOption] = None,
    run_dir: Annotated[Path | None, RunOption] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """Let an old version govern again, as a new version. An emergency it does not touch."""
    _require_text(actor, reason)
    limit = load_policy(ceiling) if ceiling is not None else None
    with place_of(store, run_dir) as place:
        old, new = _latest(place, expect), record_at(place, version).policy
        _write(place, old, new, (actor, reason), limit, restores=version, as_json=as_json)


def end_emergency(
    *,
    actor: Annotated[str, ActorOption],
    reason: Annotated[str, ReasonOption],
    store: Annotated[str | None, StoreOption] = None,
    run_dir: Annotated[Path | None, RunOption] = None,
    as_json: Annotated[bool, JsonOption] = False,
) -> None:
    """End the emergency noted in the store, for one whose desk is no more.

    A desk that is in an emergency itself stays in it.
    """
    _require_text(actor, reason)
    with place_of(store, run_dir) as place:
        current = current_at(place)
        if not current.emergency.active:
            raise BadInput(f"{place.name}: no emergency is active; there is nothing to end")
        epoch = current.emergency.epoch + 1
        note = EmergencyNote(epoch, active=False, reason=f"{actor}: {reason}", at_ms=_now_ms())
        kept = place.store.note_emergency(note)
    if kept != note:
        raise VersionConflict("another emergency was noted meanwhile; look at it first")
    typer.echo(json.dumps(note._asdict()) if as_json else f"ended: the epoch is {epoch} now")


def _latest(place: Place, expect: int | None) -> Policy | None:
    current = place.store.current()
    policy = current.record.policy if current is not None else None
    version = policy.version if policy is not None else 0
    if expect is not None and expect != version:
        raise VersionConflict(
            f"--expect {expect}: the store is at version {version}; nothing was changed: "
            "read it by `policy show`, then decide again"
        )
    return policy


def _write(
    place: Place,
    old: Policy | None,
    new: Policy,
    who: tuple[str | None, str | None],
    ceiling: Policy | None,
    *,
    restores: int | None = None,
    as_json: bool,
) -> None:
    """Write *new* as the version after *old*. Raises `BadInput` for what it may not loosen."""
    before, version = (old or Policy()), (old.version if old is not None else 0)
    found = differences(before, new)
    _require_allowed(before, new, who, ceiling)
    actor, reason = who[0] or OPERATOR, who[1] or ""
    record = PolicyRecord(replace(new, version=version + 1), _now_ms(), actor, reason, restores)
    is_new = bool(found) or old is None
    if is_new:
        place.store.put(record, version)
    else:
        record = record_at(place, None)
    if as_json:
        told_of = {**told(record), "is_new": is_new, "changes": found}
        typer.echo(json.dumps({"store": place.name, **told_of}))
        return
    typer.echo(heading(record) if is_new else f"nothing to change: {heading(record)}")
    for each in found:
        typer.echo(f"  {line_of(each)}")


def _require_allowed(
    old: Policy, new: Policy, who: tuple[str | None, str | None], ceiling: Policy | None
) -> None:
    problems: list[str] = []
    if None in who:
        problems = [
            f"{line_of(each)}: whatever loosens needs --actor and --reason"
            for each in differences(old, new)
            if each["field"] in loosened(old, new)
        ]
    if ceiling is not None:
        problems += beyond(new, ceiling)
    if problems:
        raise BadInput(*problems)


def _require_text(actor: str | None, reason: str | None) -> None:
    """Refuse what would stand in every history and say nothing, or more than it seems to."""
    problems = [
        f"{option}: write 1 to {_TEXT_MAX} printable letters"
        for option, text in (("--actor", actor), ("--reason", reason))
        if text is not None and not (text.strip() and text.isprintable() and len(text) <= _TEXT_MAX)
    ]
    if problems:
        raise BadInput(*problems)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
