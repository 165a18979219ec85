"""`quantum-trader why`: the whole story of a signal, a trade or an order."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from application.errors import BadInput
from bootstrap.cli.run_directory import latest_run

if TYPE_CHECKING:
    from application.projections.story import Story


def why(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="[RUN_DIR] ID",
            help="A trade, trace or client order id, or SYMBOL@TIME; a run before it if not --run.",
        ),
    ],
    *,
    run: Annotated[
        Path | None, typer.Option(help="The directory of the run; the latest under ./runs if none.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell why an order was sent, refused, moved or closed; exit code 2 if nothing is known."""
    # The story takes a moment to import; `--help` shall not wait for it.
    from application.projections.story import subject_of  # noqa: PLC0415 - see above
    from bootstrap.explanation import explain  # noqa: PLC0415 - see above

    run_dir, text = _asked(names, run)
    story = _told(run_dir, text)
    moved: tuple[str, ...] = ()
    if story.outcome != "unknown":
        explained = explain(run_dir, story.symbol, subject_of(text).born_ms)
        moved = explained.lines
        story = story._replace(missing=(*story.missing, *explained.missing))
    if as_json:
        lines = [{"at": _iso(line.at_ms), "text": line.text} for line in story.lines]
        typer.echo(
            json.dumps({**story._asdict(), "lines": lines, "moved": moved, "run": str(run_dir)})
        )
    else:
        typer.echo(f"{story.trace}: {story.outcome}")
        for line in story.lines:
            typer.echo(f"{_iso(line.at_ms)}  {line.text}")
        for reasons in moved:
            typer.echo(f"moved most: {reasons}")
        for gap in story.missing:
            typer.echo(f"missing: {gap}")
    if story.outcome == "unknown":
        raise typer.Exit(2)


def _asked(names: list[str], run: Path | None) -> tuple[Path, str]:
    if len(names) == 1:
        return run or latest_run(), names[0]
    if len(names) == 2 and run is None:  # noqa: PLR2004 - a run and an id
        return Path(names[0]), names[1]
    raise BadInput("give one id, and its run either before it or with --run")


def _told(run_dir: Path, text: str) -> "Story":
    # The database takes a moment to import; `--help` shall not wait for it.
    from application.projections.story import tell  # noqa: PLC0415 - see above
    from bootstrap.run_record import recorded  # noqa: PLC0415 - see above

    with recorded(run_dir) as entries:
        return tell(entries, text)


def _iso(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
