"""How long one waits: for help, for the version, and until the daemon trades."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.process import ROOT, TRADER, cost_of
from benchmarks.results import Results, middle
from benchmarks.workloads import DENSE, POLICY, SYMBOL, Workload, walk, write

_SEED: Final = 7
_BARS: Final = 2_000
_POLL_S: Final = 0.001
_READY_S_MAX: Final = 60.0


def measure(folder: Path, results: Results, repeats: int) -> None:
    """Measure each in fresh processes, after one that warms the file cache."""
    for figure, words, floor in (("--help", ["--help"], "<= 1"), ("version", ["version"], "<= 1")):
        walls = [cost_of([*TRADER, *words]).wall_s for _ in range(repeats + 1)][1:]
        results.add("start-up", figure, middle(walls), "s wall", target=floor)
    bars = walk(np.random.default_rng(_SEED), _BARS, 30_000.0)
    files = write(Workload("start-up", {SYMBOL: bars}, DENSE), folder / "startup")
    paper = [*TRADER, "run", *map(str, files.bars), "--signals", str(files.signals)]
    paper += ["--policy", str(POLICY), "--pace", "60", "--json", "--no-report"]
    waits = []
    for at in range(repeats + 1):
        run_dir = folder / f"daemon-{at}"
        waits.append(_ready_s([*paper, "--run-dir", str(run_dir)], run_dir))
    ready = middle(waits[1:])
    results.add("start-up", "daemon ready, no training", ready, "s wall", target="<= 3")


def _ready_s(command: Sequence[str], run_dir: Path) -> float:
    """Return the seconds until the daemon has opened its journal, the last before it hears."""
    began = time.perf_counter()
    daemon = subprocess.Popen(  # noqa: S603 - our own command, no shell
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ}
    )
    try:
        while not (run_dir / "journal.db").exists():
            waited = time.perf_counter() - began
            if daemon.poll() is not None or waited > _READY_S_MAX:
                problem = daemon.stderr.read() if daemon.stderr else b""
                raise TimeoutError(f"the daemon did not get ready: {problem[-500:]!r}")
            time.sleep(_POLL_S)
        return time.perf_counter() - began
    finally:
        daemon.send_signal(signal.SIGINT)
        daemon.communicate(timeout=_READY_S_MAX)
