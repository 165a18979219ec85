"""How a policy field declares its kind, bounds and safe direction, beside its default.

The declaration is what validation, the most conservative merge, and the documentation read; no
second list of fields exists.
"""

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import Any, Final, NamedTuple, get_origin

RULE: Final = "rule"


class Safer(StrEnum):
    """In which direction a field makes trading safer."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


class Rule(NamedTuple):
    """What values a field may take. Bounds are inclusive; `meaning` includes the unit."""

    low: Decimal | None
    high: Decimal | None
    safer: Safer
    meaning: str


def number(
    default: Any,  # noqa: ANN401 - int, float or Decimal, as the field is annotated
    low: str,
    high: str,
    safer: Safer,
    meaning: str,
) -> Any:  # noqa: ANN401 - as `dataclasses.field` is typed
    """Declare a bounded number."""
    return field(
        default=default, metadata={RULE: Rule(Decimal(low), Decimal(high), safer, meaning)}
    )


def choice(default: Any, safer: Safer, meaning: str) -> Any:  # noqa: ANN401 - as above
    """Declare a flag, an enum, or a tuple."""
    return field(default=default, metadata={RULE: Rule(None, None, safer, meaning)})


def problem_of(name: str, value: object, kind: Any, rule: Rule) -> str | None:  # noqa: ANN401 - a type
    """Return what is wrong with *value* for the field *name* of type *kind*, or None."""
    if (
        get_origin(kind) is tuple
        or kind is bool
        or (isinstance(kind, type) and issubclass(kind, StrEnum))
    ):
        expected: Any = get_origin(kind) or kind
        return None if isinstance(value, expected) else f"{name}: expected {_name(kind)}"
    numeric = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    if not numeric or not isinstance(value, kind):
        return f"{name}: expected {_name(kind)}, not {type(value).__name__}"
    if not isfinite(value):
        return f"{name}: must be a finite number"
    # Bounds as the field's own kind: the float 0.1 lies above the decimal 0.1, and must be allowed.
    if (
        rule.low is not None
        and rule.high is not None
        and not kind(rule.low) <= value <= kind(rule.high)
    ):
        return f"{name}: {value} is outside [{rule.low}, {rule.high}] ({rule.meaning})"
    return None


def _name(kind: Any) -> str:  # noqa: ANN401 - a type
    return str(getattr(kind, "__name__", kind))


def rule_of(metadata: Mapping[str, Any]) -> Rule:
    """Return the rule that a field's *metadata* carries."""
    rule: Rule = metadata[RULE]
    return rule
