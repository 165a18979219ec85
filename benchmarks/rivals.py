"""Others on the same bars in the same run: only ratios measured together mean anything.

`python -m benchmarks.rivals backtesting [--quick]` runs backtesting.py alone. The scripts of the
wider comparison run where they and their environments are: `--peers`, with `BENCH_TMP` set.
"""

import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Final

from benchmarks.process import ROOT, CommandFailed, cost_of
from benchmarks.results import Results, middle
from benchmarks.workloads import DENSE, DEPOSIT_USD, SYMBOL, crossings, workloads

PEERS: Final = ROOT.parent / "shared" / "bench" / "peers" / "run.sh"
_PEER_NAMES: Final = ("numba", "vectorbt", "backtrader", "nautilus_v2", "freqtrade")
# The same script also times parts of its engine, under rules that are not W1's.
_OTHER_RULES: Final = ("[native]", "[signal]", "[idle]", "[none]")
_FEWER: Final = {"W1_BARS": "100000", "W2_BARS": "10000"}
_ENVIRONMENTS: Final = {"numba": "base", "nautilus_v2": "nautilus"}


def measure(results: Results, ours: float | None, repeats: int, *, quick: bool) -> None:
    """Measure the textbook engine and backtesting.py; *ours* is W1 dense in bars per CPU-s."""
    for module, name in (("textbook", "textbook engine"), ("rivals", "backtesting.py")):
        command = [sys.executable, "-m", f"benchmarks.{module}", *(["--quick"] if quick else [])]
        try:
            answers = [cost_of(command).answer for _ in range(repeats)]
        except CommandFailed as error:
            results.skip(name, str(error).splitlines()[-1])
            continue
        speed = answers[0]["bars"] / middle([answer["cpu_s"] for answer in answers])
        _tell(results, name, speed, answers[0]["trades"], ours)


def peers(results: Results, ours: float | None, *, quick: bool) -> None:
    """Run the scripts of the wider comparison, as far as their environments are set up."""
    scratch = os.environ.get("BENCH_TMP")
    if not scratch or not PEERS.is_file():
        results.skip("peers", "needs BENCH_TMP and the scripts beside this checkout")
        return
    for name in _PEER_NAMES:
        if not (Path(scratch) / "venvs" / _ENVIRONMENTS.get(name, name)).is_dir():
            results.skip(name, "its environment is not set up")
            continue
        done = subprocess.run(  # noqa: S603 - a script of the comparison, no shell
            [str(PEERS), "bench", name],
            env={"REPEATS": "1", **os.environ, **(_FEWER if quick else {})},
            capture_output=True,
            text=True,
            check=False,
        )
        for line in done.stdout.splitlines():
            told = json.loads(line)
            speed = told.get("bars_per_cpu_s")
            if speed and told["work"].startswith("W1") and not told["peer"].endswith(_OTHER_RULES):
                _tell(results, told["peer"], speed, told["trades"], ours)


def _tell(results: Results, name: str, speed: float, trades: int, ours: float | None) -> None:
    note = "" if ours is None else f"ours is {ours / speed:.3g} x this"
    results.add(name, "W1 dense", speed, "bars/CPU-s", note=note, trades=trades)


def main(*, quick: bool) -> None:
    """Run backtesting.py on W1 dense with the same rules, as far as it can express them."""
    warnings.simplefilter("ignore")
    import pandas as pd  # noqa: PLC0415 - only this process needs it
    from backtesting import Strategy, backtesting  # noqa: PLC0415 - likewise
    from backtesting.lib import FractionalBacktest  # noqa: PLC0415 - likewise

    # No progress bar within the timed part.
    backtesting._tqdm = lambda rows, **_: rows  # noqa: SLF001 - it has no switch for that
    columns = workloads(quick=quick)[0].bars[SYMBOL]
    frame = pd.DataFrame(
        dict(zip(("Open", "High", "Low", "Close", "Volume"), columns, strict=True)),
        index=pd.date_range("2020-01-01", periods=columns.shape[1], freq="1min"),
    )
    crossed = crossings(columns[3], *DENSE)

    class Cross(Strategy):  # type: ignore[misc]  # the library ships no types
        """The crossover; stop and target from the close, as the library's orders have them."""

        def init(self) -> None:
            self.way = self.I(lambda: crossed.astype(float))

        def next(self) -> None:
            way, price = self.way[-1], self.data.Close[-1]
            if way > 0:
                self.buy(size=0.1, sl=price * 0.98, tp=price * 1.03)
            elif way < 0:
                self.sell(size=0.1, sl=price * 1.02, tp=price * 0.97)

    engine = FractionalBacktest(
        frame,
        Cross,
        fractional_unit=1e-6,
        cash=DEPOSIT_USD,
        commission=0.0004,
        exclusive_orders=True,
        finalize_trades=False,
    )
    spent = 0.0
    compute = backtesting.compute_stats

    def timed(*args: object, **more: object) -> object:
        nonlocal spent
        began = time.process_time()
        stats = compute(*args, **more)
        spent += time.process_time() - began
        return stats

    backtesting.compute_stats = timed
    began = time.process_time()
    stats = engine.run()
    took = time.process_time() - began - spent
    trades = int(stats["# Trades"])
    print(json.dumps({"bars": len(frame), "trades": trades, "cpu_s": took}))


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
