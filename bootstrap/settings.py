"""Settings: one profile per run mode, environment overrides, every fault listed at once.

A profile is a TOML file beside this module; a configuration file overrides it, and `QT_` variables
(`QT_ACCOUNT__DEPOSIT`) override both.
One typed run mode picks every adapter; nothing else says where orders go.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from application.errors import BadInput
from bootstrap.alerts_section import AlertsSection
from bootstrap.api_section import ApiSection
from bootstrap.audit_settings import AuditSettings
from bootstrap.health_section import HealthSection
from bootstrap.learning_settings import Learning
from bootstrap.otel_section import OtelSection
from bootstrap.secret_values import secret_names, secrets_found, warn_of_environment
from bootstrap.sections import Account, Daemon, Live, Log, Market, Stores, Venue
from bootstrap.settings_file import merged, nested, read_settings_file
from domain.shared.enums import RunMode

Made = TypeVar("Made")
PROFILES = Path(__file__).parent / "profiles"
_PREFIX = "QT_"
_CONFIG = "QT_CONFIG"
# Said in the environment, and no settings: where settings and secrets lie.
_PLACES = frozenset({_CONFIG, "QT_SECRETS_DIR", "QT_KEYRING"})


class Settings(BaseSettings):
    """All settings of one run."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )
    mode: RunMode
    runs_dir: Path = Path("runs")
    account: Account = Account()
    venue: Venue = Venue()
    market: Market = Market()
    stores: Stores = Stores()
    live: Live = Live()
    daemon: Daemon = Daemon()
    log: Log = Log()
    audit: AuditSettings = AuditSettings()
    health: HealthSection = HealthSection()
    api: ApiSection = ApiSection()
    alerts: AlertsSection = AlertsSection()
    otel: OtelSection = OtelSection()
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


def load_settings(
    mode: RunMode, overrides: Mapping[str, Any] | None = None, config: Path | None = None
) -> Settings:
    """Return the settings of *mode*.

    Its profile, then the file *config* (or the one that QT_CONFIG names), then the environment,
    then *overrides*; secrets that lie in places of their own come before all. Raises `BadInput`
    listing every unknown, wrong or contradictory setting by name.
    """
    with (PROFILES / f"{mode.value}.toml").open("rb") as file:
        profile = tomllib.load(file)
    problems = _unknown_variables()
    named = (value for name, value in os.environ.items() if name.upper() == f"{_PREFIX}MODE")
    said = next(named, mode.value)
    if said != mode.value:
        problems.append(f"mode: this command runs {mode}, but QT_MODE says {said}; unset QT_MODE")
    secrets = frozenset(secret_names(Settings))
    outside: Mapping[str, Any] = overrides or {}
    try:
        if config is not None or os.environ.get(_CONFIG):
            path = config or Path(os.environ[_CONFIG])
            profile = merged(profile, read_settings_file(path, mode.value, secrets))
        found, _ = secrets_found(secrets)
        for name, secret in found.items():
            outside = merged(outside, nested(name, secret))
        warn_of_environment(secrets - found.keys())
    except BadInput as error:
        problems += error.problems
    settings = _validated(lambda: Settings(**{**profile, "mode": mode}), "", problems)
    for section, values in outside.items():
        part = getattr(settings, section, None) or Settings.model_fields[section].get_default()
        wished = merged(part.model_dump(), values)
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
        and name not in _PLACES
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
