"""`quantum-trader models`: who votes, who waits, and who may; each change with actor and reason."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from application.errors import BadInput, IntegrityFailure

if TYPE_CHECKING:
    from adapters.models.manifests import Signed
    from adapters.models.registry import FileModelRegistry
    from application.ports.model_registry import StandingChange

app = typer.Typer(
    name="models",
    help="Show, compare, promote, roll back and verify stored models.",
    no_args_is_help=True,
)
Folder = Annotated[Path, typer.Option(help="Where the models are kept.")]
Keys = Annotated[
    Path | None,
    typer.Option(envvar="QT_LEARNING__KEYS", help="What is trusted; else the folder's own keys."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
ModelId = Annotated[str, typer.Argument(metavar="ID", help="A model, as `models list` names it.")]
Actor = Annotated[str, typer.Option(help="Who says so.")]
Reason = Annotated[str, typer.Option(help="Why.")]
_MODELS = Path("models")


@app.command("list")
def list_models(
    *, models_dir: Folder = _MODELS, keys: Keys = None, as_json: AsJson = False
) -> None:
    """List all models with where they stand."""
    registry = _registry(models_dir, keys)
    rows = [_row(registry, one) for one in registry.signed()]
    if as_json:
        typer.echo(json.dumps({"models_dir": str(models_dir), "models": rows}))
        return
    for row in rows:
        typer.echo(f"{row['stage']:9} v{row['version']:<3} {row['model_id']}  {_figures(row)}")


@app.command()
def show(
    model_id: ModelId, *, models_dir: Folder = _MODELS, keys: Keys = None, as_json: AsJson = False
) -> None:
    """Show the manifest of one model, who signed it, and every change it was part of."""
    registry = _registry(models_dir, keys)
    kept = registry.manifest(model_id)
    changes = [
        one._asdict()
        for one in registry.standings().changes
        if model_id in (one.old, one.new)
    ]  # fmt: skip
    body = {
        **_row(registry, kept),
        **kept.manifest._asdict(),
        "golden_sha256": kept.golden_sha256,
        "changes": changes,
    }
    if as_json:
        typer.echo(json.dumps(body))
        return
    for name, value in body.items():
        if name != "changes":
            typer.echo(f"{name}: {_spelt(name, value)}")
    for change in changes:
        typer.echo(_line(change))


@app.command()
def compare(
    first: ModelId,
    second: ModelId,
    *,
    models_dir: Folder = _MODELS,
    keys: Keys = None,
    as_json: AsJson = False,
) -> None:
    """Compare two models: what was measured on the held-out tails, and what differs."""
    registry = _registry(models_dir, keys)
    one, other = registry.manifest(first).manifest, registry.manifest(second).manifest
    metrics = {
        name: [one.metrics.get(name), other.metrics.get(name)]
        for name in sorted({*one.metrics, *other.metrics})
    }
    differs = {
        name: [old, new]
        for (name, old), new in zip(one._asdict().items(), other, strict=True)
        if old != new and name not in ("metrics", "calibration", "sha256")
    }
    if as_json:
        typer.echo(json.dumps({"models": [first, second], "metrics": metrics, "differs": differs}))
        return
    for name, (old, new) in {**differs, **metrics}.items():
        typer.echo(f"{name}: {_spelt(name, old)} | {_spelt(name, new)}")


@app.command()
def promote(
    model_id: ModelId,
    *,
    actor: Actor,
    reason: Reason,
    models_dir: Folder = _MODELS,
    keys: Keys = None,
    as_json: AsJson = False,
) -> None:
    """Let a model vote from the next start on, or at once where a run watches. Verified first."""
    _changed(_registry(models_dir, keys).promote(model_id, actor, reason), as_json=as_json)


@app.command()
def approve(
    model_id: ModelId,
    *,
    actor: Actor,
    reason: Reason,
    models_dir: Folder = _MODELS,
    keys: Keys = None,
    as_json: AsJson = False,
) -> None:
    """Let the daemon promote a model itself, once all other gates are open (live needs this)."""
    _changed(_registry(models_dir, keys).approve(model_id, actor, reason), as_json=as_json)


@app.command()
def rollback(
    name: Annotated[str, typer.Argument(metavar="VOTER", help="A voter, as gradient_boosting.")],
    *,
    actor: Actor,
    reason: Reason,
    models_dir: Folder = _MODELS,
    keys: Keys = None,
    as_json: AsJson = False,
) -> None:
    """Let the model that voted before do so again. Verified first."""
    _changed(_registry(models_dir, keys).rollback(name, actor, reason), as_json=as_json)


@app.command()
def verify(
    model_ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    *,
    models_dir: Folder = _MODELS,
    keys: Keys = None,
    as_json: AsJson = False,
) -> None:
    """Verify signature, content, format and golden rows of the models named, or of all."""
    registry = _registry(models_dir, keys)
    registry.standings()
    wanted = model_ids or sorted(path.stem for path in models_dir.glob("*.json"))
    found = [{"model_id": one, "problem": _problem(registry, one)} for one in wanted]
    bad = [str(one["problem"]) for one in found if one["problem"]]
    if as_json:
        typer.echo(json.dumps({"ok": not bad, "models": found}))
    else:
        for one in found:
            typer.echo(f"{'BAD' if one['problem'] else 'ok ':3} {one['model_id']}")
    if bad:
        raise IntegrityFailure("\n".join(bad))


def _problem(registry: "FileModelRegistry", model_id: str) -> str | None:
    try:
        registry.load(model_id, registry.manifest(model_id).manifest.schema_hash)
    except IntegrityFailure as error:
        return str(error)
    return None


def _registry(folder: Path, keys: Path | None) -> "FileModelRegistry":
    from bootstrap.model_store import proved_registry  # noqa: PLC0415 - `--help` need not load it

    if not folder.is_dir():
        raise BadInput(f"--models-dir {folder}: is no folder; `quantum-trader train` makes one")
    return proved_registry(folder, keys)


def _row(registry: "FileModelRegistry", kept: "Signed") -> dict[str, Any]:
    standings, manifest = registry.standings(), kept.manifest
    return {
        "model_id": manifest.model_id,
        "name": manifest.name,
        "stage": standings.stages.get(manifest.model_id, "retired"),
        "approved": manifest.model_id in standings.approved,
        **kept.provenance._asdict(),
        "trained_until_ms": manifest.trained_until_ms,
        "rows": manifest.rows,
        "degenerate": manifest.degenerate,
        "metrics": dict(manifest.metrics),
    }


def _figures(row: dict[str, Any]) -> str:
    metrics = row["metrics"]
    shown = [f"{one} {metrics[one]:.3f}" for one in ("auc", "logloss", "brier") if one in metrics]
    until = _spelt("trained_until_ms", row["trained_until_ms"])
    mute = " (abstains always)" if row["degenerate"] else ""
    return f"until {until} {' '.join(shown)}{mute}"


def _spelt(name: str, value: Any) -> str:  # noqa: ANN401 - any field
    if name.endswith("_ms") and name != "interval_ms" and value is not None:
        return datetime.fromtimestamp(value / 1_000, UTC).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return str(value)


def _changed(change: "StandingChange", *, as_json: bool) -> None:
    typer.echo(json.dumps(change._asdict()) if as_json else _line(change._asdict()))


def _line(change: dict[str, Any]) -> str:
    when = _spelt("at_ms", change["at_ms"])
    why = f": {change['reason']}" if change["reason"] else ""
    return (
        f"{when} {change['action']} {change['name']}: {change['old'] or '(none)'} -> "
        f"{change['new']} by {change['actor']}{why}"
    )
