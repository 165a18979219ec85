"""`quantum-trader simulate`: seeded schedules of all that goes wrong, checked at every step."""

import json
import re
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from application.errors import BadInput

if TYPE_CHECKING:
    from bootstrap.simulation.runs import BatchResult, Progress

VIOLATED = 1
WORKERS_MAX = 64
_RANGE = re.compile(r"([0-9]{1,12})(?:\.\.([0-9]{1,12}))?")


def simulate(
    seeds: Annotated[str, typer.Option(help="A..B, both included; or one.")] = "0..999",
    *,
    scenario: Annotated[str, typer.Option(help="A named weather; swarm draws one.")] = "swarm",
    replay: Annotated[
        int | None, typer.Option(min=0, help="Play this one seed and print its trace.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=WORKERS_MAX, help="Processes.")] = 2,
    goals: Annotated[
        bool,
        typer.Option("--goals/--no-goals", help="Fail when a large batch never met something."),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Play the real desk against a venue, a network, a disk and a clock that fail.

    The venue's own ledger tells what is true. Every schedule comes from its seed alone, so that
    one that breaks an invariant can be played again. Exit code 0: all held; 1: one did not, or a
    large batch never met what it must; 2: wrong use.
    """
    if replay is not None:
        _replay(replay, scenario, as_json=as_json)
        return
    first, last = _range_of(seeds)
    from bootstrap.simulation.runs import run_seeds  # noqa: PLC0415 - `--help` shall not wait

    began = time.perf_counter()
    result = run_seeds(first, last, scenario, workers=workers, progress=_progress(last - first + 1))
    took_s = time.perf_counter() - began
    missed = result.missed if goals else ()
    if as_json:
        sys.stdout.write(json.dumps(_told(result, missed, took_s)) + "\n")
    else:
        _show(result, missed, took_s)
    if result.broken or missed:
        sys.exit(VIOLATED)


def _range_of(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        raise BadInput(f"--seeds: {text!r} is no range; give A..B, as 0..999, or one seed")
    first = int(match[1])
    last = first if match[2] is None else int(match[2])
    if last < first:
        raise BadInput(f"--seeds: {text}: the last seed lies before the first; turn them round")
    return first, last


def _progress(total: int) -> "Progress":
    """Return what shows how far it is; nothing where nobody looks."""
    if not sys.stderr.isatty():
        return lambda _done: None
    step = max(1, total // 200)

    def shown(done: int) -> None:
        if done % step == 0 or done == total:
            sys.stderr.write(f"\r{done} of {total} schedules" + ("\n" if done == total else ""))
            sys.stderr.flush()

    return shown


def _told(result: "BatchResult", missed: tuple[str, ...], took_s: float) -> dict[str, Any]:
    return {
        "scenario": result.scenario,
        "first": result.first,
        "last": result.last,
        "schedules": result.schedules,
        "violations": [
            {"seed": one.seed, "invariant": one.broken.invariant, "text": one.broken.text}
            for one in result.broken
            if one.broken is not None
        ],
        "missed": list(missed),
        "goals": dict(sorted(result.goals.items())),
        "took_s": round(took_s, 3),
        "schedules_per_s": round(result.schedules / took_s, 2),
        "virtual_s": round(result.virtual_s, 3),
    }


def _show(result: "BatchResult", missed: tuple[str, ...], took_s: float) -> None:
    say = sys.stdout.write
    speed, times = result.schedules / took_s, result.virtual_s / took_s
    say(
        f"{result.schedules} schedules of {result.scenario}, {len(result.broken)} violations, in "
        f"{took_s:.1f} s: {speed:.1f} schedules a second, {times:.0f} times real time\n"
    )
    for name, count in sorted(result.goals.items()):
        say(f"  {count:>9}  {name}\n")
    for name in missed:
        say(f"never met: {name}\n")
    if result.broken:
        one = result.broken[0]
        if one.broken is not None:
            say(f"seed {one.seed} broke {one.broken.invariant}: {one.broken.text}\n")
        say(f"quantum-trader simulate --scenario {result.scenario} --replay {one.seed}\n")
        others = ", ".join(str(other.seed) for other in result.broken[1:20])
        if others:
            say(f"so did seeds {others}\n")


def _replay(seed: int, scenario: str, *, as_json: bool) -> None:
    from bootstrap.simulation.runs import run_seed  # noqa: PLC0415 - `--help` shall not wait

    outcome = run_seed(seed, scenario, keep_trace=True)
    broken = outcome.broken
    if as_json:
        told = None if broken is None else {"invariant": broken.invariant, "text": broken.text}
        answer = {"seed": seed, "violation": told, "digest": outcome.digest}
        sys.stdout.write(json.dumps(answer) + "\n")
    else:
        for line in outcome.trace:
            sys.stdout.write(f"{line}\n")
        end = "all held" if broken is None else f"broke {broken.invariant}: {broken.text}"
        sys.stdout.write(f"seed {seed}: {end}; trace {outcome.digest}\n")
    if broken is not None:
        sys.exit(VIOLATED)
