"""`quantum-trader replay`: derive every decision of a run again, and compare."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bootstrap.cli.run_directory import NOT_INTACT, RunDirectory

if TYPE_CHECKING:
    from application.replay import Divergence, Replay


def replay(
    run_dir: Annotated[Path, RunDirectory],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Replay the journal of a run; exit code 3 and the first divergent decision if any differs."""
    done = _replayed(run_dir)
    first = done.first_divergence
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "identical": first is None,
                    "events": done.events,
                    "decisions": done.decisions,
                    "decision_digest": done.digest.hex(),
                    "first_divergence": None if first is None else _described(first),
                }
            )
        )
    else:
        same = "identical" if first is None else "DIVERGENT"
        typer.echo(f"{same}: {done.events} events, {done.decisions} decisions")
        typer.echo(f"decision digest {done.digest.hex()}")
        if first is not None:
            for name, value in _described(first).items():
                typer.echo(f"  {name}: {value}")
    if first is not None:
        raise typer.Exit(NOT_INTACT)


def _replayed(run_dir: Path) -> "Replay":
    # The database takes a moment to import; `--help` shall not wait for it.
    from adapters.persistence.codec import MsgpackCodec  # noqa: PLC0415 - see above
    from application.replay import replay as replayed  # noqa: PLC0415 - see above
    from bootstrap.run_record import recorded  # noqa: PLC0415 - see above

    with recorded(run_dir) as entries:
        return replayed(entries, MsgpackCodec())


def _described(first: "Divergence") -> dict[str, Any]:
    return {
        "sequence": first.sequence,
        "problem": first.problem,
        "heard": repr(first.heard),
        "said": [repr(fact) for fact in first.said],
        "asked": [repr(command) for command in first.asked],
        "recorded": first.recorded.hex(),
        "derived": first.derived.hex(),
    }
