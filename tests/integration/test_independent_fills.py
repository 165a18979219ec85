"""The same signals here and in backtesting.py, an engine of other people: the same trades.

Both enter at the next open, reverse on an opposite signal, and leave inside a bar at a stop or a
target, the stop first when both are touched, at the open when it lies beyond. What would differ by
design is said in the same words on both sides:

- Stops. Their orders carry stop and target from the moment they are sent, ours derive them from
  the fill. The strategy given to them therefore computes both from the open it will fill at.
- Size. Theirs counts a fraction of the equity after the opposite trade is closed, fee included,
  ours of the equity at the decision. Both are told a fixed number of units, 10,000 USD of them at
  the close that is decided on.
- Grid. They compute in floats on no grid; the tick here is fine enough to hold every level.
- The end. Their last trade would be closed at the end of the data, ours stays open: it is not
  asked for.
"""

import csv
import warnings
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from backtesting import Strategy, backtesting
from backtesting.lib import FractionalBacktest

from adapters.market_data.columns import Rows
from adapters.market_data.files import FileHistory
from adapters.market_data.sources import parse_source
from adapters.market_data.writing import write_bars
from benchmarks.workloads import INSTRUMENTS, POLICY, SYMBOL, crossings, walk
from bootstrap.lifecycle import execute
from bootstrap.plan import RunPlan
from bootstrap.policy_file import load_policy
from bootstrap.settings import load_settings
from domain.governance.policy import SizingMode
from domain.market.bars import BarColumns
from domain.shared.enums import RunMode
from tests.builders import D

pytestmark = pytest.mark.integration

REAL = (
    Path(__file__).parents[3]
    / "shared"
    / "data"
    / "klines"
    / "BTCUSDT-1m-20250504-20250624.parquet"
)
START_MS = 1_577_836_800_000
DEPOSIT = 1_000_000
STAKE_USD = 10_000
STEP = D("0.000001")
FEE, STOP, TARGET = 0.0004, 0.01, 0.02
IDEAL_VENUE = {
    "spread_fraction": 0.0,
    "slippage_volatility": 0.0,
    "slippage_impact": 0.0,
    "participation_max": 0.0,
    "liquidation_fee": 0,
}


class Trade(NamedTuple):
    """Times are the opening times of the bars, in UTC ms."""

    entry_ms: int
    exit_ms: int
    side: str
    entry: float
    exit: float
    quantity: float
    fees: float
    net: float


def test_a_random_walk_is_traded_as_an_independent_engine_trades_it(tmp_path: Path) -> None:
    columns = walk(np.random.default_rng(7), 30_000, 30_000.0)
    opens = START_MS + 60_000 * np.arange(30_000, dtype=np.int64)
    bars = BarColumns(SYMBOL, 60_000, opens, *columns)
    _assert_the_same(bars, (20, 50), tmp_path, trades_min=500, exits_min=0)
    # Slower means: more trades live long enough to meet their stops and targets.
    _assert_the_same(bars, (100, 400), tmp_path / "slower", trades_min=80, exits_min=5)


def test_a_recorded_market_is_traded_as_an_independent_engine_trades_it(tmp_path: Path) -> None:
    if not REAL.is_file():
        pytest.skip("the recorded market data is not beside this checkout")
    bars = FileHistory([parse_source(str(REAL))], None).load().bars[SYMBOL]
    _assert_the_same(bars, (100, 400), tmp_path, trades_min=100, exits_min=5)


def _assert_the_same(
    bars: BarColumns, means: tuple[int, int], folder: Path, *, trades_min: int, exits_min: int
) -> None:
    crossed = crossings(np.asarray(bars.close), *means)
    expected = _theirs(bars, crossed)
    found = _ours(bars, crossed, folder)
    assert len(expected) >= trades_min
    assert [t[:3] for t in found] == [t[:3] for t in expected]
    assert {t.side for t in found} == {"LONG", "SHORT"}
    moves = [abs(t.exit / t.entry - 1.0) for t in found]
    for level in (STOP, TARGET):
        assert sum(abs(move - level) < 1e-6 for move in moves) >= exits_min
    amounts, wanted = (np.array([t[3:] for t in trades]) for trades in (found, expected))
    np.testing.assert_allclose(amounts, wanted, rtol=0.0, atol=1e-6)


