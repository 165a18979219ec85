"""A dead voter loses its vote at a stated prediction, and gets it back when it differs."""

import numpy as np
import pytest

from adapters.models.liveliness import CONSTANT_MAX, ONE_SIDED_MAX, SAME, lively, lost_in
from application.ports.predictor import VoteColumns

pytestmark = pytest.mark.unit

ROWS = 3 * ONE_SIDED_MAX
DICE = np.random.default_rng(3)


def said(action: object, confidence: object) -> VoteColumns:
    """Return a column of each, whatever it was given as."""
    wide = np.broadcast_to(np.asarray(action, np.int8), ROWS).copy()
    return VoteColumns(wide, np.broadcast_to(np.asarray(confidence, float), ROWS).copy())


SURE = DICE.uniform(0.45, 0.65, ROWS)


@pytest.mark.parametrize(
    ("votes", "first"),
    [
        (said(1, 0.6), CONSTANT_MAX),
        (said(0, 0.5), CONSTANT_MAX),
        (said(-1, 0.6 + SAME / 4 * DICE.choice([-1, 1], ROWS)), CONSTANT_MAX),
        (said(1, SURE), ONE_SIDED_MAX),
        (said(-1, SURE), ONE_SIDED_MAX),
    ],
    ids=["constant", "always holds", "hardly moves", "always buys", "always sells"],
)
def test_a_dead_voter_loses_its_vote_at_the_stated_prediction(
    votes: VoteColumns, first: int
) -> None:
    lost = lost_in(votes)
    assert not lost[: first - 1].any()
    assert lost[first - 1 :].all()


@pytest.mark.parametrize(
    "votes",
    [
        said(DICE.choice([-1, 0, 1], ROWS), SURE),
        said(0, SURE),
        said(1, np.nan),
        said(np.arange(ROWS) // (ONE_SIDED_MAX - 1) % 2 * 2 - 1, SURE),
    ],
    ids=["lively", "careful", "abstains by itself", "turns in time"],
)
def test_who_is_alive_keeps_its_vote(votes: VoteColumns) -> None:
    assert not lost_in(votes).any()


def test_the_first_answer_that_differs_gives_the_vote_back() -> None:
    votes = said(1, 0.6)
    np.asarray(votes.confidence)[500] = 0.55
    lost = np.flatnonzero(lost_in(votes)).tolist()
    assert 499 in lost
    assert not set(range(500, 501 + CONSTANT_MAX - 1)) & set(lost)
    assert 501 + CONSTANT_MAX - 1 in lost


def test_abstentions_between_do_not_break_a_run() -> None:
    votes = said(1, 0.6)
    np.asarray(votes.confidence)[::2] = np.nan
    assert int(np.flatnonzero(lost_in(votes))[0]) == 2 * CONSTANT_MAX - 1


def test_what_is_said_later_changes_nothing_before() -> None:
    votes = said(DICE.choice([0, 1], ROWS), np.round(SURE, 2))
    for rows in (1, 150, 2_000):
        cut = VoteColumns(votes.action[:rows], votes.confidence[:rows])
        assert lost_in(cut).tolist() == lost_in(votes)[:rows].tolist()


def test_what_is_lost_is_an_abstention_and_leaves_the_voters_own_columns_alone() -> None:
    votes = said(1, 0.6)
    left = lively("extra_trees", {"BTCUSDT": votes})["BTCUSDT"]
    assert np.isnan(np.asarray(left.confidence)[CONSTANT_MAX - 1 :]).all()
    assert np.isfinite(np.asarray(votes.confidence)).all()
    assert left.action is votes.action


def test_an_empty_history_is_no_reason() -> None:
    assert not len(lost_in(VoteColumns(np.empty(0, np.int8), np.empty(0))))
