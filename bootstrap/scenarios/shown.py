"""What a scenario shows: facts, each with what was seen, what was demanded, and whether it holds.

Rule 1: nothing is asserted that is not a fact, so what is printed is all that was looked at.
Rule 2: a story that did not happen as told is a fact that fails, never an error.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from typing import NamedTuple


class NotShown(Exception):
    """Something that a fact is about is not there. `name` of the fact, and what was `seen`."""

    def __init__(self, name: str, seen: str, demanded: str) -> None:
        """Say what is missing."""
        super().__init__(name)
        self.fact = Fact(name, seen, demanded, ok=False)


class Fact(NamedTuple):
    """One thing that a scenario must show, in figures."""

    name: str
    seen: str
    demanded: str
    ok: bool


class Shown(NamedTuple):
    """A scenario that was played. `key` is the trace, or the epoch, of its key decision."""

    scenario: str
    seed: int
    key: str
    facts: tuple[Fact, ...]

    @property
    def ok(self) -> bool:
        """Tell whether every fact holds, and there is any."""
        return bool(self.facts) and all(fact.ok for fact in self.facts)


class Ledger:
    """Where a scenario notes its facts, in the order in which they are to be read."""

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self.facts: list[Fact] = []
        self.key = ""

    def note(self, name: str, seen: object, demanded: object, *, ok: bool) -> None:
        """Note that *seen* was found where *demanded* was wanted."""
        self.facts.append(Fact(name, text_of(seen), text_of(demanded), bool(ok)))

    def same(self, name: str, seen: object, demanded: object) -> None:
        """Note whether *seen* is what is *demanded*."""
        self.note(name, seen, demanded, ok=seen == demanded)

    def between(self, name: str, seen: float, low: float, high: float) -> None:
        """Note whether *seen* lies within [*low*, *high*]."""
        self.note(name, seen, f"{text_of(low)} to {text_of(high)}", ok=low <= seen <= high)

    def at_most(self, name: str, seen: float, most: float) -> None:
        """Note whether *seen* is no more than *most*."""
        self.note(name, seen, f"at most {text_of(most)}", ok=seen <= most)

    def at_least(self, name: str, seen: float, least: float) -> None:
        """Note whether *seen* is no less than *least*."""
        self.note(name, seen, f"at least {text_of(least)}", ok=seen >= least)


def text_of(value: object) -> str:
    """Return *value* as a person reads it: five significant digits, no type names."""
    match value:
        case Enum():
            text = str(value.value) if isinstance(value, str) else value.name
        case bool():
            text = "yes" if value else "no"
        case float() | Decimal():
            text = f"{float(value):.5g}"
        case None:
            text = "none"
        case frozenset() | set():
            text = _joined(sorted(map(text_of, value)))
        case tuple() | list():
            text = _joined(value)
        case dict():
            text = _joined(f"{text_of(key)} {text_of(each)}" for key, each in value.items())
        case _:
            text = str(value)
    return text


def _joined(values: Iterable[object]) -> str:
    return ", ".join(text_of(value) for value in values) or "none"
