"""`quantum-trader scenario`: watch the compliance scenarios, played through the whole daemon."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from application.errors import BadInput
from bootstrap.scenarios.catalogue import SCENARIOS, Scenario
from bootstrap.scenarios.catalogue import run as play

if TYPE_CHECKING:
    from bootstrap.scenarios.shown import Shown

ALL = "all"
_FAILED = 1

app = typer.Typer(no_args_is_help=True, help="Play the compliance scenarios, and see what holds.")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the scenarios."""
    if as_json:
        typer.echo(json.dumps({"scenarios": [each._asdict() for each in SCENARIOS.values()]}))
        return
    width = max(map(len, SCENARIOS))
    for each in SCENARIOS.values():
        typer.echo(f"{each.number:2}  {each.name:{width}}  {each.about}")


@app.command("run")
def run(
    name: Annotated[str, typer.Argument(metavar="NAME|all", help="Which, or all of them.")],
    *,
    seed: Annotated[int, typer.Option(min=0, help="Varies the market within the set-up.")] = 0,
    keep: Annotated[
        Path | None, typer.Option(help="Keep journals and audit trails in this directory.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a scenario and print what it showed: what was seen, what was demanded.

    Exit code 0 when every fact holds, 1 when one does not, 2 for a name there is not.
    """
    chosen = _chosen(name)
    played = []
    with _directory(keep) as where:
        for each in chosen:
            shown = play(each, where / each.name, seed)
            played.append(shown)
            if not as_json:
                _print(each, shown)
    passed = all(shown.ok for shown in played)
    if as_json:
        typer.echo(json.dumps({"ok": passed, "scenarios": [_as_json(each) for each in played]}))
    else:
        count = sum(shown.ok for shown in played)
        typer.echo(f"{count} of {len(played)} passed, seed {seed}")
    if not passed:
        raise typer.Exit(_FAILED)


def _chosen(name: str) -> tuple[Scenario, ...]:
    if name == ALL:
        return tuple(SCENARIOS.values())
    if name not in SCENARIOS:
        raise BadInput(f"{name}: there is no such scenario; give all, {', '.join(SCENARIOS)}")
    return (SCENARIOS[name],)


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    """Give a directory for the runs: *keep*, which must be free, or one that goes away."""
    if keep is None:
        with TemporaryDirectory(prefix="quantum-trader-scenario-") as where:
            yield Path(where)
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise BadInput(f"--keep {keep}: is there already; name a new or an empty directory")
    yield keep


def _print(scenario: Scenario, shown: "Shown") -> None:
    verdict = "PASS" if shown.ok else "FAIL"
    typer.echo(f"{verdict}  {scenario.number}. {scenario.name}  [{shown.key}]")
    typer.echo(f"      {scenario.about}")
    width = max((len(fact.name) for fact in shown.facts), default=0)
    for fact in shown.facts:
        mark = "  ok" if fact.ok else "FAIL"
        typer.echo(f"  {mark}  {fact.name:{width}}  {fact.seen}  (demanded: {fact.demanded})")


def _as_json(shown: "Shown") -> dict[str, object]:
    return {
        "name": shown.scenario,
        "seed": shown.seed,
        "ok": shown.ok,
        "key": shown.key,
        "facts": [fact._asdict() for fact in shown.facts],
    }
