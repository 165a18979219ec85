"""The system health monitor: every part is looked at, judged, and told of.

Rule 1: a part is a figure with bounds; whose figure cannot be read is UNKNOWN, which is no better
than DEGRADED.
Rule 2: worse counts at once, better only once it has lasted: a part that flaps is ill.
Rule 3: the desk hears of the parts that nobody else tells it of; what its own rules see already
(the policy store, a clock that jumped, stale data) is shown, and not told a second time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from application.health import HealthBoard
from application.ports.telemetry import Telemetry
from application.ports.vitals import Vital, Vitals
from domain.decision.messages import Heard, Page, Severity
from domain.governance.directive import Health

CALM_S: Final = 10.0
LOOKED_S_MAX: Final = 10.0
_SEVERITIES: Final = {
    Health.UNKNOWN: Severity.WARNING,
    Health.DEGRADED: Severity.WARNING,
    Health.CRITICAL: Severity.CRITICAL,
}


class Bound(NamedTuple):
    """From where on a figure is ill; `is_floor`: what is below is. None: never so ill."""

    degraded: float
    critical: float | None = None
    is_floor: bool = False

    def judge(self, value: float | None) -> Health:
        """Return how well *value* is; None, and what is no number, is UNKNOWN."""
        if value is None or value != value:  # noqa: PLR0124 - only a NaN is not itself
            return Health.UNKNOWN
        if self.critical is not None and self._beyond(value, self.critical):
            return Health.CRITICAL
        return Health.DEGRADED if self._beyond(value, self.degraded) else Health.HEALTHY

    def _beyond(self, value: float, limit: float) -> bool:
        return value < limit if self.is_floor else value > limit


class Part(NamedTuple):
    """One part of the system: its figure, in `unit`, and what it means when it is ill.

    `tells`: the desk hears of it, of nothing graver than `gravest`: what does not keep positions
    from being watched is no reason to close them. `bars`: ill, it keeps the desk from being ready.
    `lives`: beyond that figure the process is not alive.
    """

    name: str
    unit: str
    read: Callable[[], float | None]
    bound: Bound
    tells: bool = False
    bars: bool = False
    lives: float | None = None
    gravest: Health = Health.CRITICAL


class Finding(NamedTuple):
    """What a look at a part found; `health` may be worse than `value` is, until that has lasted."""

    part: Part
    value: float | None
    health: Health
    calm_ms: int | None

    @property
    def text(self) -> str:
        """The finding in words."""
        if self.value is None:
            return f"{self.part.name}: unknown"
        limit = self.part.bound
        side = "at least" if limit.is_floor else "at most"
        return (
            f"{self.part.name}: {self.value:.3g} {self.part.unit}, "
            f"{side} {limit.degraded:g} is well"
        )


class SystemHealth:
    """Satisfies `Vitals`. One thread looks and is asked."""

    def __init__(
        self,
        parts: Sequence[Part],
        board: HealthBoard,
        telemetry: Telemetry,
        now_ms: Callable[[], int],
        *,
        barred: Callable[[], Iterable[str]] = tuple,
        more: Callable[[], Mapping[str, Vital]] = dict,
        page: Callable[[Page], None] = lambda _: None,
        calm_s: float = CALM_S,
    ) -> None:
        """Look at *parts* by a steady *now_ms*; what the desk is to hear goes by *board*.

        *barred* is what else keeps the desk from entries, *more* what else is shown. *page* calls
        a person when a part gets worse.
        """
        self._parts = tuple(parts)
        self._board = board
        self._telemetry = telemetry
        self._now_ms = now_ms
        self._barred = barred
        self._more = more
        self._page = page
        self._calm_ms = int(calm_s * 1000)
        self._looked_ms = now_ms()
        self._found: dict[str, Finding] = {}
        self._told: dict[str, Health] = {}

    @property
    def health(self) -> Health:
        """How well everything together is; what nobody has looked at is UNKNOWN."""
        if not self._found:
            return Health.UNKNOWN
        return max(finding.health for finding in self._found.values())

    def look(self) -> None:
        """Look at every part now."""
        now = self._looked_ms = self._now_ms()
        gauge = self._telemetry.record_gauge
        for part in self._parts:
            before = self._found.get(part.name)
            finding = self._found[part.name] = self._judged(part, now)
            if finding.health > (Health.HEALTHY if before is None else before.health):
                self._page(Page(now, _SEVERITIES[finding.health], f"health: {finding.text}"))
            labels = {"part": part.name}
            gauge("health.part", float(finding.health), labels)
            if finding.value is not None:
                gauge("health.figure", finding.value, labels)

    def _judged(self, part: Part, now: int) -> Finding:
        try:
            value = part.read()
        except Exception:  # noqa: BLE001 - whatever it is, the part cannot be judged
            value = None
        health = part.bound.judge(value)
        before = self._found.get(part.name)
        if before is None or health >= before.health:
            return Finding(part, value, health, None)
        since = now if before.calm_ms is None else before.calm_ms
        if now - since < self._calm_ms:
            return Finding(part, value, before.health, since)
        return Finding(part, value, health, None)

    def news(self, at_ms: int) -> tuple[Heard, ...]:
        """Return what the desk is to hear of the last look, at *at_ms* of its time."""
        news: list[Heard] = []
        for name, finding in self._found.items():
            was = self._told.get(name, Health.HEALTHY)
            health = min(finding.health, finding.part.gravest)
            if not finding.part.tells or health is was:
                continue
            self._told[name] = health
            problem = None if health is Health.HEALTHY else finding.text
            news.append(self._board.told(at_ms, name, problem, health))
        return tuple(news)

    def live(self) -> tuple[str, ...]:
        """Return what speaks against being alive: no progress. Empty: alive."""
        looked_s = (self._now_ms() - self._looked_ms) / 1000
        if looked_s > LOOKED_S_MAX:
            return (f"health: nobody looked for {looked_s:.0f} s",)
        return tuple(
            f"{part.name}: no progress for {finding.value:.0f} s"
            for part, finding in self._each()
            if part.lives is not None and finding.value is not None and finding.value > part.lives
        )

    def ready(self) -> tuple[str, ...]:
        """Return what keeps the desk from taking entries. Empty: ready."""
        ill = (
            finding.text
            for part, finding in self._each()
            if part.bars and finding.health is not Health.HEALTHY
        )
        reasons = (*self.live(), *ill, *self._barred())
        return reasons if self._found else (*reasons, "health: not looked at yet")

    def shown(self) -> Mapping[str, Vital]:
        """Return every part with its state, age and figures, as JSON would hold it."""
        parts: dict[str, Vital] = {
            part.name: {
                "state": finding.health.name,
                "value": finding.value,
                "unit": part.unit,
                "degraded": part.bound.degraded,
                "critical": part.bound.critical,
            }
            for part, finding in self._each()
        }
        return {
            "state": self.health.name,
            "looked_age_s": max(0, self._now_ms() - self._looked_ms) / 1000,
            "parts": parts,
            "reasons": list(self._board.reasons),
            **self._more(),
        }

    def _each(self) -> list[tuple[Part, Finding]]:
        return [(finding.part, finding) for finding in self._found.values()]


_: type[Vitals] = SystemHealth
