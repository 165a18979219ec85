import numpy as np
import pytest

from adapters.bar_arrays import CODE
from adapters.features.analytics import BulkAnalyst, regime_interval_ms, slope, volume_ratio
from domain.governance.policy import Policy
from domain.market.bars import HOUR_MS, BarColumns
from domain.market.messages import DataFault, Regime
from tests.fakes.bars import INTERVAL_MS, START_MS, array, part, random_bars

pytestmark = pytest.mark.unit

POLICY = Policy(regime_interval_minutes=60, regime_confirm_bars=3)
HOUR_BARS = HOUR_MS // INTERVAL_MS
REGIMES = tuple(Regime)
ANALYST = BulkAnalyst()


def hours(*closes: float, width: float = 0.0, volume: float = 1.0) -> BarColumns:
    """Return bars of an hour each, which go straight from close to close."""
    close = np.array(closes)
    opened = np.append(close[:1], close[:-1])
    high, low = np.maximum(opened, close) + width, np.minimum(opened, close) - width
    times = START_MS + HOUR_MS * np.arange(len(close))
    return BarColumns("BTC", HOUR_MS, times, opened, high, low, close, np.full(len(close), volume))


def textbook_atr(bars: BarColumns) -> list[float]:
    """Return Wilder's ATR(14) as a book writes it, bar by bar."""
    ranges, smooth = [], []
    for row in range(len(bars.close)):
        before = bars.close[row - 1] if row else bars.close[0]
        ranges.append(max(bars.high[row], before) - min(bars.low[row], before))
        if row == 0:
            ranges[0] = bars.high[0] - bars.low[0]
        if row < 13:
            smooth.append(float("nan"))
        elif row == 13:
            smooth.append(sum(ranges) / 14)
        else:
            smooth.append((smooth[-1] * 13 + ranges[row]) / 14)
    return smooth


def test_atr_is_wilders() -> None:
    rng = np.random.default_rng(3)
    bars = hours(*(100 + rng.normal(0, 1, 80)).tolist(), width=0.5)
    expected = np.array(textbook_atr(bars)) / array(bars.close)
    found = array(ANALYST.study(bars, POLICY).atr_fraction)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("cut", [1, 13, 11, 340, 359, 360, 361, 500, 999, 1000])
def test_cutting_the_future_off_changes_no_bit(cut: int) -> None:
    bars = random_bars(5, 1_000)
    whole, short = ANALYST.study(bars, POLICY), ANALYST.study(part(bars, slice(cut)), POLICY)
    for full, cut_off in zip(whole, short, strict=True):
        np.testing.assert_array_equal(full[:cut], cut_off)


def test_a_bar_knows_the_hour_that_ends_with_it_and_none_later() -> None:
    bars = random_bars(6, 40 * HOUR_BARS)
    atr = ANALYST.study(bars, POLICY).atr_fraction
    first = 14 * HOUR_BARS - 1
    assert np.isnan(atr[:first]).all()
    assert np.isfinite(atr[first:]).all()
    for hour in range(14, 39):
        own = atr[hour * HOUR_BARS - 1 : (hour + 1) * HOUR_BARS - 1]
        assert len(set(own.tolist())) == 1


def test_it_is_warm_up_until_atr_and_regime_are_known() -> None:
    answer = ANALYST.study(random_bars(6, 40 * HOUR_BARS), POLICY)
    warm = np.flatnonzero(array(answer.fault) == 0)
    # ADX comes with hour 28, and three readings confirm.
    assert warm[0] == 30 * HOUR_BARS - 1
    assert (answer.fault[: warm[0]] == CODE[DataFault.WARM_UP]).all()
    assert REGIMES[answer.regime[warm[0]]] is not Regime.UNKNOWN
    assert len(warm) == 40 * HOUR_BARS - warm[0]


def test_a_steady_climb_is_an_uptrend_and_a_fall_a_downtrend() -> None:
    climb = [100.0 + step for step in range(60)]
    up, down = hours(*climb, width=0.1), hours(*reversed(climb), width=0.1)
    assert REGIMES[ANALYST.study(up, POLICY).regime[-1]] is Regime.TREND_UP
    assert REGIMES[ANALYST.study(down, POLICY).regime[-1]] is Regime.TREND_DOWN


def test_a_market_that_goes_nowhere_is_a_range() -> None:
    bars = hours(*[100.0, 101.0, 100.0, 99.0] * 20, width=0.2)
    assert REGIMES[ANALYST.study(bars, POLICY).regime[-1]] is Regime.RANGE


