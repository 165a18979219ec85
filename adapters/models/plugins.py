"""Own predictors, found by entry point: `[project.entry-points."quantum_trader.predictors"]`.

An entry is a name and something that, called without arguments, gives a `Predictor`.
"""

from importlib.metadata import entry_points
from typing import Final

from application.errors import BadInput
from application.ports.predictor import Predictor

GROUP: Final = "quantum_trader.predictors"
_MEMBERS: Final = ("name", "version", "fallback", "predict")


def installed_plugins() -> tuple[str, ...]:
    """Return the names of all installed predictors."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def load_plugin(name: str) -> Predictor:
    """Return the installed predictor *name*. Raises `BadInput` with what is wrong with it."""
    found = [entry for entry in entry_points(group=GROUP) if entry.name == name]
    if not found:
        known = ", ".join(installed_plugins()) or "none"
        raise BadInput(f"no predictor {name!r} is installed; installed are: {known}")
    if len(found) > 1:
        raise BadInput(f"predictor {name!r} is installed {len(found)} times; remove all but one")
    try:
        predictor: Predictor = found[0].load()()
    # Whatever a stranger's code raises while loading, the operator hears which one it was.
    except Exception as error:
        raise BadInput(f"predictor {name!r} ({found[0].value}) does not load: {error}") from error
    missing = [member for member in _MEMBERS if not hasattr(predictor, member)]
    if missing:
        raise BadInput(f"predictor {name!r} ({found[0].value}) lacks {', '.join(missing)}; add it")
    return predictor
