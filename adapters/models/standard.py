"""The voters that come with the house: four kinds, which err in different places."""

from collections.abc import Sequence

from adapters.models.extra_trees import ExtraTrees
from adapters.models.family import FamilyTrainer
from adapters.models.gradient_boosting import GradientBoosting
from adapters.models.logistic import Logistic
from adapters.models.momentum_rule import MomentumRule


def standard_trainers(features: Sequence[str]) -> tuple[FamilyTrainer, ...]:
    """Return a trainer of each kind for tables whose columns are called *features*."""
    families = (GradientBoosting(), Logistic(), ExtraTrees(), MomentumRule(features))
    return tuple(FamilyTrainer(family) for family in families)
