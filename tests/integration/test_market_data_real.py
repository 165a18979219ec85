"""Real history: loaded, inspected, aligned and studied as a back-test will."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from adapters.features.analytics import BulkAnalyst
from adapters.market_data.files import FileHistory
from adapters.market_data.funding import load_funding
from adapters.market_data.grid import Grid
from adapters.market_data.importing import bar_files, check
from adapters.market_data.instruments import instruments_for
from adapters.market_data.report import Flaw
from adapters.market_data.resample import resample
from adapters.market_data.sources import parse_source
from application.errors import BadInput
from domain.governance.policy import Policy
from domain.market.bars import HOUR_MS, MINUTE_MS, BarColumns
from domain.market.messages import DataFault, Regime
from tests.fakes.bars import array, part

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not DATA.is_dir(), reason="the shared market data is not there"),
]


def klines(name: str) -> str:
    return str(DATA / "klines" / f"{name}.parquet")


def loaded(*names: str, interval_ms: int | None = None) -> dict[str, BarColumns]:
    sources = [parse_source(klines(name)) for name in names]
    return dict(FileHistory(sources, None, interval_ms).load().bars)


def test_every_file_of_bars_is_fit_and_as_its_read_me_says() -> None:
    found = list(check(list(bar_files(DATA / "klines"))))
    assert len(found) >= 40
    assert [each.problems for each in found if each.problems] == []
    reports = [each.report for each in found if each.report]
    assert all(not report.gaps for report in reports)
    rows = {Path(report.path).stem: report.rows for report in reports}
    assert rows["BTCUSDT-5m-20230101-20240514"] == 143_900
    near = next(r for r in reports if r.symbol == "NEARUSDT")
    idle = next(f for f in near.findings if f.flaw is Flaw.ZERO_VOLUME)
    assert idle.occurrences == 271


def test_mark_prices_have_no_volume_and_are_refused_by_that_name() -> None:
    with pytest.raises(BadInput, match="no column 'volume'"):
        FileHistory(
            [parse_source(str(DATA / "mark" / "BTCUSDT-8h-mark-20200701-20250126.parquet"))], None
        ).load()


def test_two_segments_of_a_symbol_are_one_history_with_a_gap_that_is_told() -> None:
    names = ("BTCUSDT-5m-20250227-20250630", "BTCUSDT-5m-20241231-20250126")
    sources = [parse_source(klines(name)) for name in names]
    history, reports = FileHistory(sources, None).load_with_reports()
    assert len(history.bars["BTCUSDT"].close) == 7_776 + 35_712
    assert sum(len(report.gaps) for report in reports) == 1


def test_minutes_come_to_the_same_hours_as_another_source_has() -> None:
    fine = loaded("LTCUSDT-1m-20250504-20250624", interval_ms=HOUR_MS)["LTCUSDT"]
    assert len(fine.close) == (73_140 - 25 - 35) // 60
    bars15 = loaded("BTCUSDT-15m-20220101-20250126")["BTCUSDT"]
    hours = loaded("BTCUSDT-1h-20200701-20250126")["BTCUSDT"]
    made = resample(bars15, HOUR_MS)
    rows = np.searchsorted(array(hours.open_time), array(made.open_time))
    same = array(made.close) == array(hours.close)[rows]
    # The exchange revised a few bars afterwards.
    assert same.mean() > 0.999


def test_symbols_of_one_period_share_a_grid_and_others_are_absent() -> None:
    bars = loaded("BTCUSDT-5m-20230101-20240514", "ETHUSDT-5m-20230101-20240514")
    grid = Grid(bars)
    assert len(grid) == 143_901
    assert not grid.present[0][-1]
    assert grid.present[1].all()
    apart = loaded("BTCUSDT-5m-20241231-20250126", "ETHUSDT-5m-20250227-20250630")
    assert not (Grid(apart).present[0] & Grid(apart).present[1]).any()


def test_funding_is_every_eight_hours_but_for_the_holes_of_the_file() -> None:
    rates = load_funding(DATA / "funding" / "funding.parquet", {"BTCUSDT"})
    assert len(rates) == 5_385
    steps = [later.at_ms - earlier.at_ms for earlier, later in pairwise(rates)]
    assert sum(step != 8 * HOUR_MS for step in steps) == 1
    assert all(rate.at_ms % HOUR_MS == 0 for rate in rates)


def test_filters_of_known_symbols_fit_what_was_traded() -> None:
    names = ("BTCUSDT-5m-20250227-20250630", "ETHUSDT-5m-20250227-20250630")
    more = ("DOGEUSDT-5m-20250227-20250630", "BNBUSDT-5m-20250227-20250630")
    found = instruments_for(loaded(*names, *more))
    ticks = {symbol: str(own.tick) for symbol, own in found.items()}
    steps = {symbol: str(own.step) for symbol, own in found.items()}
    assert ticks == {
        "BTCUSDT": "0.1",
        "ETHUSDT": "0.01",
        "DOGEUSDT": "0.00001",
        "BNBUSDT": "0.01",
    }
    assert steps == {"BTCUSDT": "0.001", "ETHUSDT": "0.001", "DOGEUSDT": "1", "BNBUSDT": "0.01"}


def test_a_tick_that_was_finer_once_is_found() -> None:
    bars = loaded("BTCUSDT-1h-20200701-20250126")
    assert str(instruments_for(bars)["BTCUSDT"].tick) == "0.01"


def test_the_crash_of_2022_is_seen_as_high_volatility_and_its_worst_bar_as_a_jump() -> None:
    bars = loaded("SOLUSDT-15m-20220101-20250114")["SOLUSDT"]
    answer = BulkAnalyst().study(bars, Policy(jump_max=0.15))
    day = (array(bars.open_time) >= 1_667_952_000_000) & (array(bars.open_time) < 1_668_038_400_000)
    regimes = {tuple(Regime)[code] for code in np.asarray(answer.regime)[day].tolist()}
    assert Regime.HIGH_VOLATILITY in regimes
    jumps = np.asarray(answer.fault) == 1 + tuple(DataFault).index(DataFault.JUMP)
    assert 0 < jumps.sum() < 10


@pytest.mark.parametrize("cut", [5_000, 70_001, 100_003])
def test_the_future_changes_nothing_in_real_analytics(cut: int) -> None:
    bars = loaded("BTCUSDT-15m-20220101-20250126")["BTCUSDT"]
    whole = BulkAnalyst().study(bars, Policy())
    short = BulkAnalyst().study(part(bars, slice(cut)), Policy())
    for full, cut_off in zip(whole, short, strict=True):
        np.testing.assert_array_equal(full[:cut], cut_off)


def test_an_outage_is_stale() -> None:
    bars = loaded("BTCUSDT-5m-20230101-20240514")["BTCUSDT"]
    fault = np.asarray(BulkAnalyst().study(bars, Policy(stale_minutes=5)).fault)
    stale = fault == 1 + tuple(DataFault).index(DataFault.STALE)
    np.testing.assert_array_equal(stale, array(bars.volume) == 0)
    assert bars.interval_ms == 5 * MINUTE_MS
