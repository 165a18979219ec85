"""The work that is measured: seeded bars, crossover signals, and both as files.

The recipe is that of the comparison with other engines, call for call, so that the same seed
gives the same bytes there and here.
"""

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from adapters.market_data.columns import Rows
from adapters.market_data.writing import write_bars

Floats = NDArray[np.float64]
HERE: Final = Path(__file__).parent
POLICY: Final = HERE / "crossover.toml"
INSTRUMENTS: Final = HERE / "instruments.toml"
SYMBOL: Final = "BTCUSDT"
START_MS: Final = 1_577_836_800_000  # 2020-01-01T00:00:00Z
INTERVAL_MS: Final = 60_000
DEPOSIT_USD: Final = 1_000_000
DENSE: Final = (20, 50)
QUIET: Final = (500, 2000)
_SEED: Final = 7
_VOLATILITY: Final = 0.0008  # of one minute
_W1_BARS: Final = 1_000_000
_W2_BARS: Final = 100_000
_W2_SYMBOLS: Final = 20


class Workload(NamedTuple):
    """Bars by symbol (open, high, low, close, volume a row each), and the means that cross."""

    name: str
    bars: dict[str, Floats]
    means: tuple[int, int]

    @property
    def size(self) -> int:
        """Return how many bars there are, over all symbols."""
        return sum(columns.shape[1] for columns in self.bars.values())


class Files(NamedTuple):
    """A workload as a run reads it."""

    bars: tuple[Path, ...]
    signals: Path
    instruments: Path


def workloads(*, quick: bool) -> tuple[Workload, Workload, Workload]:
    """Return W1 dense, W1 quiet and W2; *quick* takes a tenth of their bars."""
    generator = np.random.default_rng(_SEED)
    one = walk(generator, _W1_BARS, 30_000.0)
    many = [walk(generator, _W2_BARS, 30_000.0 / (k + 1)) for k in range(_W2_SYMBOLS)]
    share = 10 if quick else 1
    w1 = {SYMBOL: np.ascontiguousarray(one[:, : _W1_BARS // share])}
    w2 = {
        f"S{k:02d}USDT": np.ascontiguousarray(each[:, : _W2_BARS // share])
        for k, each in enumerate(many)
    }
    return (
        Workload("W1 dense", w1, DENSE),
        Workload("W1 quiet", w1, QUIET),
        Workload("W2", w2, DENSE),
    )


def walk(generator: np.random.Generator, bars: int, start: float) -> Floats:
    """Return a geometric random walk of 0.08 % a minute on a tick of 0.01."""
    moves = generator.normal(0.0, _VOLATILITY, bars) - 0.5 * _VOLATILITY**2
    close = start * np.exp(np.cumsum(moves))
    opened = np.empty(bars)
    opened[0] = start
    opened[1:] = close[:-1] * (1.0 + generator.normal(0.0, 0.00002, bars - 1))
    up = np.abs(generator.normal(0.0, _VOLATILITY * 0.5, bars))
    down = np.abs(generator.normal(0.0, _VOLATILITY * 0.5, bars))
    high = np.maximum(opened, close) * (1.0 + up)
    low = np.minimum(opened, close) * (1.0 - down)
    volume = generator.lognormal(2.0, 1.0, bars)
    opened, high, low, close = (np.round(column, 2) for column in (opened, high, low, close))
    high = np.maximum(high, np.maximum(opened, close))
    low = np.minimum(low, np.minimum(opened, close))
    return np.ascontiguousarray(np.stack([opened, high, low, close, np.round(volume, 3)]))


def crossings(close: Floats, fast: int, slow: int) -> NDArray[np.int8]:
    """Return +1 or -1 on each bar at which the fast mean crosses the slow one, else 0.

    The means come from running sums, added up one after the other as a loop over bars would.
    """
    above = _running(close, fast) / fast - _running(close, slow) / slow > 0.0
    crossed = np.zeros(len(close), np.int8)
    turned = np.flatnonzero(above[1:] != above[:-1]) + 1
    turned = turned[turned >= slow]
    crossed[turned] = np.where(above[turned], 1, -1)
    return crossed


def _running(close: Floats, width: int) -> Floats:
    steps = np.zeros(2 * len(close))
    steps[::2] = close
    steps[2 * width + 1 :: 2] = -close[:-width]
    sums: Floats = np.cumsum(steps)[1::2]
    return sums


def write(workload: Workload, folder: Path) -> Files:
    """Write bars, signals and instruments of *workload* below *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    text = INSTRUMENTS.read_text("utf-8")
    head, table = text.split(f"[{SYMBOL}]")
    instruments = folder / "instruments.toml"
    instruments.write_text(head + "".join(f"[{s}]{table}\n" for s in workload.bars), "utf-8")
    paths, rows = [], []
    for symbol, columns in workload.bars.items():
        opens = START_MS + INTERVAL_MS * np.arange(columns.shape[1], dtype=np.int64)
        paths.append(write_bars(folder, symbol, INTERVAL_MS, Rows(opens, *columns)))
        crossed = crossings(columns[3], *workload.means)
        at = np.flatnonzero(crossed)
        actions = np.where(crossed[at] > 0, "BUY", "SELL")
        rows.append((opens[at] + INTERVAL_MS, np.full(len(at), symbol), actions))
    time, symbols, action = (np.concatenate(part) for part in zip(*rows, strict=True))
    signals = folder / "signals.parquet"
    columns_of = {
        "time": time,
        "symbol": symbols,
        "action": action,
        "confidence": np.full(len(time), 0.9),
    }
    pq.write_table(pa.table(columns_of), signals)
    return Files(tuple(paths), signals, instruments)
