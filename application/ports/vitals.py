"""How the daemon is, for those who ask from outside."""

from collections.abc import Mapping
from typing import Protocol

Vital = str | int | float | bool | None | list["Vital"] | dict[str, "Vital"]


class Vitals(Protocol):
    """Answers at once from what is known; never waits, never raises."""

    def live(self) -> tuple[str, ...]:
        """Return what speaks against being alive: no progress. Empty: alive."""

    def ready(self) -> tuple[str, ...]:
        """Return what keeps the desk from taking entries. Empty: ready."""

    def shown(self) -> Mapping[str, Vital]:
        """Return every part with its state, age and figures, as JSON would hold it."""
