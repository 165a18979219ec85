"""What the system health monitor looks at, part by part, and from where on a part is ill."""

import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from application.engine import Engine
from application.gateway import OrderGateway
from application.loop_lag import LoopLag
from application.ports.clock import Clock
from application.progress import Progress, Work
from application.system_health import Bound, Part
from bootstrap.health_section import HealthSection
from bootstrap.sampling import Sources
from domain.governance.directive import Health

if TYPE_CHECKING:
    from adapters.notifier.webhook.notifier import WebhookNotifier

# A part that moves with the bars may be still for so many of them.
_BARS: Final = 3


class Confirmed:
    """How long ago something that only counts its successes had the last one."""

    def __init__(self, count: Callable[[], int], now_ms: Callable[[], int]) -> None:
        """Look at *count* whenever asked."""
        self._count = count
        self._now_ms = now_ms
        self._seen, self._at_ms = count(), now_ms()

    def age_s(self) -> float:
        """Return the seconds since the count was first seen to be what it is."""
        count = self._count()
        if count != self._seen:
            self._seen, self._at_ms = count, self._now_ms()
        return (self._now_ms() - self._at_ms) / 1000


class Offset:
    """Asks how far the venue's time is ahead of ours, and remembers the answer."""

    def __init__(self, ask: Callable[[], Awaitable[int]]) -> None:
        """Ask by *ask*, which returns ms."""
        self._ask = ask
        self.last_ms = 0

    async def __call__(self) -> int:
        """Return the offset in ms. Raises what asking raises."""
        self.last_ms = await self._ask()
        return self.last_ms


class Surroundings(NamedTuple):
    """What of a run the monitor looks at, beside its engine.

    `pace_s` is the time between two bars, `waiting` how many events wait to be heard, `confirmed`
    how often the policy store answered; `remote`: the venue is beyond a wire.
    """

    run_dir: Path
    clock: Clock
    pace_s: float
    waiting: Callable[[], int]
    confirmed: Callable[[], int]
    offset_ms: Callable[[], int] = lambda: 0
    remote: bool = False
    moved: Callable[[], None] = lambda: None
    gateway: OrderGateway | None = None
    remaining: Callable[[], Mapping[str, float]] = dict
    alerts: "WebhookNotifier | None" = None
    audited: Callable[[], Mapping[str, float]] = dict


def _offset_s(around: Surroundings) -> float:
    return abs(around.clock.skew_ms() + around.offset_ms()) / 1000


def sources_of(
    engine: Engine,
    around: Surroundings,
    progress: Progress,
    lag: LoopLag,
    policy_s: Callable[[], float],
) -> Sources:
    """Return where the gauges have their figures from."""
    gateway = around.gateway
    return Sources(
        around.run_dir,
        lambda: engine.state,
        around.waiting,
        lambda: progress.age_s(Work.FEED),
        policy_s,
        lambda: _offset_s(around),
        lag.worst_s,
        lambda: {} if gateway is None else {k.value: n for k, n in gateway.outcomes.items()},
        lambda: 0 if gateway is None else gateway.unmapped_codes,
        around.remaining,
        lambda: {} if around.alerts is None else around.alerts.counts,
        around.audited,
    )


def parts_of(
    section: HealthSection,
    around: Surroundings,
    progress: Progress,
    lag: LoopLag,
    policy_s: Callable[[], float],
    behind: Callable[[], int],
) -> list[Part]:
    """Return every part; what moves with the bars may be still for a few of them."""
    bar_s = _BARS * around.pace_s

    def stuck_s() -> float:
        return progress.age_s(Work.DECISION) if around.remote or around.waiting() else 0.0

    def unwritten_s() -> float:
        # In process a commit waits for what needs one, however long that takes.
        return progress.unwritten_s() if around.remote or behind() else 0.0

    def age_of(work: Work) -> Callable[[], float]:
        return lambda: progress.age_s(work)

    feed = Bound(max(section.feed_s, bar_s))
    exchange = Bound(max(section.exchange_s, 0.0 if around.remote else bar_s))
    lags = Bound(section.loop_lag_s, section.loop_lag_critical_s)
    errors = Bound(section.order_errors, section.order_errors_critical)
    disk = Bound(section.disk_free_bytes, section.disk_free_bytes_critical, is_floor=True)
    parts = [
        Part("decision", "seconds", stuck_s, Bound(section.decision_s), tells=True, bars=True,
             lives=section.stuck_s),
        Part("loop", "seconds", lag.typical_s, lags, tells=True),
        Part("feed", "seconds", age_of(Work.FEED), feed, tells=True, bars=True),
        Part("journal", "seconds", unwritten_s, Bound(section.journal_s), bars=True),
        Part("orders", "errors per order", progress.order_error_rate, errors, tells=True),
        Part("policy", "seconds", policy_s, Bound(max(section.policy_s, bar_s))),
        Part("disk", "bytes", lambda: float(shutil.disk_usage(around.run_dir).free), disk,
             tells=True, bars=True, gravest=Health.DEGRADED),
        Part("clock", "seconds", lambda: _offset_s(around),
             Bound(section.clock_s)),
    ]  # fmt: skip
    if around.remote:
        parts.append(
            Part("exchange", "seconds", age_of(Work.EXCHANGE), exchange, tells=True, bars=True)
        )
    return parts
