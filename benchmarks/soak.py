"""What a long paper session holds on to: memory, open files and tasks, day by simulated day.

A process of its own plays 20 symbols at no pace, through the same composition root as the command
line, and looks at itself at the end of each simulated day. The first days are warm-up. The slope is
that of the least squares over the rest, and of the resident memory, not of the peak.
"""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.process import ROOT, CommandFailed
from benchmarks.results import Results
from benchmarks.workloads import DENSE, INTERVAL_MS, POLICY, Workload, walk, write
from bootstrap.lifecycle import execute
from bootstrap.plan import RunPlan
from bootstrap.policy_file import load_policy
from bootstrap.settings import load_settings
from domain.governance.policy import Policy
from domain.market.bars import DAY_MS
from domain.shared.enums import RunMode

_SYMBOLS: Final = 20
_DAYS: Final = 38
_DAYS_QUICK: Final = 5
_WARM_UP: Final = 6
_WARM_UP_QUICK: Final = 1
# A symbol and day, as the policy has it that nobody changed.
_ROUND_TRIPS: Final = Policy().round_trips_per_day_max
_SEED: Final = 7
_MB: Final = 1 << 20
_ROWS_A_DAY: Final = DAY_MS // INTERVAL_MS


class Day(NamedTuple):
    """What the process holds at the end of a simulated day: resident MB, open files, tasks."""

    resident_mb: float
    files: int
    tasks: int


def measure(folder: Path, results: Results, *, quick: bool) -> None:
    """Play more than thirty days after the warm-up and tell what grows."""
    days, warm_up = (_DAYS_QUICK, _WARM_UP_QUICK) if quick else (_DAYS, _WARM_UP)
    generator = np.random.default_rng(_SEED)
    bars = {
        f"S{k:02d}USDT": walk(generator, days * _ROWS_A_DAY, 30_000.0 / (k + 1))
        for k in range(_SYMBOLS)
    }
    files = write(Workload("soak", bars, DENSE), folder / "soak")
    words = [str(folder / "soak-run"), str(files.signals), str(files.instruments)]
    done = subprocess.run(  # noqa: S603 - a module of this package, no shell
        [sys.executable, "-m", "benchmarks.soak", *words, *map(str, files.bars)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandFailed(f"the soak: exit {done.returncode}\n{done.stderr[-2000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    _tell(results, [Day(*day) for day in told["days"]][warm_up:], told["trades"] / days)


def _tell(results: Results, days: list[Day], trades: float) -> None:
    name, count = "soak", len(days)
    slope = float(np.polyfit(np.arange(count), [day.resident_mb for day in days], 1)[0])
    results.add(name, "simulated days after warm-up", count, "days", target=">= 30")
    results.add(name, "trades a day", trades, "")
    results.add(name, "resident after warm-up", days[0].resident_mb, "MB")
    results.add(name, "resident at the end", days[-1].resident_mb, "MB")
    results.add(name, "growth a simulated day", slope, "MB", target="<= 1")
    if trades:
        results.add(name, "growth a trade", slope / trades * 1024, "KB")
    for what, values in (
        ("open files", [day.files for day in days]),
        ("tasks", [day.tasks for day in days]),
    ):
        results.add(name, f"{what}, least", min(values), "")
        results.add(name, f"{what}, most", max(values), "", target="as the least")


def looked() -> Day:
    """Return what this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - `iterdir` opens one file more
    return Day(pages * os.sysconf("SC_PAGE_SIZE") / _MB, files, len(asyncio.all_tasks()))


def main(words: list[str]) -> None:
    """Play the session that *words* name and print what it held at the end of each day."""
    run_dir, signals, instruments, *bars = words
    plan = RunPlan(
        policy=replace(load_policy(POLICY), round_trips_per_day_max=_ROUND_TRIPS),
        sources=tuple(bars),
        signals=Path(signals),
        instruments=Path(instruments),
        models=False,
        run_dir=Path(run_dir),
        report=False,
    )
    days: list[Day] = []

    def advanced(stage: str, row: int, rows: int) -> None:
        # The last row is told of when the session is over, and its tasks with it.
        if row < rows and stage == RunMode.PAPER.value and len(days) < row // _ROWS_A_DAY:
            days.append(looked())

    outcome = execute(load_settings(RunMode.PAPER), plan, advanced)
    json.dump({"days": days, "trades": len(outcome.result.trades)}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
