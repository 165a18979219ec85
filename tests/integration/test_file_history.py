"""A history of several files: joined, aggregated, and refused with every fault at once."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from adapters.market_data.files import FileHistory
from adapters.market_data.sources import Source, parse_source
from application.errors import BadInput
from domain.market.bars import HOUR_MS, MINUTE_MS
from tests.fakes.bars import random_bars
from tests.fakes.kline_files import FIELDS, START_MS, lines, refused, written

pytestmark = pytest.mark.integration


def test_no_file_at_all_is_refused() -> None:
    assert "--data FILE" in refused()[0]


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    one = written(tmp_path, [*lines(5), *lines(5)])
    other = written(tmp_path, ["nothing"], "ETHUSDT-1m-x.csv")
    told = refused(one, other)
    assert len(told) == 3
    assert sum(str(one) in problem for problem in told) == 2


def test_files_that_follow_each_other_are_one_history(tmp_path: Path) -> None:
    late = written(tmp_path, lines(7, first=13), "BTCUSDT-1m-b.csv")
    early = written(tmp_path, lines(10), "BTCUSDT-1m-a.csv")
    sources = [parse_source(str(path)) for path in (late, early)]
    history, reports = FileHistory(sources, None).load_with_reports()
    opens = np.asarray(history.bars["BTCUSDT"].open_time)
    assert ((opens - START_MS) // MINUTE_MS).tolist() == [*range(10), *range(13, 20)]
    assert [gap.missing for report in reports for gap in report.gaps] == [3]


def test_finer_bars_are_brought_to_the_longest_interval(tmp_path: Path) -> None:
    minutes = written(tmp_path, lines(120))
    hours = tmp_path / "ETHUSDT-1h-x.csv"
    hours.write_text("\n".join(lines(1)) + "\n")
    sources = [parse_source(str(path)) for path in (minutes, hours)]
    history = FileHistory(sources, None).load()
    assert {bars.interval_ms for bars in history.bars.values()} == {HOUR_MS}
    assert len(history.bars["BTCUSDT"].close) == 2


def test_an_hour_may_lie_across_two_files(tmp_path: Path) -> None:
    early = written(tmp_path, lines(30), "BTCUSDT-1m-a.csv")
    late = written(tmp_path, lines(30, first=30), "BTCUSDT-1m-b.csv")
    sources = [parse_source(str(path)) for path in (early, late)]
    assert len(FileHistory(sources, None, HOUR_MS).load().bars["BTCUSDT"].close) == 1


def test_too_short_a_history_and_a_finer_target_are_refused(tmp_path: Path) -> None:
    source = parse_source(str(written(tmp_path, lines(5))))
    with pytest.raises(BadInput, match="too short for one bar of 1h"):
        FileHistory([source], None, HOUR_MS).load()
    hourly = Source(source.path, "BTCUSDT", HOUR_MS)
    with pytest.raises(BadInput):
        FileHistory([hourly], None, MINUTE_MS).load()


def test_a_random_history_comes_back_bit_for_bit(tmp_path: Path) -> None:
    bars = random_bars(3, 5_000)
    table = pa.table(dict(zip(FIELDS, (np.asarray(column) for column in bars[2:]), strict=True)))
    path = tmp_path / "BTCUSDT-5m-x.parquet"
    parquet.write_table(table, path)
    loaded = FileHistory([parse_source(str(path))], None).load().bars["BTCUSDT"]
    for one, other in zip(bars[2:], loaded[2:], strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_faults_of_bars_joins_and_funding_are_told_together(tmp_path: Path) -> None:
    early = written(tmp_path, lines(10), "BTCUSDT-1m-a.csv")
    late = written(tmp_path, lines(10, first=8), "BTCUSDT-1m-b.csv")
    bad = written(tmp_path, [*lines(3), *lines(1)], "ETHUSDT-1m-c.csv")
    sources = [parse_source(str(path)) for path in (early, late, bad)]
    with pytest.raises(BadInput) as caught:
        FileHistory(sources, tmp_path / "funding.parquet").load()
    told = caught.value.problems
    assert len(told) == 4
    assert "ETHUSDT" in told[0]
    assert "before" in told[2]
    assert "funding" in told[3]
