"""The sections of the settings: what each may say, with its bounds."""

from decimal import Decimal
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from application.secret import Secret
from bootstrap.secret_values import SecretValue
from domain.shared.identity import is_symbol

_STRICT = ConfigDict(
    extra="forbid",
    frozen=True,
    hide_input_in_errors=True,
    allow_inf_nan=False,
    arbitrary_types_allowed=True,
)


class Account(BaseModel):
    """The account that a run begins with."""

    model_config = _STRICT
    deposit: Decimal = Field(default=Decimal(10_000), gt=0, le=Decimal("1e12"))


class Venue(BaseModel):
    """How the simulated venue fills; see its rules for the meaning of each number."""

    model_config = _STRICT
    spread_fraction: float = Field(default=0.0002, ge=0, le=0.1)
    slippage_volatility: float = Field(default=0.02, ge=0, le=10)
    slippage_impact: float = Field(default=0.1, ge=0, le=10)
    participation_max: float = Field(default=0.10, ge=0, le=1)
    latency_ms: int = Field(default=0, ge=0, le=60_000)
    liquidation_fee: Decimal = Field(default=Decimal("0.0125"), ge=0, le=Decimal("0.1"))
    refuse_closes: int = Field(default=0, ge=0, le=1_000_000)
    outage_from_ms: int = Field(default=0, ge=0)
    outage_until_ms: int = Field(default=0, ge=0)


class Stores(BaseModel):
    """Where what outlives a run is kept. Empty: in a file of the run's directory, or in process.

    `policy` and `trades` are database URLs (sqlite:///PATH, postgresql://...), `cache` and `bus`
    are Redis URLs. They may hold a password, so they are never shown.
    """

    model_config = _STRICT
    policy: SecretValue = Secret("")
    trades: SecretValue = Secret("")
    cache: SecretValue = Secret("")
    bus: SecretValue = Secret("")


class Market(BaseModel):
    """The simulated market, used when no file is named."""

    model_config = _STRICT
    seed: int = Field(default=7, ge=0)
    symbols: tuple[str, ...] = ("BNBUSDT", "BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
    days: int = Field(default=45, ge=2, le=3650)
    training_days: int = Field(default=30, ge=0, le=3650)
    crash: bool = True

    @model_validator(mode="after")
    def _spelt(self) -> Self:
        wrong = [s for s in self.symbols if not is_symbol(s)]
        if wrong or not self.symbols:
            raise ValueError(f"symbols: {wrong} are not 2-17 capitals and digits")
        return self


class Live(BaseModel):
    """What a live run needs beside its mode: nobody trades by accident."""

    model_config = _STRICT
    armed: bool = False


class Daemon(BaseModel):
    """How a daemon at a venue beyond a wire is watched over.

    `watchdog_s`: its loop may stand still for so long; then it is halted and ended. 0: for ever.
    """

    model_config = _STRICT
    watchdog_s: float = Field(default=30, ge=0, le=3600)


class Log(BaseModel):
    """The log on standard error: from which level on, and whether as one JSON object a line."""

    model_config = _STRICT
    level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    as_json: bool = False
