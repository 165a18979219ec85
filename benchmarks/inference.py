"""How long the whole ensemble takes for one decision, and how many rows a second in bulk.

`python -m benchmarks.inference` prints one JSON object.
"""

import json
import sys
import time

import numpy as np

from adapters.features.feature_set import OhlcvFeatures
from adapters.models.standard import standard_trainers
from application.learning import WalkForwardPlan, study, training_set
from benchmarks.process import cost_of
from benchmarks.results import Results
from domain.market.bars import BarColumns

_ROWS = 60_000
_SINGLE = 2_000
_BULK = 20_000


def measure(results: Results) -> None:
    """Measure features and inference on a made-up market, in a process of their own."""
    told = cost_of([sys.executable, "-m", "benchmarks.inference"]).answer
    bars = told["features_bars_s"]
    results.add("inference", "features in bulk", bars, "bars/CPU-s", target="1,000,000")
    results.add("inference", "one row, all voters, p50", told["p50_us"], "us")
    results.add("inference", "one row, all voters, p99", told["p99_us"], "us")
    results.add("inference", "bulk, all voters", told["bulk_rows_s"], "rows/CPU-s")
    for name, median in told["each_p50_us"].items():
        results.add("inference", f"one row, {name}, p50", median, "us")


def _market() -> BarColumns:
    rng = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.002, _ROWS)))
    opened = np.concatenate([[100.0], close[:-1]])
    stretch = np.abs(rng.normal(0, 0.001, (2, _ROWS)))
    high = np.maximum(opened, close) * (1 + stretch[0])
    low = np.minimum(opened, close) * (1 - stretch[1])
    times = 1_577_836_800_000 + 300_000 * np.arange(_ROWS)
    return BarColumns(
        "BTCUSDT", 300_000, times, opened, high, low, close, rng.lognormal(2, 1, _ROWS)
    )


def main() -> None:
    """Train on a random walk, then time features, single rows and bulk."""
    features, market = OhlcvFeatures(), {"BTCUSDT": _market()}
    features.tables(market)
    began = time.process_time()
    table = features.tables(market)["BTCUSDT"]
    features_s = time.process_time() - began
    plan = WalkForwardPlan.spread_over(_ROWS)
    histories = study(market, features, plan)
    training, _ = training_set(histories, plan, int(market["BTCUSDT"].open_time[-1]))
    voters = {}
    for trainer in standard_trainers(features.names):
        fitted = trainer.fit(training)
        # A random walk teaches nothing; the voters shall answer all the same.
        known = {**fitted.calibration, "abstains": 0.0}
        voters[trainer.name] = trainer.load(fitted.content, known)
    rows = table[-_SINGLE:]
    took = {name: np.empty(_SINGLE) for name in voters}
    for place in range(_SINGLE):
        row = rows[place : place + 1]
        for name, voter in voters.items():
            start = time.perf_counter_ns()
            voter.vote(row)
            took[name][place] = time.perf_counter_ns() - start
    whole = np.sum(list(took.values()), axis=0) / 1_000
    began = time.process_time()
    for voter in voters.values():
        voter.vote(table[-_BULK:])
    bulk_s = time.process_time() - began
    told = {
        "features_bars_s": _ROWS / features_s,
        "columns": len(features.names),
        "p50_us": float(np.quantile(whole, 0.5)),
        "p99_us": float(np.quantile(whole, 0.99)),
        "bulk_rows_s": _BULK / bulk_s,
        "each_p50_us": {name: float(np.median(one)) / 1_000 for name, one in took.items()},
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
