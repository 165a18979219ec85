"""Who is unwell: several parts tell of themselves, and the desk hears what all of them come to.

One part that is well again says nothing for the others.
"""

from domain.decision.messages import HealthChanged
from domain.governance.directive import Health


class HealthBoard:
    """Remembers what is wrong with each part, by its name."""

    def __init__(self) -> None:
        """Begin with everything well."""
        self._problems: dict[str, str] = {}

    def told(self, at_ms: int, part: str, problem: str | None) -> HealthChanged:
        """Return the health of all after *part* told its *problem*, None for none."""
        if problem is None:
            self._problems.pop(part, None)
        else:
            self._problems[part] = problem
        health = Health.DEGRADED if self._problems else Health.HEALTHY
        return HealthChanged(at_ms, health, tuple(self._problems.values()))
