"""`python -m benchmarks [--quick] [--only NAME...] [--peers] [--work DIR]`.

A JSON line a figure on standard output, all of them as a table on standard error. Absolute figures
depend on the machine and on what else it does; the rivals run in between for that reason.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks import (
    audit,
    backtests,
    breach,
    event_bus,
    exit_latency,
    gates,
    governed,
    inference,
    kill_storm,
    learned,
    learning,
    live,
    overhead,
    recovery,
    rivals,
    soak,
    startup,
    units,
)
from benchmarks.results import Results
from benchmarks.workloads import workloads

PARTS = (
    "w1-dense",
    "w1-quiet",
    "w2",
    "w3",
    "inference",
    "units",
    "audit",
    "gates",
    "overhead",
    "live",
    "breach",
    "governed",
    "event-bus",
    "startup",
    "learning",
    "rivals",
    "exit-latency",
    "kill-storm",
    "recovery",
    "soak",
)
_PLAIN: Final[dict[str, Callable[..., None]]] = {
    "breach": breach.measure,
    "exit-latency": exit_latency.measure,
    "kill-storm": kill_storm.measure,
    "recovery": recovery.measure,
    "soak": soak.measure,
}


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the bars, one repeat")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="NAME")
    parser.add_argument("--peers", action="store_true", help="other engines, where set up")
    parser.add_argument("--work", type=Path, help="where to write; a temporary folder if not given")
    asked = parser.parse_args()
    results = Results()
    if asked.work is not None:
        _measure(asked, asked.work, results)
    else:
        with tempfile.TemporaryDirectory() as folder:
            _measure(asked, Path(folder), results)
    results.table()


def _measure(  # noqa: C901, PLR0912 - a list of parts
    asked: argparse.Namespace, folder: Path, results: Results
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    quick, only = asked.quick, asked.only
    repeats = 1 if quick else 3
    all_work = workloads(quick=quick)
    ours = None
    for part, workload in zip(("w1-dense", "w1-quiet", "w2"), all_work, strict=True):
        if part in only:
            speed = backtests.measure(workload, folder / part, results, repeats)
            ours = speed if part == "w1-dense" else ours
    if "rivals" in only:
        rivals.measure(results, ours, repeats, quick=quick)
    if asked.peers:
        rivals.peers(results, ours, quick=quick)
    if "units" in only:
        units.measure(all_work[0], folder, results, quick=quick)
    if "audit" in only:
        audit.measure(all_work[0], folder / "audit-trail", results, quick=quick)
    if "gates" in only:
        gates.measure(results, quick=quick)
    if "overhead" in only:
        overhead.measure(results, quick=quick)
    if "governed" in only:
        governed.measure(folder / "governed", results)
    if "event-bus" in only:
        event_bus.measure(all_work[0], folder / "bus", results, quick=quick)
    if "live" in only:
        live.measure(folder, results, quick=quick)
    if "startup" in only:
        startup.measure(folder, results, repeats)
    if "learning" in only:
        learning.measure(folder / "learning", results, quick=quick)
    if "inference" in only:
        inference.measure(results)
    if "w3" in only:
        learned.measure(results, folder, quick=quick)
    for part in only:
        if part in _PLAIN:
            (folder / part).mkdir(exist_ok=True)
            _PLAIN[part](folder / part, results, quick=quick)


if __name__ == "__main__":
    main()
