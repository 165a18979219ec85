import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from adapters.features.risk_measures import (
    CARRIED_MAX,
    PRIOR_HOURS,
    SAMPLES_MIN,
    SCENARIO_HOURS,
    SCENARIOS_MIN,
    WINDOW_HOURS,
    HourlyRisk,
    shrunk,
)
from application.ports.analyst import RiskSurvey
from domain.market.bars import DAY_MS, HOUR_MS, MINUTE_MS, BarColumns
from domain.market.messages import Measures
from tests.fakes.bars import part

pytestmark = pytest.mark.unit

START_MS = 19_000 * DAY_MS
Floats = NDArray[np.float64]


def bars_of(
    symbol: str, closes: list[float] | Floats, interval_ms: int = HOUR_MS, late: int = 0
) -> BarColumns:
    """Return bars with *closes*; the first opens *late* intervals after the start."""
    close = np.array(closes, np.float64)
    times = START_MS + (late + np.arange(len(close), dtype=np.int64)) * interval_ms
    return BarColumns(symbol, interval_ms, times, close, close, close, close, np.ones(len(close)))


def walk(seed: int, rows: int, sigma: float = 0.01) -> Floats:
    """Return log returns."""
    return np.random.default_rng(seed).normal(0, sigma, rows)


def priced(returns: Floats) -> Floats:
    """Return the closes that *returns* lead to."""
    return 100 * np.exp(np.cumsum(returns))


def survey(*bars: BarColumns) -> RiskSurvey:
    """Return the survey of *bars*."""
    return HourlyRisk().survey({each.symbol: each for each in bars})


def after(hours: int) -> int:
    """Return the time so many hours after the start."""
    return START_MS + hours * HOUR_MS


def test_scenarios_are_the_simple_returns_of_the_last_240_hours() -> None:
    closes = priced(walk(1, 300))
    ((symbol, scenario),) = survey(bars_of("A", closes)).measures(after(300)).scenarios
    assert symbol == "A"
    assert len(scenario) == SCENARIO_HOURS
    np.testing.assert_allclose(scenario, (closes[1:] / closes[:-1] - 1)[-240:], rtol=1e-9)


def test_an_hour_that_is_not_over_does_not_count() -> None:
    found = survey(bars_of("A", priced(walk(1, 300 * 60, 0.001)), MINUTE_MS))
    whole = found.measures(after(250))
    assert found.measures(after(251) - 1) == whole._replace(at_ms=after(251) - 1)
    assert found.measures(after(251)).scenarios != whole.scenarios


def test_minutes_make_the_same_hours_as_hours_do() -> None:
    minutes = priced(walk(2, 400 * 60, 0.001))
    fine = survey(bars_of("A", minutes, MINUTE_MS), bars_of("B", minutes[::-1], MINUTE_MS))
    coarse = survey(bars_of("A", minutes[59::60]), bars_of("B", minutes[::-1][59::60]))
    assert fine.measures(after(400)) == coarse.measures(after(400))


def test_a_few_missing_hours_count_as_no_move_and_their_move_comes_after() -> None:
    closes = priced(walk(3, 300))
    kept = np.array([row for row in range(300) if not 280 <= row < 280 + CARRIED_MAX])
    bars = part(bars_of("A", closes), kept)  # type: ignore[arg-type] # an array of rows will do
    ((_, scenario),) = survey(bars).measures(after(300)).scenarios
    at = SCENARIO_HOURS - 20
    assert scenario[at : at + CARRIED_MAX] == (0.0,) * CARRIED_MAX
    assert scenario[at + CARRIED_MAX] == pytest.approx(closes[292] / closes[279] - 1)
    assert scenario[at + CARRIED_MAX + 1] == pytest.approx(closes[293] / closes[292] - 1)


def test_a_mark_is_not_carried_over_more_hours_than_may_be_missing() -> None:
    closes = np.append(np.full(300, 100.0), np.full(SCENARIO_HOURS, 500.0))
    late = bars_of("A", closes)
    times = np.array(late.open_time)
    times[300:] += (CARRIED_MAX + 1) * HOUR_MS
    end = after(300 + SCENARIO_HOURS + CARRIED_MAX + 1)
    ((_, scenario),) = survey(late._replace(open_time=times)).measures(end).scenarios
    assert set(scenario) == {0.0}


def test_one_missing_hour_too_many_and_there_are_no_scenarios() -> None:
    found = survey(bars_of("A", priced(walk(3, 300))), bars_of("B", priced(walk(4, 240)), late=60))
    # The first bar has no mark before it, so its hour has no return.
    known = {hours: dict(found.measures(after(hours)).scenarios).keys() for hours in (288, 289)}
    assert known == {288: {"A"}, 289: {"A", "B"}}


def test_an_hour_whose_last_bar_cannot_be_has_no_return() -> None:
    closes = priced(walk(5, 300))
    wrong = closes.copy()
    wrong[290] = 0.0
    ((_, scenario),) = survey(bars_of("A", wrong)).measures(after(300)).scenarios
    assert scenario[-10] == 0.0
    assert scenario[-9] == pytest.approx(closes[291] / closes[289] - 1)


@pytest.mark.parametrize("hours", [4, 24])
def test_scenarios_of_coarser_bars_are_scaled_to_an_hour(hours: int) -> None:
    closes = priced(walk(6, 800))
    found = survey(bars_of("A", closes, hours * HOUR_MS))
    ((_, scenario),) = found.measures(START_MS + 800 * hours * HOUR_MS).scenarios
    expected = (closes[1:] / closes[:-1] - 1)[-240:] / hours**0.5
    np.testing.assert_allclose(scenario, expected, rtol=1e-9)


