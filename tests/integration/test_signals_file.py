"""Signals from outside: what is read, what is refused, and where each lands."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from adapters.models.signals_file import SignalTimes, load_signals
from application.errors import BadInput
from tests.fakes.bars import INTERVAL_MS, START_MS, random_bars

pytestmark = pytest.mark.integration

CLOSE_MS = START_MS + INTERVAL_MS
HEADER = "time,symbol,action,confidence"
BTC = {"BTCUSDT": random_bars(1, 10)}


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "signals.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def problems(path: Path) -> Sequence[str]:
    with pytest.raises(BadInput) as caught:
        load_signals(path)
    return caught.value.problems


def test_a_signal_lands_on_the_bar_that_closes_at_its_time(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"{CLOSE_MS},BTCUSDT,BUY,0.7",
        f"{CLOSE_MS + 2 * INTERVAL_MS},BTCUSDT,SELL,0.6",
        f"{CLOSE_MS + 3 * INTERVAL_MS},BTCUSDT,HOLD,0.5",
        f"{CLOSE_MS + 9 * INTERVAL_MS},BTCUSDT,FLAT,1",
    )
    votes = load_signals(path).predict(BTC)["BTCUSDT"]

    assert np.asarray(votes.action).tolist() == [1, 0, -1, 0, 0, 0, 0, 0, 0, 2]
    assert [f"{value:.1f}" for value in votes.confidence] == (  # type: ignore[attr-defined]  # an array
        ["0.7", "nan", "0.6", "0.5", *["nan"] * 5, "1.0"]
    )
    assert votes.stop is None
    assert votes.target is None


def test_opening_times_are_taken_when_the_file_is_said_to_hold_them(tmp_path: Path) -> None:
    path = written(tmp_path, f"{START_MS},BTCUSDT,BUY,0.7")
    votes = load_signals(path, times=SignalTimes.OPEN).predict(BTC)["BTCUSDT"]

    assert votes.action[0] == 1


def test_stops_and_targets_are_absolute_prices_where_given(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"{CLOSE_MS},BTCUSDT,BUY,0.7,95.5,",
        f"{CLOSE_MS + INTERVAL_MS},BTCUSDT,SELL,0.7,110,90",
        header=f"{HEADER},stop,target",
    )
    votes = load_signals(path).predict(BTC)["BTCUSDT"]

    assert np.array_equal(np.asarray(votes.stop)[:3], [95.5, 110, np.nan], equal_nan=True)
    assert np.array_equal(np.asarray(votes.target)[:3], [np.nan, 90, np.nan], equal_nan=True)


def test_rows_may_come_in_any_order_and_of_several_symbols(tmp_path: Path) -> None:
    market = {name: random_bars(1, 10, name) for name in ("ETHUSDT", "BTCUSDT", "SOLUSDT")}
    path = written(
        tmp_path,
        f"{CLOSE_MS + INTERVAL_MS},ETHUSDT,SELL,0.7",
        f"{CLOSE_MS},BTCUSDT,BUY,0.7",
        f"{CLOSE_MS},ETHUSDT,BUY,0.7",
    )
    votes = load_signals(path).predict(market)
    found = {symbol: np.asarray(vote.action).tolist()[:2] for symbol, vote in votes.items()}

    assert found == {"ETHUSDT": [1, -1], "BTCUSDT": [1, 0], "SOLUSDT": [0, 0]}


@pytest.mark.parametrize(
    "time",
    ["2020-01-01T00:05:00Z", "2020-01-01 00:05:00Z", "2020-01-01T02:05:00+02:00", f"{CLOSE_MS}"],
)
def test_times_may_be_milliseconds_or_iso_with_a_zone(tmp_path: Path, time: str) -> None:
    path = written(tmp_path, f"{time},BTCUSDT,BUY,0.7")

    assert load_signals(path).predict(BTC)["BTCUSDT"].action[0] == 1


@pytest.mark.parametrize(
    "times",
    [
        pa.array([CLOSE_MS]),
        pa.array([float(CLOSE_MS)]),
        pa.array([str(CLOSE_MS)]),
        pa.array([CLOSE_MS], pa.timestamp("ms", "UTC")),
        pa.array([CLOSE_MS * 1_000_000], pa.timestamp("ns", "Europe/Berlin")),
    ],
    ids=str,
)
def test_a_parquet_file_may_hold_times_of_any_type_with_a_zone(tmp_path: Path, times: Any) -> None:  # noqa: ANN401 - pyarrow ships no types
    path = tmp_path / "signals.parquet"
    symbols = pa.array(["BTCUSDT"]).dictionary_encode()
    columns = {"time": times, "symbol": symbols, "action": ["BUY"], "confidence": [0.7]}
    parquet.write_table(pa.table(columns), path)

    assert load_signals(path).predict(BTC)["BTCUSDT"].action[0] == 1


def test_naive_times_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "signals.parquet"
    times = pa.array([CLOSE_MS], pa.timestamp("ms"))
    columns = {"time": times, "symbol": ["BTCUSDT"], "action": ["BUY"], "confidence": [0.7]}
    parquet.write_table(pa.table(columns), path)

    assert "no zone" in problems(path)[0]
    assert (
        "row 1: time cannot be read"
        in problems(written(tmp_path, "2020-01-01T00:05:00,BTCUSDT,BUY,0.7"))[0]
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("x,BTCUSDT,BUY,0.7", "row 2: time cannot be read"),
        (f"{CLOSE_MS // 1000},BTCUSDT,BUY,0.7", "row 2: time is not in milliseconds"),
        (f"{CLOSE_MS},BTC/USDT,BUY,0.7", "row 2: unknown symbol 'BTC/USDT'"),
        (f"{CLOSE_MS},BTCUSDT,LONG,0.7", "row 2: unknown action 'LONG'; write BUY, SELL"),
        (f"{CLOSE_MS},BTCUSDT,BUY,", "row 2: confidence is not within [0, 1]"),
        (f"{CLOSE_MS},BTCUSDT,BUY,nan", "row 2: confidence is not within [0, 1]"),
        (f"{CLOSE_MS},BTCUSDT,BUY,70", "row 2: confidence is not within [0, 1]"),
        (f"{CLOSE_MS},BTCUSDT,BUY,much", "row 2: confidence is not a number"),
        (f"{CLOSE_MS},BTCUSDT,BUY,0.7,-1", "row 2: stop is not a price"),
        (f"{CLOSE_MS},BTCUSDT,BUY,0.7,100,90", "row 2: stop and target are on the wrong sides"),
        (f"{CLOSE_MS},BTCUSDT,SELL,0.7,90,100", "row 2: stop and target are on the wrong sides"),
        (f"{START_MS},BTCUSDT,SELL,0.7", "row 2: same time and symbol as an earlier row"),
    ],
)
def test_every_fault_is_told_with_its_row(tmp_path: Path, row: str, told: str) -> None:
    padded = row + "," * (5 - row.count(","))
    good = f"{START_MS},BTCUSDT,BUY,0.7,,"
    found = problems(written(tmp_path, good, padded, header=f"{HEADER},stop,target"))

    assert any(told in problem for problem in found)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path, "x,BTCUSDT,BUY,0.7", f"{CLOSE_MS},?,BUY,0.7", f"{CLOSE_MS},BTCUSDT,UP,7"
    )

    assert len(problems(path)) == 4


def test_many_rows_of_one_fault_are_counted_not_listed(tmp_path: Path) -> None:
    rows = [f"{CLOSE_MS + row * INTERVAL_MS},BTCUSDT,BUY,7" for row in range(100)]

    assert "rows 1, 2, 3, 4, 5 and 95 more" in problems(written(tmp_path, *rows))[0]


def test_missing_columns_are_all_named(tmp_path: Path) -> None:
    found = problems(written(tmp_path, f"{CLOSE_MS},BTCUSDT", header="time,symbol"))

    assert [problem.split("'")[1] for problem in found] == ["action", "confidence"]


def test_what_is_no_signal_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "text.parquet").write_text("time")
    (tmp_path / "signals.xlsx").touch()
    parquet.write_table(pa.table({"time": [[1]], "symbol": ["A"]}), tmp_path / "nested.parquet")

    assert "holds no signal" in problems(written(tmp_path))[0]
    for name in ("empty.csv", "text.parquet", "signals.xlsx", "nested.parquet", "absent.csv"):
        assert name in problems(tmp_path / name)[0]


def test_signals_between_two_bars_are_listed_when_laid_onto_them(tmp_path: Path) -> None:
    path = written(tmp_path, f"{CLOSE_MS + 1},BTCUSDT,BUY,0.7", f"{CLOSE_MS},BTCUSDT,BUY,0.7")

    with pytest.raises(BadInput, match=rf"BTCUSDT has no bar that closes at {CLOSE_MS + 1} \(ms\)"):
        load_signals(path).predict(BTC)


def test_signals_outside_the_history_are_left_out_and_counted(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"{START_MS - INTERVAL_MS},BTCUSDT,BUY,0.7",
        f"{CLOSE_MS},BTCUSDT,BUY,0.7",
        f"{CLOSE_MS + 10 * INTERVAL_MS},BTCUSDT,BUY,0.7",
        f"{CLOSE_MS},ETHUSDT,BUY,0.7",
    )
    signals = load_signals(path)

    assert signals.coverage(BTC) == (1, 2, 1)
    assert np.isfinite(np.asarray(signals.predict(BTC)["BTCUSDT"].confidence)).sum() == 1
    assert len(signals.predict({"BTCUSDT": random_bars(1, 0)})["BTCUSDT"].action) == 0


def test_the_version_is_that_of_the_content(tmp_path: Path) -> None:
    once = load_signals(written(tmp_path, f"{CLOSE_MS},BTCUSDT,BUY,0.7"))
    again = load_signals(written(tmp_path, f"{CLOSE_MS},BTCUSDT,BUY,0.7"), name="mine")
    other = load_signals(written(tmp_path, f"{CLOSE_MS},BTCUSDT,BUY,0.8"))

    assert once.version == again.version != other.version
    assert (once.name, again.name, once.fallback) == ("signals", "mine", False)


def test_many_signals_are_laid_onto_a_million_bars_in_a_moment(tmp_path: Path) -> None:
    count, bars = 22_000, 1_000_000
    opens = START_MS + INTERVAL_MS * np.arange(bars)
    flat = np.ones(bars)
    market = {"BTCUSDT": random_bars(1, 0)._replace(open_time=opens, close=flat)}
    rows = np.sort(np.random.default_rng(1).choice(bars, count, replace=False))
    path = tmp_path / "signals.parquet"
    columns = {
        "time": opens[rows] + INTERVAL_MS,
        "symbol": ["BTCUSDT"] * count,
        "action": ["BUY", "SELL"] * (count // 2),
        "confidence": np.full(count, 0.6),
    }
    parquet.write_table(pa.table(columns), path)
    signals = load_signals(path)
    begun = perf_counter()
    votes = signals.predict(market)["BTCUSDT"]

    # A tenth of this on a quiet machine; the bound only has to catch a loop over rows.
    assert perf_counter() - begun < 0.25
    assert np.flatnonzero(np.asarray(votes.action)).tolist() == rows.tolist()
