import numpy as np
import pytest

from adapters.models.voting import (
    MARGIN,
    MUTE,
    Calibration,
    Floats,
    ScoringClassifier,
    Table,
    calibrate,
    calibration_from,
    is_degenerate,
    log_odds,
    sigmoid,
    votes_of,
)

pytestmark = pytest.mark.unit

PLAIN = Calibration(centre=0.0, slope=1.0, decided=1.0)


def skilled(rows: int, slope: float, drift: float = 0.0) -> tuple[Floats, Floats]:
    """Return scores, and outcomes won as often as *slope* times the score says."""
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 1, rows)
    won = rng.random(rows) < sigmoid(slope * scores + drift)
    return scores, np.where(won, 1.0, -1.0)


@pytest.mark.parametrize("slope", [0.25, 0.5, 1.0])
def test_the_slope_found_is_the_skill_there_is(slope: float) -> None:
    scores, labels = skilled(50_000, slope)

    assert calibrate(scores, labels, 1.0).slope == pytest.approx(slope, abs=0.03)


def test_a_drift_of_the_tail_is_not_carried_forward() -> None:
    scores, labels = skilled(50_000, 0.5, drift=1.0)
    calibration = calibrate(scores, labels, 1.0)
    action = np.asarray(votes_of(scores, calibration).action)

    assert calibration.slope == pytest.approx(0.5, abs=0.05)
    assert (action == 1).mean() == pytest.approx((action == -1).mean(), abs=0.02)


def test_a_score_that_is_wrong_is_not_turned_round_but_silenced() -> None:
    scores, labels = skilled(50_000, -1.0)
    calibration = calibrate(scores, labels, 1.0)

    assert calibration.slope == 0
    assert is_degenerate(scores, calibration)


def test_little_evidence_leaves_less_than_half_of_what_a_score_claims() -> None:
    scores, labels = skilled(40, -1.0)

    assert calibrate(scores, labels, 1_000.0).slope == pytest.approx(0.4, abs=0.05)


def test_outcomes_all_of_one_side_give_a_finite_slope() -> None:
    scores, _ = skilled(500, 1.0)

    assert np.isfinite(calibrate(scores, np.ones(500), 1.0).slope)


def test_calibrated_chances_come_true() -> None:
    scores, labels = skilled(100_000, 0.7)
    votes = votes_of(scores, calibrate(scores, labels, 1.0))
    action, confidence = np.asarray(votes.action), np.asarray(votes.confidence)
    for low in (0.5, 0.6, 0.7):
        band = (action == 1) & (confidence >= low) & (confidence < low + 0.1)
        assert (labels[band] == 1).mean() == pytest.approx(confidence[band].mean(), abs=0.02)


def test_the_margin_parts_a_direction_from_a_hold() -> None:
    edge = 2 * np.arctanh(2 * MARGIN)
    votes = votes_of(np.array([edge * 1.01, edge * 0.99, -edge * 1.01]), PLAIN)

    assert np.asarray(votes.action).tolist() == [1, 0, -1]
    assert np.asarray(votes.confidence) == pytest.approx([0.51, 0.49, 0.51], abs=1e-3)


def test_the_confidence_of_a_direction_is_its_chance_of_a_decided_win() -> None:
    votes = votes_of(log_odds(np.array([0.75])), PLAIN._replace(decided=0.8))

    assert np.asarray(votes.confidence) == pytest.approx([0.6])


@pytest.mark.parametrize(
    "scores",
    [np.zeros(500), np.linspace(-1e-3, 1e-3, 500), np.linspace(0.5, 3, 500)],
    ids=["constant", "too alike", "one-sided"],
)
def test_votes_that_say_nothing_are_degenerate(scores: Floats) -> None:
    assert is_degenerate(scores, PLAIN)


def test_votes_for_both_sides_are_not_degenerate() -> None:
    assert not is_degenerate(np.linspace(-1, 1, 500), PLAIN)


def rising(table: Table) -> Floats:
    return table[:, 0].astype(np.float64)


def test_a_row_with_an_unknown_feature_abstains_and_the_others_vote() -> None:
    table = np.array([[1, 1], [np.nan, 1], [-1, 1], [1, np.inf]], np.float32)
    votes = ScoringClassifier(rising, PLAIN).vote(table)

    assert np.isfinite(np.asarray(votes.confidence)).tolist() == [True, False, True, False]
    assert np.asarray(votes.action).tolist() == [1, 0, -1, 0]


@pytest.mark.parametrize("voter", [ScoringClassifier(None, PLAIN), ScoringClassifier(rising, MUTE)])
def test_a_mute_voter_abstains_always(voter: ScoringClassifier) -> None:
    assert np.isnan(np.asarray(voter.vote(np.ones((3, 2), np.float32)).confidence)).all()


def test_a_calibration_survives_being_kept() -> None:
    assert calibration_from(PLAIN._asdict()) == PLAIN


def test_no_score_is_so_large_that_it_overflows() -> None:
    assert sigmoid(np.array([-1e6, 0.0, 1e6])).tolist() == [0, 0.5, 1]
