"""How long a record is kept, by its type: each class has its own segments and its own chain."""

from typing import Final

CLASSES: Final = (90, 180, 365)
"""Days that a class of records is kept."""
_ORDINARY: Final = CLASSES[0]
_DAYS: Final = {
    "model": 180,
    "emergency": 365,
    "policy": 365,
    "operator": 365,
    "directive": 365,
    "system": 365,
    "config": 365,
    "audit": 365,
}
_CRITICAL: Final = frozenset({"emergency", "policy", "operator", "model", "config"})


def days_of(kind: str) -> int:
    """Return how many days a record of type *kind* is kept."""
    return _DAYS.get(kind.partition(".")[0], _ORDINARY)


def is_critical(kind: str) -> bool:
    """Tell whether a record of type *kind* is sealed by a checkpoint at once."""
    return kind.partition(".")[0] in _CRITICAL
