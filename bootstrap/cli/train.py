"""`quantum-trader train`: fit the voters on history and keep them."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from application.errors import BadInput
from application.learning import Progress, silent
from application.ports.model_registry import ModelManifest

_METRICS = ("logloss", "brier", "auc", "buys", "sells")


def train(
    data: Annotated[
        list[str], typer.Option(help="Bars: a file named SYMBOL-INTERVAL-..., or SYMBOL:5m=FILE.")
    ],
    *,
    funding: Annotated[
        Path | None, typer.Option(help="Funding rates, which are features too.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Learn from bars closed by then, as 2024-01-31T00:00:00Z.")
    ] = None,
    models_dir: Annotated[Path, typer.Option(help="Where to keep the models.")] = Path("models"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Fit every voter on the history given, and keep the models with their manifests."""
    until_ms = None if until is None else parsed_ms(until)
    if as_json:
        manifests = _trained(data, funding, until_ms, models_dir, silent)
        models = [{**manifest._asdict(), "model_id": manifest.model_id} for manifest in manifests]
        sys.stdout.write(json.dumps({"models_dir": str(models_dir), "models": models}) + "\n")
        return
    _show(_with_progress(data, funding, until_ms, models_dir), models_dir)


def parsed_ms(text: str) -> int:
    """Return the ISO-8601 time *text*, which must have a zone, in UTC ms. Raises `BadInput`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput(f"--until {text!r}: write a time with a zone, as 2024-01-31T00:00:00Z")
    return round(moment.timestamp() * 1000)


def _trained(
    data: Sequence[str],
    funding: Path | None,
    until_ms: int | None,
    models_dir: Path,
    progress: Progress,
) -> tuple[ModelManifest, ...]:
    # Arrays and models take a second to import; `--help` shall not wait for them.
    from adapters.features.feature_set import OhlcvFeatures  # noqa: PLC0415 - see above
    from adapters.market_data.files import FileHistory  # noqa: PLC0415 - see above
    from adapters.market_data.sources import parse_source  # noqa: PLC0415 - see above
    from adapters.models.registry import FileModelRegistry  # noqa: PLC0415 - see above
    from adapters.models.standard import standard_trainers  # noqa: PLC0415 - see above
    from application.learning import WalkForwardPlan  # noqa: PLC0415 - see above
    from application.training import train_final  # noqa: PLC0415 - see above

    history = FileHistory([parse_source(text) for text in data], funding).load()
    features = OhlcvFeatures(funding=history.funding)
    # One fit on all there is: nothing to wait for, and no newest part to leave out.
    plan = WalkForwardPlan(train_bars_min=1_500, train_bars_max=None)
    return train_final(
        history.bars,
        features,
        standard_trainers(features.names),
        plan,
        FileModelRegistry(models_dir),
        until_ms=until_ms,
        progress=progress,
    )


def _with_progress(
    data: Sequence[str], funding: Path | None, until_ms: int | None, models_dir: Path
) -> tuple[ModelManifest, ...]:
    from rich.console import Console  # noqa: PLC0415 - only where a person looks on
    from rich.progress import Progress as Bar  # noqa: PLC0415 - likewise

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading")
        return _trained(
            data,
            funding,
            until_ms,
            models_dir,
            lambda what, done, total: bar.update(
                task, description=what, completed=done, total=total
            ),
        )


def _show(manifests: Sequence[ModelManifest], models_dir: Path) -> None:
    from rich.console import Console  # noqa: PLC0415 - only where a person looks on
    from rich.table import Table  # noqa: PLC0415 - likewise

    table = Table(title=f"Voters, kept in {models_dir} (figures of the held-out tail)")
    for heading in ("voter", "rows", "from", "until", *_METRICS, "degenerate"):
        table.add_column(heading, justify="left" if heading == "voter" else "right")
    for one in manifests:
        metrics = (f"{one.metrics[name]:.3f}" if name in one.metrics else "-" for name in _METRICS)
        table.add_row(
            one.name,
            f"{one.rows:,}",
            _day(one.trained_from_ms),
            _day(one.trained_until_ms),
            *metrics,
            "yes: abstains" if one.degenerate else "no",
        )
    Console().print(table)


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