def test_two_that_move_as_one_correlate_fully_and_opposites_fully_against() -> None:
    moves = walk(7, 800)
    same = survey(bars_of("A", priced(moves)), bars_of("B", priced(2 * moves)))
    against = survey(bars_of("A", priced(moves)), bars_of("B", priced(-moves)))
    assert same.measures(after(800)).correlations == (("A", "B", 1.0),)
    assert against.measures(after(800)).correlations == (("A", "B", -1.0),)


def test_correlations_are_pearsons_drawn_towards_their_mean() -> None:
    rng = np.random.default_rng(8)
    market = rng.normal(0, 0.01, 900)
    moves = {
        s: w * market + rng.normal(0, 0.01, 900) for s, w in zip("ABC", (2, 1, 0), strict=True)
    }
    found = survey(*(bars_of(s, priced(own)) for s, own in moves.items())).measures(after(900))
    plain = np.corrcoef([own[-WINDOW_HOURS:] for own in moves.values()])
    known = np.array([plain[0, 1], plain[0, 2], plain[1, 2]])
    share = WINDOW_HOURS / (WINDOW_HOURS + PRIOR_HOURS)
    expected = share * known + (1 - share) * known.mean()
    assert [pair[:2] for pair in found.correlations] == [("A", "B"), ("A", "C"), ("B", "C")]
    np.testing.assert_allclose([pair[2] for pair in found.correlations], expected, atol=1e-6)


def test_fewer_hours_are_drawn_further() -> None:
    few, many = shrunk(np.array([0.9, 0.1]), np.array([100.0, 700.0])).tolist()
    assert few == pytest.approx((100 * 0.9 + PRIOR_HOURS * 0.5) / (100 + PRIOR_HOURS), abs=1e-6)
    assert many == pytest.approx((700 * 0.1 + PRIOR_HOURS * 0.5) / (700 + PRIOR_HOURS), abs=1e-6)


def test_a_pair_with_too_few_common_hours_is_unknown() -> None:
    rows = SAMPLES_MIN + 1
    found = survey(
        bars_of("A", priced(walk(9, 300))), bars_of("B", priced(walk(10, rows)), late=99)
    )
    assert found.measures(after(99 + rows - 1)).correlations == ()
    assert len(found.measures(after(99 + rows)).correlations) == 1


def test_what_does_not_move_correlates_with_nothing() -> None:
    flat = bars_of("A", np.full(300, 100.0))
    found = survey(flat, bars_of("B", priced(walk(11, 300)))).measures(after(300))
    assert found.correlations == ()
    assert dict(found.betas)["A"] == 0.0
    assert survey(flat).measures(after(300)).betas == ()


def test_betas_are_to_the_mean_of_all() -> None:
    moves = {"A": walk(12, 900), "B": walk(13, 900), "C": walk(14, 900)}
    found = survey(*(bars_of(s, priced(own)) for s, own in moves.items())).measures(after(900))
    recent = np.array([own[-WINDOW_HOURS:] for own in moves.values()])
    market = recent.mean(axis=0)
    expected = [np.cov(own, market, bias=True)[0, 1] / market.var() for own in recent]
    assert [symbol for symbol, _ in found.betas] == ["A", "B", "C"]
    np.testing.assert_allclose([beta for _, beta in found.betas], expected, atol=1e-6)
    assert sum(beta for _, beta in found.betas) == pytest.approx(3, abs=1e-5)


def test_a_market_of_one_is_its_own_measure() -> None:
    assert survey(bars_of("A", priced(walk(15, 300)))).measures(after(300)).betas == (("A", 1.0),)


def test_it_is_ready_when_betas_are_known_and_when_scenarios_are() -> None:
    found = survey(
        bars_of("A", priced(walk(16, 800))), bars_of("B", priced(walk(17, 500)), late=300)
    )
    # The hour of the first bar has no return.
    own = [after(SAMPLES_MIN + 1), after(SCENARIOS_MIN + 1)]
    assert found.ready_ms == [*own, *(at_ms + 300 * HOUR_MS for at_ms in own)]
    assert found.measures(own[0] - 1) == Measures(own[0] - 1, (), (), ())
    assert found.measures(own[0]).betas
    assert not found.measures(own[1] - 1).scenarios
    assert found.measures(own[1]).scenarios


def test_no_bars_have_no_measures() -> None:
    for nothing in (survey(), survey(bars_of("A", []))):
        assert nothing.ready_ms == []
        assert nothing.measures(START_MS) == Measures(START_MS, (), (), ())
    assert survey(bars_of("A", [1.0])).measures(after(1)) == Measures(after(1), (), (), ())


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(2, 24 * 40))
def test_cutting_the_future_off_changes_no_bit(seed: int, hours: int) -> None:
    rng = np.random.default_rng(seed)
    bars = []
    for symbol in "ABCD":
        whole = bars_of(symbol, priced(rng.normal(0, 0.01, 4 * 24 * 41)), 15 * MINUTE_MS)
        kept = np.flatnonzero(rng.random(len(whole.close)) > rng.choice([0.0, 0.05, 0.7]))
        bars.append(part(whole, kept))  # type: ignore[arg-type] # an array of rows will do
    cut = []
    for each in bars:
        seen = int((np.asarray(each.open_time) + each.interval_ms <= after(hours)).sum())
        cut.append(part(each, slice(seen)))
    full, short = survey(*bars), survey(*cut)
    assert short.measures(after(hours)) == full.measures(after(hours))
    assert [at for at in full.ready_ms if at <= after(hours)] == short.ready_ms
