"""`python -m benchmarks [--quick] [--only NAME...] [--peers] [--work DIR]`.

A JSON line a figure on standard output, all of them as a table on standard error. Absolute figures
depend on the machine and on what else it does; the rivals run in between for that reason.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks import (
    backtests,
    breach,
    event_bus,
    gates,
    governed,
    inference,
    learned,
    live,
    rivals,
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
    "gates",
    "live",
    "breach",
    "governed",
    "event-bus",
    "startup",
    "rivals",
)


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
    if "gates" in only:
        gates.measure(results, quick=quick)
    if "governed" in only:
        governed.measure(folder / "governed", results)
    if "event-bus" in only:
        event_bus.measure(all_work[0], folder / "bus", results, quick=quick)
    if "live" in only:
        live.measure(folder, results, quick=quick)
    if "breach" in only:
        breach.measure(folder, results, quick=quick)
    if "startup" in only:
        startup.measure(folder, results, repeats)
    if "inference" in only:
        inference.measure(results)
    if "w3" in only:
        learned.measure(results, folder, quick=quick)


if __name__ == "__main__":
    main()
