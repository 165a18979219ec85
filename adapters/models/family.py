"""A family of models becomes a trainer: gather rows, fit, calibrate on the tail, judge."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from adapters.models.voting import (
    MUTE,
    Calibration,
    Floats,
    Scorer,
    ScoringClassifier,
    Table,
    abstentions,
    calibrate,
    calibration_from,
    is_degenerate,
    sigmoid,
    votes_of,
)
from application.errors import IntegrityFailure
from application.ports.predictor import VoteColumns
from application.ports.trainer import Classifier, Fitted, Sample, Trainer, TrainingSet

# Fewer clear outcomes than this teach nothing.
CLEAR_ROWS_MIN: Final = 200


class Family(Protocol):
    """One library's model: fitted on rows and which side won, kept as bytes, scoring rows."""

    @property
    def name(self) -> str:
        """Return the voter's name."""

    @property
    def kind(self) -> str:
        """Return the format of the bytes."""

    def learn(self, table: Table, won: NDArray[np.bool_]) -> bytes:
        """Return the model fitted on *table*, whose rows a long *won* or lost."""

    def scorer(self, content: bytes) -> Scorer:
        """Return what gives the log-odds that a long wins. Raises `ValueError` if unreadable."""

    def explained(self, content: bytes, row: Table) -> Floats:
        """Return what each feature of the one *row* moves the answer by, towards a long."""


class FamilyTrainer:
    """Trains voters of one family."""

    def __init__(self, family: Family) -> None:
        self._family = family

    @property
    def name(self) -> str:
        """Return the voter's name."""
        return self._family.name

    @property
    def kind(self) -> str:
        """Return the format of the artefact's content."""
        return self._family.kind

    def fit(self, training: TrainingSet) -> Fitted:
        """Learn from the fit samples, calibrate and judge on the tail."""
        table, labels = _gathered(training.fit)
        tail, outcomes = _gathered(training.tail)
        clear = labels != 0
        sides = [int((labels == side).sum()) for side in (1, -1)]
        if min(sides) < CLEAR_ROWS_MIN or int((outcomes != 0).sum()) < CLEAR_ROWS_MIN:
            return Fitted(b"", MUTE._asdict(), {"rows": float(len(labels))}, degenerate=True)
        content = self._family.learn(table[clear], labels[clear] > 0)
        scores = self._family.scorer(content)(tail)
        calibration = calibrate(scores, outcomes, training.overlap)
        degenerate = is_degenerate(scores, calibration)
        metrics = {"rows": float(len(labels)), "tail_rows": float(len(outcomes))}
        metrics |= judge(scores, outcomes, calibration)
        kept = calibration._replace(abstains=float(degenerate))
        return Fitted(content, kept._asdict(), metrics, degenerate)

    def load(self, content: bytes, calibration: Mapping[str, float]) -> Classifier:
        """Return the voter kept as *content* and *calibration*."""
        try:
            known = calibration_from(calibration)
            scorer = self._family.scorer(content) if content else None
        except (KeyError, TypeError, ValueError) as error:
            raise IntegrityFailure(f"{self.name}: not a {self.kind} model; train anew") from error
        return ScoringClassifier(scorer, known)

    def explained(self, content: bytes, row: Table) -> Floats:
        """Return what each feature of the one *row* moves the answer by; empty: it abstains."""
        if not content or not np.isfinite(row).all():
            return np.empty(0)
        return self._family.explained(content, row)

    def abstain(self, rows: int) -> VoteColumns:
        """Return *rows* abstentions, in columns that may be written to."""
        return abstentions(rows)


def judge(scores: Floats, labels: Floats, calibration: Calibration) -> dict[str, float]:
    """Return how good calibrated *scores* are: log-loss, Brier and AUC over the decided rows."""
    clear = labels != 0
    won = labels[clear] > 0
    chance = sigmoid(calibration.slope * (scores[clear] - calibration.centre))
    action = np.asarray(votes_of(scores, calibration).action)
    sure = np.where(won, chance, 1 - chance)
    return {
        "logloss": float(-np.log(np.maximum(sure, 1e-12)).mean()),
        "brier": float(((chance - won) ** 2).mean()),
        "auc": area_under_curve(scores[clear], won),
        "slope": calibration.slope,
        "decided": calibration.decided,
        "buys": float((action == 1).mean()),
        "sells": float((action == -1).mean()),
    }


def area_under_curve(scores: Floats, won: NDArray[np.bool_]) -> float:
    """Return the chance that a row that won scores above one that lost; ties count half."""
    wins, losses = int(won.sum()), int((~won).sum())
    if not wins or not losses:
        return float("nan")
    _, place, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    rank = np.cumsum(sizes) - (sizes - 1) / 2
    return float((rank[place][won].sum() - wins * (wins + 1) / 2) / (wins * losses))


def _gathered(samples: tuple[Sample, ...]) -> tuple[Table, Floats]:
    """Return the rows of all *samples* that have all features and an outcome."""
    tables, labels = [], []
    for sample in samples:
        outcome = np.asarray(sample.labels, np.float64)
        table: Any = sample.table
        usable = np.isfinite(outcome) & np.isfinite(table.sum(axis=1))
        tables.append(table[usable])
        labels.append(outcome[usable])
    if not tables:
        return np.empty((0, 0), np.float32), np.empty(0)
    return np.concatenate(tables), np.concatenate(labels)


_: type[Trainer] = FamilyTrainer
