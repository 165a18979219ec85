"""How a policy field declares its kind, bounds and safe direction, beside its default.

The declaration is what validation, the most conservative merge, and the documentation read; no
second list of fields exists.
"""

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import Any, Final, NamedTuple, assert_never, get_origin

RULE: Final = "rule"


NOTHING: Final = "none"


class Safer(StrEnum):
    """In which direction a field makes trading safer.

    SOONER is LOWER, but 0 stands for "never" and is the least safe. FEWER is for lists of names,
    where an empty list allows every name and `NOTHING`, which is nobody's name, allows none.
    """

    LOWER = "lower"
    HIGHER = "higher"
    SOONER = "sooner"
    FEWER = "fewer"
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


def safest(safer: Safer, first: Any, second: Any) -> Any:  # noqa: ANN401 - values of any field
    """Return the safer of two values of a field; *first* where neither is.

    Of two lists that is what both allow, in the order of the first; `NOTHING` alone when they
    have nothing in common.
    """
    match safer:
        case Safer.LOWER:
            return min(first, second)
        case Safer.HIGHER:
            return max(first, second)
        case Safer.SOONER:
            return min(first, second) or max(first, second)
        case Safer.FEWER:
            if not first or not second:
                return first or second
            return tuple(each for each in first if each in second) or (NOTHING,)
        case Safer.NEITHER:
            return first
    assert_never(safer)


def is_looser(safer: Safer, value: Any, than: Any) -> bool:  # noqa: ANN401 - values of any field
    """Tell whether *value* is less safe than the value *than*; never where neither is safer."""
    if safer is Safer.FEWER:
        return bool(than) and (not value or not set(value) - {NOTHING} <= set(than))
    return bool(safest(safer, than, value) != value and safest(safer, value, than) != value)


def rule_of(metadata: Mapping[str, Any]) -> Rule:
    """Return the rule that a field's *metadata* carries."""
    rule: Rule = metadata[RULE]
    return rule
