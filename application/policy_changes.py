"""How two policies differ, field by field, as people and machines read it."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

from application.policy_text import plain
from domain.governance.effective_policy import loosened
from domain.governance.policy import Policy


def differences(old: Policy, new: Policy) -> list[dict[str, Any]]:
    """Return the fields in which the two differ, the version apart, as objects of JSON."""
    looser, tighter = loosened(old, new), loosened(new, old)
    return [
        {
            "field": name,
            "old": plain(getattr(old, name)),
            "new": plain(getattr(new, name)),
            "effect": "looser" if name in looser else "tighter" if name in tighter else "neither",
        }
        for name in (f.name for f in fields(Policy))
        if name != "version" and getattr(old, name) != getattr(new, name)
    ]


def line_of(difference: dict[str, Any]) -> str:
    """Return *difference* as a line for people."""
    name, old, new, effect = difference.values()
    return f"{name}: {spelt(old)} -> {spelt(new)} ({effect})"


def spelt(value: Any) -> str:  # noqa: ANN401 - any value of any field
    """Return the *value* of a field as `policy set` takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return ",".join(value) or "(all)"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
