from statistics import NormalDist

import numpy as np
import pytest

from adapters.evaluation.statistics import (
    deflated_sharpe,
    expected_best,
    overfitting_probability,
    reliability,
    sharpe,
    sharpe_interval,
)

pytestmark = pytest.mark.unit


def noise(seed: int, *shape: int, drift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(drift, 0.01, shape)


def test_the_sharpe_is_the_mean_over_the_deviation_times_the_root_of_a_year() -> None:
    returns = np.array([0.01, -0.01, 0.02, 0.0])

    assert sharpe(returns) == pytest.approx(0.005 / returns.std(ddof=1) * 365**0.5)
    assert sharpe(np.zeros(5)) == 0
    assert np.isnan(sharpe(np.zeros(1)))


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    drift = 0.0005
    truth = drift / 0.01 * 365**0.5
    held = [
        interval.low <= truth <= interval.high
        for seed in range(60)
        for interval in [sharpe_interval(noise(seed, 400, drift=drift), draws=300)]
    ]

    assert 0.85 <= np.mean(held) <= 1.0


def test_the_interval_is_the_same_every_time() -> None:
    assert sharpe_interval(noise(1, 300)) == sharpe_interval(noise(1, 300))


def test_the_best_of_more_trials_is_expected_to_look_better() -> None:
    few, many = noise(1, 5) * 100, noise(1, 500) * 100

    assert expected_best(many) > expected_best(few) > 0
    assert expected_best(np.array([1.0])) == 0


def test_the_expected_best_is_that_of_a_simulation() -> None:
    simulated = noise(2, 4_000, 20).max(axis=1).mean()
    spread = noise(3, 20)

    assert expected_best(spread / spread.std(ddof=1) * 0.01) == pytest.approx(simulated, rel=0.05)


def test_the_published_example_of_the_deflated_sharpe_comes_out() -> None:
    # Bailey & Lopez de Prado 2014, section 5: SR 2.5 a year, T = 1250 days of 250 a year,
    # skew -3, kurtosis 10, 100 trials whose variance is 1/2 a year: DSR = 0.9004.
    luck = expected_best(np.array([0.0]))
    assert luck == 0
    normal = (0.5 / 250) ** 0.5
    n = NormalDist()
    best = normal * (
        (1 - 0.5772156649) * n.inv_cdf(1 - 1 / 100) + 0.5772156649 * n.inv_cdf(1 - 1 / (100 * np.e))
    )
    per_day = 2.5 / 250**0.5
    doubt = 1 + 3 * per_day + 9 / 4 * per_day**2
    assert n.cdf((per_day - best) * 1249**0.5 / doubt**0.5) == pytest.approx(0.9004, abs=2e-3)


def test_many_trials_deflate_what_one_would_prove() -> None:
    returns = noise(4, 1_000, drift=0.0008)

    alone = deflated_sharpe(returns, np.array([sharpe(returns)]))
    picked = deflated_sharpe(returns, np.array([sharpe(noise(s, 1_000)) for s in range(100)]))
    assert alone > 0.9
    assert picked < alone


def test_luck_is_found_over_fitted_and_merit_is_not() -> None:
    lucky = [overfitting_probability(noise(seed, 500, 20)) for seed in range(20)]
    able = noise(1, 500, 20)
    able[:, 3] += 0.004

    assert 0.3 < np.mean(lucky) < 0.7
    assert overfitting_probability(able) == 0
    assert np.isnan(overfitting_probability(noise(1, 500, 1)))
    assert np.isnan(overfitting_probability(noise(1, 10, 5)))


def test_honest_probabilities_have_no_calibration_error_and_boasts_have() -> None:
    rng = np.random.default_rng(1)
    chance = rng.uniform(0.3, 0.7, 50_000)
    true = rng.random(50_000) < chance
    honest, boasting = reliability(chance, true), reliability(np.clip(chance + 0.2, 0, 1), true)

    assert honest.ece < 0.01
    assert boasting.ece == pytest.approx(0.2, abs=0.01)
    assert honest.brier < boasting.brier
    assert sum(one.answers for one in honest.curve) == 50_000
    assert np.isnan(reliability(np.array([]), np.array([], np.bool_)).brier)
