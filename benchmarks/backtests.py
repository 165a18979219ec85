"""W1 and W2: the crossover through the real back-test, nothing switched off."""

import csv
import shutil
from pathlib import Path
from typing import Final

from benchmarks.process import TRADER, Cost, cost_of
from benchmarks.reference import Trade, compare, reference
from benchmarks.results import Results, middle
from benchmarks.workloads import DEPOSIT_USD, INTERVAL_MS, POLICY, START_MS, Files, Workload, write

_IDEAL_VENUE: Final = {
    "QT_VENUE__SPREAD_FRACTION": "0",
    "QT_VENUE__SLIPPAGE_VOLATILITY": "0",
    "QT_VENUE__SLIPPAGE_IMPACT": "0",
    "QT_VENUE__PARTICIPATION_MAX": "0",
    "QT_VENUE__LIQUIDATION_FEE": "0",
}
_FLOORS: Final = {"W1 dense": 200_000, "W1 quiet": 2_000_000, "W2": 200_000}
_PEAK_MB_MAX: Final = 600


def measure(workload: Workload, folder: Path, results: Results, repeats: int) -> float:
    """Run *workload* in fresh processes; return bars per CPU-second of the run phase."""
    files = write(workload, folder)
    costs = [_run(files, folder, last=at == repeats - 1) for at in range(repeats)]
    answers = [cost.answer for cost in costs]
    digests = {answer["decision_digest"] for answer in answers}
    name, bars = workload.name, workload.size
    speed = bars / middle([answer["cpu_seconds"] for answer in answers])
    results.add(
        name,
        "run phase",
        speed,
        "bars/CPU-s",
        target=f"{_FLOORS[name]:,}",
        bars=bars,
        repeats=repeats,
        identical_runs=len(digests) == 1,
        digest=min(digests),
    )
    # The last repeat also writes its trades for the comparison, so it does not count here.
    whole = costs[:-1] or costs
    results.add(name, "whole process", bars / middle([cost.cpu_s for cost in whole]), "bars/CPU-s")
    last = answers[-1]
    peak = max(cost.peak_mb for cost in whole)
    results.add(name, "peak memory", peak, "MB", target=f"<= {_PEAK_MB_MAX}")
    trades = int(last["trades"])
    results.add(name, "cost a trade", last["cpu_seconds"] / max(trades, 1) * 1e6, "us CPU")
    per_event = last["cpu_seconds"] / max(last["events"], 1) * 1e6
    results.add(name, "cost an event", per_event, "us CPU", target="<= 60", events=last["events"])
    _agree(workload, folder, results)
    return speed


def _run(files: Files, folder: Path, *, last: bool) -> Cost:
    shutil.rmtree(folder / "run", ignore_errors=True)
    command = [
        *TRADER,
        "backtest",
        *map(str, files.bars),
        *("--signals", str(files.signals)),
        *("--policy", str(POLICY)),
        *("--instruments", str(files.instruments)),
        *("--deposit", str(DEPOSIT_USD)),
        *("--run-dir", str(folder / "run")),
        "--no-report",
        "--json",
    ]
    if last:
        command += ["--trades-out", str(folder / "trades.csv")]
    return cost_of(command, _IDEAL_VENUE)


def _agree(workload: Workload, folder: Path, results: Results) -> None:
    agreement = compare(reference(workload), found_in(folder / "trades.csv"))
    results.add(
        workload.name,
        "trades",
        agreement.trades,
        "",
        note=f"{agreement.differences} differ from the reference",
        differences=agreement.differences,
        price_difference_max=agreement.price_difference,
        quantity_difference_max=agreement.quantity_difference,
    )


def found_in(path: Path) -> list[Trade]:
    """Return the trades of a trade file, sorted by entry, timed by the bars they happened in."""
    with path.open(encoding="utf-8", newline="") as file:
        return sorted(
            Trade(
                _bar_of(int(row["entry_time_ms"])),
                _bar_of(int(row["exit_time_ms"])),
                row["symbol"],
                1 if row["side"] == "LONG" else -1,
                float(row["entry_price"]),
                float(row["exit_price"]),
                float(row["quantity"]),
            )
            for row in csv.DictReader(file)
        )


def _bar_of(at_ms: int) -> int:
    """Return when the bar opened that *at_ms* lies in."""
    return START_MS + (at_ms - START_MS) // INTERVAL_MS * INTERVAL_MS
