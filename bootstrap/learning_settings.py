"""Settings of continuous learning: every number of its policy, and where its keys are."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from domain.ai.continuous_learning import LearningPolicy

_D: Final = LearningPolicy()


class Learning(BaseModel):
    """When models are trained anew and what a promotion takes; see `LearningPolicy`.

    `enabled`: train, compare and promote while a run with stored models goes on. `keys`: what
    signs and is trusted; by default in the folder of the models. `nice` and `memory_gib` bound
    the process that trains.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False
    )
    enabled: bool = True
    keys: Path | None = None
    nice: int = Field(default=15, ge=0, le=19)
    memory_gib: int = Field(default=8, ge=1, le=1024)
    training_hours_max: float = Field(default=6.0, gt=0, le=168)
    age_days: float = Field(default=_D.age_days, gt=0, le=365)
    new_rows: int = Field(default=_D.new_rows, ge=100, le=100_000_000)
    decay: float = Field(default=_D.decay, gt=0, le=1)
    drift_index_max: float = Field(default=_D.drift_index_max, gt=0, le=10)
    drift_significance: float = Field(default=_D.drift_significance, gt=0, le=0.1)
    pause_hours: float = Field(default=_D.pause_hours, ge=0, le=720)
    predictions_min: int = Field(default=_D.predictions_min, ge=100, le=1_000_000)
    predictions_max: int = Field(default=_D.predictions_max, ge=100, le=100_000_000)
    false_promotion_rate: float = Field(default=_D.false_promotion_rate, gt=0, le=0.05)
    false_rollback_rate: float = Field(default=_D.false_rollback_rate, gt=0, le=0.2)
    walk_forward_significance: float = Field(default=_D.walk_forward_significance, gt=0, le=0.2)
    brier_tolerance: float = Field(default=_D.brier_tolerance, ge=0, le=0.05)
    drawdown_tolerance: float = Field(default=_D.drawdown_tolerance, ge=0, le=0.5)
    block_outcomes: float = Field(default=_D.block_outcomes, gt=0, le=100)
    block_clip: float = Field(default=_D.block_clip, gt=0, le=3)
    watch_predictions: int = Field(default=_D.watch_predictions, ge=100, le=100_000_000)
    share: float = Field(default=_D.share, gt=0, le=1)

    @property
    def policy(self) -> LearningPolicy:
        """Return the numbers as the domain knows them."""
        return LearningPolicy(**{name: getattr(self, name) for name in LearningPolicy._fields})
