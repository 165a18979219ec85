"""Who is unwell: several parts tell of themselves, and the desk hears what all of them come to.

One part that is well again says nothing for the others. All together are as ill as the worst.
"""

from typing import NamedTuple

from domain.decision.messages import HealthChanged
from domain.governance.directive import Health


class _Problem(NamedTuple):
    text: str
    health: Health


class HealthBoard:
    """Remembers what is wrong with each part, by its name."""

    def __init__(self) -> None:
        """Begin with everything well."""
        self._problems: dict[str, _Problem] = {}

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is wrong now, in the order in which it came up."""
        return tuple(problem.text for problem in self._problems.values())

    def told(
        self, at_ms: int, part: str, problem: str | None, health: Health = Health.DEGRADED
    ) -> HealthChanged:
        """Return the health of all after *part* told its *problem*, None for none.

        *health* is how ill the problem makes the part.
        """
        if problem is None:
            self._problems.pop(part, None)
        else:
            self._problems[part] = _Problem(problem, health)
        worst = max((one.health for one in self._problems.values()), default=Health.HEALTHY)
        return HealthChanged(at_ms, worst, self.reasons)
