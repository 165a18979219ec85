"""The settings of alerts by webhook."""

from pydantic import BaseModel, ConfigDict, Field

from application.secret import Secret
from bootstrap.secret_values import SecretValue
from domain.decision.messages import Severity


class AlertsSection(BaseModel):
    """Where alerts go beside the log; an empty URL is not used. The URLs are secrets.

    A receiver gets what is at least as severe as it asks for. `secret` signs what goes to the
    generic one. `allow_private` and `allow_http` are for tests and receivers on this machine.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )
    discord: SecretValue = Secret("")
    slack: SecretValue = Secret("")
    generic: SecretValue = Secret("")
    discord_severity: Severity = Severity.WARNING
    slack_severity: Severity = Severity.WARNING
    generic_severity: Severity = Severity.INFO
    secret: SecretValue = Secret("")
    allow_private: bool = False
    allow_http: bool = False
    dedup_s: float = Field(default=300, ge=0, le=86_400)
    per_minute: int = Field(default=20, ge=1, le=1_000)
    queue_max: int = Field(default=256, ge=1, le=100_000)
    timeout_s: float = Field(default=5, gt=0, le=60)
    tries_max: int = Field(default=4, ge=1, le=10)
