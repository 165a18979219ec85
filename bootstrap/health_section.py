"""The settings of the system health monitor: from where on a part is ill."""

from pydantic import BaseModel, ConfigDict, Field


class HealthSection(BaseModel):
    """Bounds of the parts; see `docs/runbook.md` for what to do when one is passed.

    Seconds, bytes, and fractions. `feed_s` and `policy_s` are at least three times the time between
    two bars. `starved_hours` without an entry though `starved_refusals` were refused, or
    `quiet_hours` without a proposal, calls a person.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False
    )
    decision_s: float = Field(default=5, gt=0, le=3600)
    stuck_s: float = Field(default=10, gt=0, le=3600)
    loop_lag_s: float = Field(default=1, gt=0, le=60)
    loop_lag_critical_s: float = Field(default=10, gt=0, le=600)
    feed_s: float = Field(default=60, gt=0, le=86_400)
    exchange_s: float = Field(default=60, gt=0, le=86_400)
    journal_s: float = Field(default=30, gt=0, le=3600)
    policy_s: float = Field(default=60, gt=0, le=86_400)
    order_errors: float = Field(default=0.5, gt=0, le=1)
    order_errors_critical: float = Field(default=0.9, gt=0, le=1)
    clock_s: float = Field(default=0.25, gt=0, le=60)
    disk_free_bytes: float = Field(default=1e9, ge=0)
    disk_free_bytes_critical: float = Field(default=1e8, ge=0)
    starved_hours: float = Field(default=24, gt=0, le=8760)
    starved_refusals: int = Field(default=20, ge=1, le=1_000_000)
    quiet_hours: float = Field(default=72, gt=0, le=8760)
