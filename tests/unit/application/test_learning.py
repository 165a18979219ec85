from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.errors import BadInput
from application.learning import WalkForwardPlan, study, training_set, walk_forward
from domain.market.bars import BarColumns
from tests.fakes.bars import INTERVAL_MS, START_MS, part, random_bars
from tests.fakes.learning import FakeFeatures, FakeTrainer

pytestmark = pytest.mark.unit

PLAN = WalkForwardPlan(
    train_bars_min=100, refit_bars=50, train_bars_max=120, horizon=8, embargo=3, stride=2
)


def market(*symbols: str, rows: int = 320) -> dict[str, BarColumns]:
    return {symbol: random_bars(1, rows, symbol) for symbol in symbols}


def column(values: Any) -> np.ndarray[Any, Any]:  # noqa: ANN401 - a column of the port
    return np.asarray(values)


@settings(max_examples=40)
@given(
    minimum=st.integers(40, 150),
    refit=st.integers(1, 90),
    maximum=st.one_of(st.none(), st.integers(40, 200)),
    horizon=st.integers(1, 20),
    embargo=st.integers(0, 10),
)
def test_no_vote_knows_an_outcome_later_than_its_own_bar(
    minimum: int, refit: int, maximum: int | None, horizon: int, embargo: int
) -> None:
    plan = PLAN._replace(
        train_bars_min=minimum,
        refit_bars=refit,
        train_bars_max=maximum,
        horizon=horizon,
        embargo=embargo,
    )
    bars = market("BTCUSDT")
    result = walk_forward(bars, FakeFeatures(), [FakeTrainer()], plan)
    known_ms = column(result.voters[0].predict(bars)["BTCUSDT"].confidence)
    voted = np.isfinite(known_ms)
    opened_ms = column(bars["BTCUSDT"].open_time)

    # The fake model's confidence is the latest time that anything it learnt from was known.
    assert (known_ms[voted] + embargo * INTERVAL_MS <= opened_ms[voted]).all()
    assert voted.tolist() == [False] * (minimum + embargo) + [True] * (320 - minimum - embargo)


def test_the_tail_lies_after_all_that_was_learnt_and_its_outcomes() -> None:
    trainer = FakeTrainer()
    walk_forward(market("BTCUSDT"), FakeFeatures(), [trainer], PLAN)
    for training in trainer.given:
        learnt_until = column(training.fit[0].labels).max()
        assert learnt_until + PLAN.embargo * INTERVAL_MS <= training.tail[0].table.min()


def test_a_window_holds_no_more_bars_than_the_plan_allows() -> None:
    trainer = FakeTrainer()
    walk_forward(market("BTCUSDT"), FakeFeatures(), [trainer], PLAN)
    last = trainer.given[-1]

    assert last.fit[0].table.min() == START_MS + (300 - 120) * INTERVAL_MS


def test_every_symbol_is_learnt_from_and_gets_votes() -> None:
    bars = market("BTCUSDT", "ETHUSDT")
    trainer = FakeTrainer()
    result = walk_forward(bars, FakeFeatures(), [trainer], PLAN)
    votes = result.voters[0].predict(bars)

    assert all(len(training.fit) == 2 for training in trainer.given)
    assert list(votes) == ["BTCUSDT", "ETHUSDT"]
    assert (column(votes["ETHUSDT"].action)[103:] == 1).all()


def test_the_fits_are_told_with_the_dates_that_they_apply_to() -> None:
    result = walk_forward(market("BTCUSDT"), FakeFeatures(), [FakeTrainer()], PLAN)
    at = [(fit.trained_until_ms - START_MS) // INTERVAL_MS for fit in result.fits]
    applies = [(fit.applies_from_ms, fit.applies_until_ms) for fit in result.fits]

    assert at == [100, 150, 200, 250, 300]
    assert [end for _, end in applies[:-1]] == [begin for begin, _ in applies[1:]]


def test_a_history_too_short_to_learn_from_leaves_every_voter_abstaining() -> None:
    for rows in (0, 99):
        bars = market("BTCUSDT", rows=rows)
        result = walk_forward(bars, FakeFeatures(), [FakeTrainer()], PLAN)
        votes = result.voters[0].predict(bars)

        assert not result.fits
        assert all(np.isnan(column(one.confidence)).all() for one in votes.values())


def test_walking_twice_gives_the_same_version_and_another_history_another() -> None:
    once, twice, other = (
        walk_forward(market("BTCUSDT", rows=rows), FakeFeatures(), [FakeTrainer()], PLAN)
        for rows in (320, 320, 420)
    )

    assert once.voters[0].version == twice.voters[0].version != other.voters[0].version


def test_votes_are_not_given_for_another_history() -> None:
    bars = market("BTCUSDT")
    voter = walk_forward(bars, FakeFeatures(), [FakeTrainer()], PLAN).voters[0]

    for other in (market("ETHUSDT"), {"BTCUSDT": part(bars["BTCUSDT"], slice(1, None))}):
        with pytest.raises(BadInput, match="walk it anew"):
            voter.predict(other)


def test_progress_runs_from_nothing_to_all() -> None:
    heard: list[tuple[str, int, int]] = []
    walk_forward(
        market("BTCUSDT"),
        FakeFeatures(),
        [FakeTrainer("one"), FakeTrainer("two")],
        PLAN,
        lambda *what: heard.append(what),
    )

    assert heard[0] == ("features", 0, 1)
    assert heard[1:4] == [("one", 0, 10), ("two", 1, 10), ("one", 2, 10)]
    assert heard[-1] == ("learnt", 10, 10)


def test_a_plan_spread_over_a_history_fits_five_times() -> None:
    for rows in (10_000, 143_900):
        bars = market("BTCUSDT", rows=rows)
        plan = WalkForwardPlan.spread_over(rows)
        assert len(walk_forward(bars, FakeFeatures(), [FakeTrainer()], plan).fits) == 5


@given(offset=st.integers(0, INTERVAL_MS))
def test_a_training_that_ends_within_a_bar_does_not_see_how_that_bar_ends(offset: int) -> None:
    studied = study(market("BTCUSDT"), FakeFeatures(), PLAN)
    at_ms = START_MS + 200 * INTERVAL_MS + offset
    training, _ = training_set(studied, PLAN, at_ms)

    assert np.nanmax(column(training.tail[0].labels)) <= at_ms
