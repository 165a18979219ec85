import json

import numpy as np
import pytest
from numpy.typing import NDArray

from adapters.models.family import FamilyTrainer, area_under_curve
from adapters.models.voting import Scorer, Table
from application.errors import IntegrityFailure
from application.ports.trainer import Sample, TrainingSet

pytestmark = pytest.mark.unit


class FirstColumn:
    """Scores a row by its first feature, and remembers what it learnt from."""

    name = "first_column"
    kind = "first-json"

    def __init__(self) -> None:
        self.table: Table = np.empty((0, 0), np.float32)
        self.won: NDArray[np.bool_] = np.empty(0, np.bool_)

    def learn(self, table: Table, won: NDArray[np.bool_]) -> bytes:
        self.table, self.won = table, won
        return b'{"sign": 1}'

    def scorer(self, content: bytes) -> Scorer:
        sign = json.loads(content)["sign"]
        return lambda table: sign * table[:, 0].astype(np.float64)

    def explained(self, content: bytes, row: Table) -> NDArray[np.float64]:
        sign = json.loads(content)["sign"]
        moved: NDArray[np.float64] = np.eye(1, row.shape[1])[0] * sign * row[0, 0]
        return moved


def sample(rows: int, seed: int = 1, skill: float = 1.0) -> Sample:
    rng = np.random.default_rng(seed)
    table = rng.normal(0, 1, (rows, 3)).astype(np.float32)
    labels = np.sign(skill * table[:, 0] + rng.normal(0, 1, rows))
    return Sample(table, labels)


def test_rows_without_features_or_outcome_or_decision_teach_nothing() -> None:
    family, given = FirstColumn(), sample(2_000)
    given.table[:500, 1] = np.nan
    labels = np.asarray(given.labels)
    labels[500:700], labels[700:900] = np.nan, 0
    FamilyTrainer(family).fit(TrainingSet((given,), (sample(1_000, 2),), 1.0))

    assert np.array_equal(family.table, given.table[900:])
    assert np.array_equal(family.won, labels[900:] > 0)


def test_rows_of_all_symbols_are_pooled() -> None:
    family = FirstColumn()
    fit = (sample(600, 1), sample(700, 2))
    FamilyTrainer(family).fit(TrainingSet(fit, (sample(900, 3),), 1.0))

    assert len(family.table) == 1_300


def test_a_skilled_voter_votes_with_the_chances_of_its_tail() -> None:
    trainer = FamilyTrainer(FirstColumn())
    fitted = trainer.fit(TrainingSet((sample(2_000),), (sample(2_000, 2),), 1.0))
    votes = trainer.load(fitted.content, fitted.calibration).vote(
        np.array([[2, 0, 0], [-2, 0, 0]], np.float32)
    )

    assert not fitted.degenerate
    assert fitted.metrics["auc"] > 0.7
    assert np.asarray(votes.action).tolist() == [1, -1]
    assert (np.asarray(votes.confidence) > 0.8).all()


def test_too_few_outcomes_make_a_voter_that_abstains() -> None:
    trainer = FamilyTrainer(FirstColumn())
    for training in (
        TrainingSet((sample(100),), (sample(2_000),), 1.0),
        TrainingSet((sample(2_000),), (sample(100),), 1.0),
        TrainingSet((), (), 1.0),
    ):
        fitted = trainer.fit(training)
        votes = trainer.load(fitted.content, fitted.calibration).vote(np.ones((4, 3), np.float32))

        assert fitted.degenerate
        assert np.isnan(np.asarray(votes.confidence)).all()


def test_a_voter_that_is_wrong_on_its_tail_is_degenerate_and_abstains() -> None:
    trainer = FamilyTrainer(FirstColumn())
    tail = sample(2_000, 2, skill=-1)
    fitted = trainer.fit(TrainingSet((sample(2_000),), (tail,), 1.0))
    votes = trainer.load(fitted.content, fitted.calibration).vote(tail.table)

    assert fitted.degenerate
    assert np.isnan(np.asarray(votes.confidence)).all()


def test_content_that_cannot_be_read_is_an_integrity_failure() -> None:
    trainer = FamilyTrainer(FirstColumn())
    calibration = {"centre": 0.0, "slope": 1.0, "decided": 1.0, "abstains": 0.0}
    for content in (b"{", b"{}", b'"x"'):
        with pytest.raises(IntegrityFailure, match="train anew"):
            trainer.load(content, calibration)
    with pytest.raises(IntegrityFailure, match="train anew"):
        trainer.load(b'{"sign": 1}', {})


@pytest.mark.parametrize(
    ("scores", "area"), [([1, 2, 3, 4], 1.0), ([4, 3, 2, 1], 0.0), ([1, 1, 1, 1], 0.5)]
)
def test_the_area_under_the_curve_is_the_chance_of_the_right_order(
    scores: list[float], area: float
) -> None:
    won = np.array([False, False, True, True])

    assert area_under_curve(np.array(scores, np.float64), won) == area


def test_the_area_is_unknown_when_only_one_side_won() -> None:
    assert np.isnan(area_under_curve(np.ones(3), np.ones(3, np.bool_)))
