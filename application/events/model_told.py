"""What is told of models."""

from typing import assert_never

from application.events.told import Told
from domain.ai.model_news import (
    ModelDrifted,
    ModelNews,
    ModelPromoted,
    ModelRolledBack,
    RetrainRequested,
)


def of_models(fact: ModelNews) -> Told:
    """Return what is told of *fact*: the fact itself."""
    match fact:
        case ModelPromoted():
            kind = "model.promoted"
        case ModelRolledBack():
            kind = "model.rollback_initiated"
        case ModelDrifted():
            kind = "model.drift_detected"
        case RetrainRequested():
            kind = "model.retrain_requested"
        case _:
            assert_never(fact)
    return Told("", "", ((kind, fact),))