def _ours(bars: BarColumns, crossed: Any, folder: Path) -> list[Trade]:  # noqa: ANN401 - an array
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    opens = np.asarray(bars.open_time, np.int64)
    rows = Rows(opens, *(np.asarray(column, np.float64) for column in columns))
    history = write_bars(folder, SYMBOL, bars.interval_ms, rows)
    at = np.flatnonzero(crossed)
    table = {
        "time": opens[at] + bars.interval_ms,
        "symbol": np.full(len(at), SYMBOL),
        "action": np.where(crossed[at] > 0, "BUY", "SELL"),
        "confidence": np.full(len(at), 0.9),
    }
    pq.write_table(pa.table(table), folder / "signals.parquet")
    policy = load_policy(POLICY)
    changes = {
        "sizing": SizingMode.FIXED_USD,
        "fixed_usd": D(STAKE_USD),
        "stop_fraction": D(str(STOP)),
        "target_fraction": D(str(TARGET)),
    }
    fields = {name: getattr(policy, name) for name in policy.__dataclass_fields__}
    plan = RunPlan(
        policy=type(policy)(**(fields | changes)),
        sources=(str(history),),
        instruments=INSTRUMENTS,
        signals=folder / "signals.parquet",
        models=False,
        run_dir=folder / "run",
        trades_out=folder / "trades.csv",
        report=False,
    )
    account = {"deposit": DEPOSIT}
    settings = load_settings(RunMode.BACKTEST, {"account": account, "venue": IDEAL_VENUE})
    assert execute(settings, plan, lambda _what, _done, _total: None).audit_ok
    return _read(folder / "trades.csv", bars.interval_ms)


def _read(path: Path, interval_ms: int) -> list[Trade]:
    """Return the trades in *path*; a fill inside a bar counts as of the bar that it is in."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Trade(
                int(row["entry_time_ms"]) // interval_ms * interval_ms,
                int(row["exit_time_ms"]) // interval_ms * interval_ms,
                row["side"],
                float(row["entry_price"]),
                float(row["exit_price"]),
                float(row["quantity"]),
                float(row["fees"]),
                float(row["net_pnl"]),
            )
            for row in csv.DictReader(file)
        ]


def _theirs(bars: BarColumns, crossed: Any) -> list[Trade]:  # noqa: ANN401 - an array
    backtesting._tqdm = lambda rows, **_: rows  # no progress bar, and no fork warnings from it
    frame = pd.DataFrame(
        {
            "Open": bars.open,
            "High": bars.high,
            "Low": bars.low,
            "Close": bars.close,
            "Volume": bars.volume,
        },
        index=pd.to_datetime(np.asarray(bars.open_time), unit="ms"),
    )
    engine = FractionalBacktest(
        frame,
        _strategy(bars, crossed),
        fractional_unit=float(STEP),
        cash=DEPOSIT,
        commission=FEE,
        exclusive_orders=True,
        finalize_trades=False,
    )
    with warnings.catch_warnings():
        # What they warn of is their own use of pandas, and the last trade (see "The end").
        warnings.simplefilter("ignore")
        table = engine.run()["_trades"].sort_values("ExitBar", kind="stable")
    opens = np.asarray(bars.open_time)
    return [
        Trade(
            int(opens[row.EntryBar]),
            int(opens[row.ExitBar]),
            "LONG" if row.Size > 0 else "SHORT",
            row.EntryPrice,
            row.ExitPrice,
            abs(row.Size),
            row.Commission,
            row.PnL,
        )
        for row in table.itertuples()
    ]


def _strategy(bars: BarColumns, crossed: Any) -> type[Any]:  # noqa: ANN401 - an array
    """Return the crossover in their words. They count prices and sizes in steps."""
    opens, closes, step = np.asarray(bars.open), np.asarray(bars.close), float(STEP)

    class Cross(Strategy):  # type: ignore[misc]  # the library ships no types
        def init(self) -> None:
            self.way = self.I(lambda: crossed.astype(float))

        def next(self) -> None:
            at = len(self.data) - 1
            way = int(self.way[-1])
            if not way or at + 1 == len(opens):
                return
            fill = opens[at + 1]
            units = int((D(STAKE_USD) / Decimal(str(closes[at])) / STEP).to_integral(ROUND_DOWN))
            send = self.buy if way > 0 else self.sell
            send(
                size=units,
                sl=fill * (1.0 - way * STOP) * step,
                tp=fill * (1.0 + way * TARGET) * step,
            )

    return Cross
