"""The command line, called as a person calls it; and a small market on disk for it to run on."""

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from adapters.market_data.columns import rows_of
from adapters.market_data.simulated_market import SimulatedMarket
from adapters.market_data.writing import write_bars
from bootstrap.cli.main import main
from domain.market.bars import DAY_MS, MINUTE_MS

ROOT: Final = Path(__file__).resolve().parents[1]
POLICY: Final = """
quorum = 1
cooldown_minutes = 0
round_trips_per_day_max = 100
losses_in_row_max = 100
weak_symbol_size = 1
streak_size = 1
suspend_losses = 1000
cluster_exposure_max = 1000
value_at_risk_max = 1000
effective_exposure_max = 1000
symbol_daily_loss_max = 1.0
position_usd_normal = 5000
"""


class Told(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on the standard output."""
        (line,) = self.out.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found

    @property
    def problems(self) -> list[str]:
        """The faults told, each without its heading."""
        return [line.removeprefix("error: ") for line in self.err.splitlines()]


class Files(NamedTuple):
    """A market on disk: bars, funding, signals, and a policy that trades on them alone."""

    bars: tuple[Path, ...]
    funding: Path
    signals: Path
    policy: Path

    @property
    def backtest(self) -> list[str]:
        """The arguments of a back-test of all of it."""
        data = [f"--data={path}" for path in self.bars]
        more = [f"--funding={self.funding}", f"--signals={self.signals}"]
        return ["backtest", *data, *more, f"--policy={self.policy}", "--no-report", "--json"]

    @property
    def paper(self) -> list[str]:
        """The arguments of a paper session over all of it."""
        return ["run", *self.backtest[1:]]


def quantum_trader(*arguments: str | Path) -> Told:
    """Call the command line in this process."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    before, sys.argv = sys.argv, ["quantum-trader", *map(str, arguments)]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as over:
        code = over.code if isinstance(over.code, int) else int(bool(over.code))
    finally:
        sys.argv = before
    return Told(code, out.getvalue(), err.getvalue())


def started(
    arguments: Sequence[str | Path],
    environment: Mapping[str, str] | None = None,
    before: str = "",
) -> subprocess.Popen[str]:
    """Start the command line in a process of its own, which runs *before* first."""
    script = f"{before}\nfrom bootstrap.cli.main import main\nmain()"
    own = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**own, "PYTHONPATH": str(ROOT), **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], timeout_s: float = 60) -> Told:
    """Wait for *process*."""
    out, err = process.communicate(timeout=timeout_s)
    return Told(process.returncode, out, err)


def stopped_midway(
    arguments: Sequence[str | Path], run_dir: Path, number: signal.Signals, beyond: int = 0
) -> Told:
    """Start a run and send it signal *number* once more than *beyond* entries are durable."""
    process = started(arguments)
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None and entries_in(run_dir) <= beyond:
        time.sleep(0.005)
    process.send_signal(number)
    return ended(process)


def entries_in(run_dir: Path) -> int:
    """Return how many entries of a run's journal are durable, 0 while there is none."""
    journal = run_dir / "journal.db"
    if not journal.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as reader:
            (count,) = reader.execute("SELECT count(*) FROM entries").fetchone()
    except sqlite3.OperationalError:  # it is being laid out
        return 0
    return int(count)


def journal_of(run_dir: Path) -> list[tuple[int, bytes, bytes]]:
    """Return the entries of a run's journal as they are kept."""
    with closing(sqlite3.connect(run_dir / "journal.db")) as reader:
        return reader.execute("SELECT * FROM entries ORDER BY sequence").fetchall()


def audit_of(run_dir: Path) -> dict[str, bytes]:
    """Return the files of a run's audit trail, by name."""
    files = sorted(path for path in (run_dir / "audit").iterdir() if path.is_file())
    return {path.name: path.read_bytes() for path in files}


def market_on_disk(folder: Path, days: int = 3, interval_ms: int = 5 * MINUTE_MS) -> Files:
    """Write a small simulated market below *folder*, with a signal on every tenth bar or so."""
    count = days * DAY_MS // interval_ms
    market = SimulatedMarket(5, ("BTCUSDT", "ETHUSDT", "SOLUSDT"), interval_ms, bars=count)
    history, dice = market.load(), np.random.default_rng(5)
    bars, signals = [], ["time,symbol,action,confidence"]
    for symbol, columns in history.bars.items():
        bars.append(write_bars(folder, symbol, interval_ms, rows_of(columns)))
        for row in np.flatnonzero(dice.random(count) < 0.1).tolist():
            close_ms = int(columns.open_time[row]) + interval_ms
            signals.append(f"{close_ms},{symbol},{dice.choice(['BUY', 'SELL'])},0.8")
    files = Files(
        tuple(bars), folder / "funding.csv", folder / "signals.csv", folder / "policy.toml"
    )
    rates = (f"{rate.at_ms},{rate.symbol},{rate.rate}" for rate in history.funding)
    files.funding.write_text("\n".join(("time,symbol,rate", *rates)) + "\n")
    files.signals.write_text("\n".join(signals) + "\n")
    files.policy.write_text(POLICY)
    return files
