"""What governance is worth on real history: the same signals, with the safety rules and without.

Trading limits are set so high that the account is in danger; a crossover trades every symbol. With
governance the drawdown must not pass the emergency level by more than what one bar can move the
account plus the costs of closing it. Without it (every safety limit out of reach) it goes where the
signals take it. A third run lets the emergency stop recover by itself, on what its shadow book
earns: real drawdown may then grow further, and the capital floor is where it ends.
"""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from adapters.bar_arrays import Floats
from adapters.market_data.files import FileHistory
from adapters.market_data.sources import parse_source
from benchmarks.process import ROOT, TRADER, cost_of
from benchmarks.results import Results
from domain.market.bars import BarColumns

DATA: Final = ROOT.parent / "shared" / "data"
NAMES: Final = (
    "BTCUSDT-15m-20220101-20250126",
    "BNBUSDT-15m-20220101-20250114",
)
EMERGENCY: Final = 0.10
_FAST, _SLOW = 16, 64
_COSTS: Final = 0.002  # fees, spread and slippage of closing, of notional
_FLOOR: Final = 0.20

_TRADING: Final = """
quorum = 1
confidence_min = 0
confidence_min_high_volatility = 0
high_volatility_margin = 0
confidence_normal = 0
confidence_cautious = 0
confidence_protective = 0
cooldown_minutes = 0
round_trips_per_day_max = 100000
losses_in_row_max = 100000
suspend_losses = 100000
weak_symbol_size = 1
streak_size = 1
symbol_daily_loss_max = 1
daily_loss_max = 1
flash_loss = 1
holding_minutes_max = 0
unknown_regime_size = 1
orchestrator_dwell_minutes = 0
extreme_volatility_atr = 1
high_volatility_atr = 1
illiquid_volume_ratio = 0
sizing = "equity_fraction"
equity_fraction = 2
position_usd_normal = 1e9
position_usd_cautious = 1e9
position_usd_protective = 1e9
leverage_protective = 20
leverage_cautious = 20
symbol_exposure_max = 3
gross_exposure_max = 100
net_exposure_max = 100
margin_use_max = 1
open_risk_max = 1
cluster_exposure_max = 1000
value_at_risk_max = 1000
effective_exposure_max = 1000
liquidation_stop_ratio = 1
funding_rate_max = 1
funding_edge_share = 1000
exits = "fraction"
stop_fraction = 0.05
target_fraction = 0.15
trailing = false
price_collar = 0.5
edge_min_r = 0
reward_risk_min = 0
"""
_WITHOUT: Final = """
drawdown_cautious = 0.99
drawdown_protective = 0.995
drawdown_emergency = 0.999
capital_floor = 1
rolling_drawdown_max = 1
flash_move = 1
margin_ratio_max = 1
liquidation_stop_min = 0.1
stop_outs_max = 1000000
order_errors_max = 1000000
feed_stale_minutes = 1440
"""


class Run(NamedTuple):
    """What a run came to, and where it is kept."""

    summary: dict[str, Any]
    folder: Path

    @property
    def drawdown(self) -> float:
        """The greatest drawdown at bar closes, a fraction."""
        return float(self.summary["max_drawdown"])


def measure(folder: Path, results: Results) -> None:
    """Play the same signals both ways, or say what is missing."""
    paths = [DATA / "klines" / f"{name}.parquet" for name in NAMES]
    if not all(path.exists() for path in paths):
        results.skip("governance", f"needs the recorded market history, which is not at {DATA}")
        return
    folder.mkdir(parents=True, exist_ok=True)
    history = FileHistory([parse_source(str(path)) for path in paths], None).load()
    signals = folder / "signals.csv"
    _write_signals(signals, history.bars)
    manual = _play(folder, "manual", _TRADING + "recovery_manual = true\n", paths, signals)
    auto = _play(folder, "auto", _TRADING, paths, signals)
    free = _play(folder, "without", _TRADING + _WITHOUT, paths, signals)
    note = f"{len(paths)} symbols, 15m bars 2022-2025, 2 x equity each"
    over = _overshoot(manual, history.bars)
    bounds = (
        (manual, "governed", EMERGENCY + over, f"level + bar's gap and costs {over:.2%}; {note}"),
        (auto, "governed, recovering", _FLOOR + over, "capital floor + the same"),
        (free, "ungoverned", 1.0, "no limit"),
    )
    for run, name, bound, why in bounds:
        told, greatest = run.summary, 100 * run.drawdown
        target = f"<= {100 * bound:.2f}"
        results.add(name, "greatest drawdown", greatest, "%", target=target, note=why)
        results.add(name, "equity at the end", float(told["equity_end"]), "USD")
        stops = f"{told['emergency_activations']} emergency stops"
        results.add(name, "trades", float(told["trades"]), "", note=stops)


def _overshoot(run: Run, history: Mapping[str, BarColumns]) -> float:
    """Return what the bar of the first emergency may have cost beyond its level, of the peak.

    From the last close at which it was not yet called for to the fills that closed everything,
    for every position that was open, and the costs of closing it.
    """
    records = (
        json.loads(line)
        for file in sorted((run.folder / "audit").glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    )
    breach = next(
        record
        for record in records
        if record["type"] == "emergency.triggered" and record["new_mode"] == "EMERGENCY"
    )
    peak = breach["equity_usd"] / (1 + breach["current_dd_pct"] / 100)
    lost = 0.0
    with (run.folder.parent / f"{run.folder.name}.csv").open(encoding="utf-8") as file:
        for trade in csv.DictReader(file):
            if trade["exit_reason"] in ("emergency", "operator"):
                bars = history[trade["symbol"]]
                exit_ms = int(trade["exit_time_ms"])
                closed = np.searchsorted(np.asarray(bars.open_time), exit_ms, "left")
                before = float(bars.close[closed - 3])  # two bars ago: not yet an emergency
                moved = abs(float(trade["exit_price"]) - before)
                cost = _COSTS * float(trade["exit_price"])
                lost += float(trade["quantity"]) * (moved + cost)
    return float(lost / peak)


def _play(folder: Path, name: str, policy: str, paths: list[Path], signals: Path) -> Run:
    file = folder / f"{name}.toml"
    file.write_text(policy, "utf-8")
    data = [f"--data={path}" for path in paths]
    command = [*TRADER, "backtest", *data, f"--signals={signals}", "--signals-open-times"]
    run_dir, trades = folder / name, folder / f"{name}.csv"
    options = [f"--policy={file}", f"--run-dir={run_dir}", f"--trades-out={trades}"]
    return Run(cost_of([*command, *options, "--no-report", "--json"]).answer, run_dir)


def _mean(values: Floats, length: int) -> Floats:
    total = np.cumsum(np.insert(values, 0, 0.0))
    mean = np.full(len(values), np.nan)
    mean[length - 1 :] = (total[length:] - total[:-length]) / length
    return mean


def _write_signals(path: Path, history: Any) -> None:  # noqa: ANN401 - a mapping of bars
    """Write the crossings of two means of every symbol as a signals file."""
    lines = ["time,symbol,action,confidence"]
    for symbol, bars in history.items():
        close = np.asarray(bars.close)
        above = _mean(close, _FAST) > _mean(close, _SLOW)
        for row in np.flatnonzero(above[1:] != above[:-1]) + 1:
            if row >= _SLOW:
                action = "BUY" if above[row] else "SELL"
                lines.append(f"{int(bars.open_time[row])},{symbol},{action},0.9")
    path.write_text("\n".join(lines) + "\n", "utf-8")
