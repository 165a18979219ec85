"""Examine the configuration: does it load, may a run start with it, where do its secrets lie."""

from pathlib import Path

from application.errors import BadInput
from bootstrap.doctor.finding import Findings
from bootstrap.secret_values import secret_names, secrets_found
from bootstrap.settings import Settings, load_settings, require_startable
from domain.shared.enums import RunMode


def examined_settings(mode: RunMode, config: Path | None, found: Findings) -> Settings | None:
    """Return the settings of *mode*, None when they do not load; tell *found* what they are."""
    try:
        settings = load_settings(mode, None, config)
    except BadInput as error:
        for problem in error.problems:
            found.fail(
                "configuration", problem, "correct it; `quantum-trader init` shows all settings"
            )
        return None
    where = "" if config is None else f" with {config}"
    found.ok("configuration", f"profile {mode}{where} loads")
    try:
        require_startable(settings)
    except BadInput as error:
        for problem in error.problems:
            found.fail("run mode", problem, "use another --mode")
    else:
        found.ok("run mode", f"{mode} may start")
    _, places = secrets_found(frozenset(secret_names(Settings)))
    for name, place in sorted(places.items()):
        found.ok("secrets", f"{name}: from {place}")
    return settings
