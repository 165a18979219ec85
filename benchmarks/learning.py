"""What the desk notices of a training beside it: how late its closes are, with and without.

The same paced paper session is played twice, its voters stored models: once with learning off,
once with a training running from its first bars on. What a close takes
is measured around each row that the session plays.
"""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from adapters.market_data.columns import rows_of
from adapters.market_data.simulated_market import SimulatedMarket
from adapters.market_data.writing import write_bars
from benchmarks.process import ROOT, TRADER
from benchmarks.results import Results, percentile

_BARS: Final = 9_000
_TRAINED: Final = "2025-01-08T00:00:00Z"
_TRAINED_ROWS: Final = 7 * 288
_PACE_S: Final = 0.004
_SECONDS: Final = (180, 75)
_PROBE: Final = """
import asyncio, json, sys, time
import application.paper as paper
took, whole = [], paper.PaperSession._play
async def timed(self, row, running):
    began = time.perf_counter()
    await whole(self, row, running)
    took.append(time.perf_counter() - began)
paper.PaperSession._play = timed
from bootstrap.cli.main import main
try:
    main()
finally:
    json.dump(took, open(sys.argv[-1].removeprefix("--run-dir=") + "/took.json", "w"))
"""


def measure(folder: Path, results: Results, *, quick: bool) -> None:
    """Measure both sessions."""
    folder.mkdir(parents=True, exist_ok=True)
    market = SimulatedMarket(5, ("BTCUSDT", "ETHUSDT"), 300_000, bars=_BARS, crash_at=None).load()
    data = [
        f"--data={write_bars(folder, symbol, 300_000, rows_of(bars))}"
        for symbol, bars in market.bars.items()
    ]
    models = folder / "models"
    train = [*TRADER, "train", *data, "--until", _TRAINED, "--models-dir", str(models), "--json"]
    subprocess.run(  # noqa: S603 - our own command, no shell
        train, cwd=ROOT, check=True, capture_output=True
    )
    words = [*data, f"--models={models}", f"--pace={_PACE_S}", "--no-report", "--json"]
    for label, enabled in (("without training", False), ("while training runs", True)):
        took = _played(words, folder / f"run-{enabled}", enabled=enabled, quick=quick)
        if not took or (enabled and not (folder / f"run-{enabled}" / "training.log").exists()):
            results.skip("learning", f"{label}: the session did not get so far in its time")
            continue
        for figure, part in (("p50", 0.50), ("p99", 0.99)):
            value = percentile(took, part) * 1_000
            results.add("learning", f"a close, {label}, {figure}", value, "ms", closes=len(took))


def _played(words: Sequence[str], run_dir: Path, *, enabled: bool, quick: bool) -> list[float]:
    """Return the seconds of each close of a session, while training runs if *enabled*."""
    python = TRADER[0]
    own = {
        **os.environ,
        "QT_LEARNING__ENABLED": str(enabled).lower(),
        "QT_LEARNING__AGE_DAYS": "0.01",
        "QT_LEARNING__PAUSE_HOURS": "0",
    }
    command = [python, "-c", _PROBE, "run", *words, f"--run-dir={run_dir}"]
    session = subprocess.Popen(  # noqa: S603 - our own command, no shell
        command, cwd=ROOT, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(_SECONDS[quick])
    session.terminate()
    session.wait(timeout=60)
    took: list[float] = json.loads((run_dir / "took.json").read_text("utf-8"))
    # Its first rows are before the models' training ended: nothing is trained there.
    return took[_TRAINED_ROWS:]
