"""Settings: one profile per run mode, environment overrides, every fault listed at once.

A profile is a TOML file beside this module; `QT_` variables override it (`QT_ACCOUNT__DEPOSIT`).
One typed run mode picks every adapter; nothing else says where orders go.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from application.errors import BadInput
from bootstrap.learning_settings import Learning
from domain.shared.enums import RunMode
from domain.shared.identity import is_symbol

Made = TypeVar("Made")
PROFILES = Path(__file__).parent / "profiles"
_PREFIX = "QT_"
_STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)


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
    policy: SecretStr = SecretStr("")
    trades: SecretStr = SecretStr("")
    cache: SecretStr = SecretStr("")
    bus: SecretStr = SecretStr("")


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


class Settings(BaseSettings):
    """All settings of one run."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )
    mode: RunMode
    runs_dir: Path = Path("runs")
    account: Account = Account()
    venue: Venue = Venue()
    market: Market = Market()
    stores: Stores = Stores()
    live: Live = Live()
    daemon: Daemon = Daemon()
    learning: Learning = Learning()
    state_dir: Path | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment override the profile, which comes as arguments."""
        return env_settings, init_settings


def load_settings(mode: RunMode, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of *mode*: its profile, then the environment, then *overrides*.

    Raises `BadInput` listing every unknown, wrong or contradictory setting by name.
    """
    with (PROFILES / f"{mode.value}.toml").open("rb") as file:
        profile = tomllib.load(file)
    problems = _unknown_variables()
    named = (value for name, value in os.environ.items() if name.upper() == f"{_PREFIX}MODE")
    said = next(named, mode.value)
    if said != mode.value:
        problems.append(f"mode: this command runs {mode}, but QT_MODE says {said}; unset QT_MODE")
    settings = _validated(lambda: Settings(**{**profile, "mode": mode}), "", problems)
    for section, values in (overrides or {}).items():
        part = getattr(settings, section, None) or Settings.model_fields[section].get_default()
        wished = {**part.model_dump(), **values}
        changed = _validated(partial(type(part).model_validate, wished), f"{section}.", problems)
        settings = settings and settings.model_copy(update={section: changed})
    if problems or settings is None:
        raise BadInput(*problems)
    return settings


def _validated(make: Callable[[], Made], section: str, problems: list[str]) -> Made | None:
    """Return what *make* makes, or None after telling *problems* what is wrong with it."""
    try:
        return make()
    except ValidationError as error:
        problems += [
            section + _problem(each)
            for each in error.errors(include_input=False)
            if each["loc"] != ("mode",)  # a QT_MODE that is wrong has been told of already
        ]
        return None


def _unknown_variables() -> list[str]:
    """Return a problem for each variable of the environment that looks like a setting but is none.

    Within a section the section's own model sees to that; a misspelt section nobody would see.
    """
    return [
        f"{name}: unknown setting; settings begin with one of "
        + ", ".join(f"QT_{known.upper()}" for known in Settings.model_fields)
        for name in sorted(os.environ)
        if name.upper().startswith(_PREFIX)
        and name[len(_PREFIX) :].lower().split("__")[0] not in Settings.model_fields
    ]


def require_startable(settings: Settings) -> None:
    """Refuse a mode whose venue cannot be reached by this version, or that is not armed."""
    mode = settings.mode
    if mode is RunMode.LIVE and not settings.live.armed:
        raise BadInput(
            "live: not armed; real money needs QT_LIVE__ARMED=true, set on purpose",
            "live: this version has no adapter for a live venue; use `quantum-trader run` (paper)",
        )
    if mode in (RunMode.LIVE, RunMode.TESTNET):
        raise BadInput(
            f"{mode}: this version has no adapter for that venue; use `quantum-trader run` (paper)"
        )


def _problem(error: Any) -> str:  # noqa: ANN401 - the library's own dictionary
    name = ".".join(str(part) for part in error["loc"]) or "settings"
    if error["type"] == "extra_forbidden":
        return f"{name}: unknown setting; remove it or correct its spelling"
    return f"{name}: {error['msg']}"
