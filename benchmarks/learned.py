"""W3: six recorded markets, the house's own voters, the whole governance; each part by itself.

`python -m benchmarks.learned FILE...` prints the cost of learning and voting as one JSON object.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from adapters.features.feature_set import OhlcvFeatures
from adapters.market_data.files import FileHistory
from adapters.market_data.sources import parse_source
from adapters.models.standard import standard_trainers
from application.learning import (
    WalkForwardPlan,
    closing_ms,
    cut_times,
    study,
    training_set,
)
from benchmarks.process import ROOT, TRADER, cost_of
from benchmarks.results import Results

_FOLDER: Final = ROOT.parent / "shared" / "data" / "klines"
_SYMBOLS: Final = ("BNBUSDT", "BTCUSDT", "DOGEUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")


def measure(results: Results, folder: Path, *, quick: bool) -> None:
    """Measure learning, voting and trading on recorded markets, if they are there."""
    symbols = _SYMBOLS[:2] if quick else _SYMBOLS
    files = [str(_FOLDER / f"{symbol}-5m-20250227-20250630.parquet") for symbol in symbols]
    if not all(Path(file).is_file() for file in files):
        results.skip("W3", f"no recorded markets in {_FOLDER.relative_to(ROOT.parent)}")
        return
    learnt = cost_of([sys.executable, "-m", "benchmarks.learned", *files]).answer
    bars = learnt["bars"]
    features, inference = learnt["features_s"] / bars, learnt["vote_s"] / learnt["voted"]
    results.add("W3", "features", 1 / features, "bars/CPU-s", bars=bars)
    results.add("W3", "fitting", learnt["fit_s"], "CPU-s", note=f"{learnt['fits']} fits")
    results.add("W3", "inference, all voters", 1 / inference, "bars/CPU-s")
    both = 1 / (features + inference)
    results.add("W3", "features + inference", both, "bars/CPU-s", target="100,000")
    cost = cost_of(
        [*TRADER, "backtest", *files, "--run-dir", str(folder / "w3"), "--no-report", "--json"]
    )
    run = cost.answer
    results.add("W3", "decisions", bars / run["cpu_seconds"], "bars/CPU-s", trades=run["trades"])
    per_event = run["cpu_seconds"] / run["events"] * 1e6
    results.add("W3", "cost an event", per_event, "us CPU", events=run["events"])
    results.add("W3", "whole process", bars / cost.cpu_s, "bars/CPU-s", peak_mb=cost.peak_mb)


def main(files: Sequence[str]) -> None:
    """Walk forward through *files* and print what each part cost in CPU seconds."""
    history = FileHistory([parse_source(file) for file in files], None).load()
    bars = sum(len(one.open_time) for one in history.bars.values())
    plan = WalkForwardPlan.spread_over(max(len(o.open_time) for o in history.bars.values()))
    features = OhlcvFeatures(funding=history.funding)
    began = time.process_time()
    tables = features.tables(history.bars)
    features_s = time.process_time() - began
    histories = study(history.bars, features, plan)
    cuts = cut_times(histories, plan)
    fit_s = vote_s = 0.0
    fits = voted = 0
    for at_ms, until_ms in zip(cuts, [*cuts[1:], closing_ms(histories)], strict=True):
        training, _ = training_set(histories, plan, at_ms)
        for trainer in standard_trainers(features.names):
            began = time.process_time()
            fitted = trainer.fit(training)
            learnt = time.process_time()
            classifier = trainer.load(fitted.content, fitted.calibration)
            for one in histories:
                classifier.vote(one.table[one.rows(at_ms, until_ms)])
            fit_s, vote_s = fit_s + learnt - began, vote_s + time.process_time() - learnt
            fits += 1
        rows = [one.rows(at_ms, until_ms) for one in histories]
        voted += sum(part.stop - part.start for part in rows)
    told = {
        "bars": bars,
        "columns": next(iter(tables.values())).shape[1],
        "features_s": features_s,
        "fit_s": fit_s,
        "fits": fits,
        "vote_s": vote_s,
        "voted": voted,
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