def test_a_market_that_does_not_move_at_all_is_a_range_of_no_volatility() -> None:
    answer = ANALYST.study(hours(*[100.0] * 60), POLICY)
    assert REGIMES[answer.regime[-1]] is Regime.RANGE
    assert answer.atr_fraction[-1] == 0


def test_violent_bars_are_high_volatility_before_they_are_confirmed() -> None:
    calm, wild = hours(*[100.0] * 60, width=0.2), hours(*[100.0] * 70, width=30.0)
    columns = [np.append(array(a), array(b)[60:]) for a, b in zip(calm[3:], wild[3:], strict=True)]
    bars = BarColumns("BTC", HOUR_MS, wild.open_time, *columns)
    regime = ANALYST.study(bars, POLICY).regime
    assert REGIMES[regime[59]] is Regime.RANGE
    assert REGIMES[regime[60]] is Regime.HIGH_VOLATILITY


def test_trade_that_dries_up_is_illiquid() -> None:
    bars = hours(*[100.0, 101.0, 100.0, 99.0] * 20, width=0.2, volume=100.0)
    volume = array(bars.volume)
    volume[-1] = 1.0
    assert (
        REGIMES[ANALYST.study(bars._replace(volume=volume), POLICY).regime[-1]] is Regime.ILLIQUID
    )


def test_a_gap_holds_entries_off_and_no_part_of_an_hour_counts() -> None:
    bars = random_bars(8, 60 * HOUR_BARS)
    at = 50 * HOUR_BARS + 3
    kept = np.delete(np.arange(60 * HOUR_BARS), [at, at + 1])
    holed = BarColumns("BTC", INTERVAL_MS, *(np.asarray(column)[kept] for column in bars[2:]))
    answer = ANALYST.study(holed, POLICY)
    assert (answer.fault[at : at + 3] == CODE[DataFault.GAP]).all()
    assert answer.fault[at + 3] == 0
    assert answer.atr_fraction[at] == answer.atr_fraction[51 * HOUR_BARS - 3]
    assert answer.atr_fraction[at] == ANALYST.study(bars, POLICY).atr_fraction[at]


def test_a_bar_that_cannot_be_used_moves_nothing() -> None:
    bars = random_bars(9, 50 * HOUR_BARS)
    close = array(bars.close)
    close[45 * HOUR_BARS] = np.nan
    answer = ANALYST.study(bars._replace(close=close), POLICY)
    assert answer.fault[45 * HOUR_BARS] == CODE[DataFault.NON_FINITE]
    assert np.isfinite(answer.atr_fraction[40 * HOUR_BARS :]).all()


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_a_short_history_is_all_warm_up(rows: int) -> None:
    answer = ANALYST.study(random_bars(1, 50), POLICY)
    short = ANALYST.study(part(random_bars(1, 50), slice(rows)), POLICY)
    assert (np.asarray(short.fault) == CODE[DataFault.WARM_UP]).all()
    assert len(short.regime) == len(short.atr_fraction) == rows
    assert (np.asarray(answer.regime) == REGIMES.index(Regime.UNKNOWN)).all()


@pytest.mark.parametrize(
    ("native_minutes", "wanted", "used"), [(1, 60, 60), (60, 60, 60), (120, 60, 120), (3, 5, 6)]
)
def test_the_regime_interval_is_whole_native_bars(
    native_minutes: int, wanted: int, used: int
) -> None:
    policy = Policy(regime_interval_minutes=wanted)
    assert regime_interval_ms(native_minutes * 60_000, policy) == used * 60_000


def test_the_slope_is_that_of_the_fitted_line() -> None:
    close = np.random.default_rng(4).uniform(90, 110, 30)
    expected = np.polyfit(np.arange(14), close[-14:], 1)[0] / close[-1]
    assert slope(close)[-1] == pytest.approx(expected)
    assert np.isnan(slope(close)[:13]).all()


def test_the_volume_ratio_is_to_the_median_of_the_last_25() -> None:
    volume = np.random.default_rng(4).uniform(1, 10, 40)
    assert volume_ratio(volume)[30] == volume[30] / np.median(volume[6:31])


def test_a_volume_over_no_median_is_none() -> None:
    volume = np.zeros(30)
    volume[-1] = 5.0
    assert volume_ratio(volume)[-1] == 0
