"""The system health monitor of a run: what it looks at, and that somebody looks."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from adapters.clock.system import SystemClock
from application.engine import Engine
from application.gate_starvation import HOUR_MS, GateWatch, Patience
from application.health import HealthBoard
from application.inbox import Inbox
from application.loop_lag import LoopLag
from application.paper import Watcher
from application.policy_keeper import PolicyKeeper
from application.ports.clock import Clock
from application.ports.notifier import Notifier
from application.ports.telemetry import Telemetry
from application.ports.vitals import Vital
from application.progress import Progress, Work
from application.system_health import Bound, Part, SystemHealth
from bootstrap.health_section import HealthSection
from bootstrap.plan import RunPlan
from bootstrap.sd_notify import SdNotify
from domain.decision.danger import permission
from domain.decision.messages import Heard
from domain.decision.state import State
from domain.risk.emergency_stop import EMERGENCY

LOOK_S: Final = 1.0
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


class Monitor:
    """Joins the parts of the monitor, and looks once a second."""

    def __init__(
        self,
        section: HealthSection,
        engine: Engine,
        board: HealthBoard,
        telemetry: Telemetry,
        notifier: Notifier,
        around: Surroundings,
    ) -> None:
        """Look at *engine* and what is *around* it; the desk hears of it by *board*."""
        clock = self._clock = around.clock
        self._engine = engine
        self.progress = Progress(clock.now_ms, around.moved)
        self.lag = LoopLag(
            time.perf_counter, lambda lag_s: telemetry.record_histogram("loop.lag", lag_s)
        )
        self.gates = GateWatch(notifier.notify, _patience(section))
        parts = _parts(section, around, self.progress, self.lag, lambda: engine.behind)
        self.vitals = SystemHealth(
            parts, board, telemetry, clock.now_ms,
            barred=lambda: barred(engine.state), more=self._more,
        )  # fmt: skip
        engine.watch(self.progress.heard, self.progress.committed)
        engine.watch(self.gates, lambda: None)

    def _more(self) -> dict[str, Vital]:
        gates, state = self.gates, self._engine.state
        return {
            "gates": {
                "starved": gates.told() or None,
                "passed": gates.passed,
                "refused": gates.refused,
                "refused_since_pass": gates.refused_since_pass,
                "last_pass_age_s": gates.last_pass_s,
                "blocked": dict(gates.blocked),
            },
            "ess_mode": state.stop.mode.name,
            "permission": permission(state).name,
            "policy_version": state.policy.version,
        }

    async def run(self, hear: Callable[[Heard], None]) -> None:
        """Look until cancelled, and let *hear* know. Satisfies `Source`."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.lag.run())
            while True:
                self.vitals.look()
                for heard in self.vitals.news(self._clock.now_ms()):
                    hear(heard)
                await asyncio.sleep(LOOK_S)

    async def beside(self) -> None:
        """Look until cancelled; whoever asks for the news hears them."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.lag.run())
            while True:
                self.vitals.look()
                await asyncio.sleep(LOOK_S)

    def __call__(self, at_ms: int) -> tuple[Heard, ...]:
        """Return what the desk is to hear before the close at *at_ms*: a watcher of a session."""
        return self.vitals.news(at_ms)

    async def breathe(self, seconds: float) -> None:
        """Pause between two bars for *seconds*; the session that paces itself is at work."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            self.progress.idle()
            await asyncio.sleep(min(left_s, LOOK_S))


def barred(state: State) -> Iterator[str]:
    """Yield what in the desk itself keeps it from taking entries."""
    oversight = state.oversight
    if not state.instruments:
        yield "desk: not open yet"
    if state.stop.mode is EMERGENCY:
        causes = ", ".join(state.stop.causes) or "no cause is called for any more"
        yield f"emergency stop: EMERGENCY ({causes})"
    if not permission(state).entries:
        yield f"safety policy: {permission(state).name}"
    if not state.policy.allow_new_trades:
        yield "policy: new trades are off"
    if state.policy.expires_ms and state.at_ms > state.policy.expires_ms:
        yield f"policy: version {state.policy.version} has expired"
    known = oversight.reconciliation
    if known.remote and not (known.stream_up and known.synced_ms is not None):
        yield "venue: desk and venue are not reconciled"


def _patience(section: HealthSection) -> Patience:
    return Patience(
        int(section.starved_hours * HOUR_MS),
        section.starved_refusals,
        int(section.quiet_hours * HOUR_MS),
    )


def _parts(
    section: HealthSection,
    around: Surroundings,
    progress: Progress,
    lag: LoopLag,
    behind: Callable[[], int],
) -> list[Part]:
    clock, bar_s = around.clock, _BARS * around.pace_s

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
    policy = Confirmed(around.confirmed, clock.now_ms)
    parts = [
        Part("decision", "seconds", stuck_s, Bound(section.decision_s), tells=True, bars=True,
             lives=section.stuck_s),
        Part("loop", "seconds", lag.typical_s, lags, tells=True),
        Part("feed", "seconds", age_of(Work.FEED), feed, tells=True, bars=True),
        Part("journal", "seconds", unwritten_s, Bound(section.journal_s), bars=True),
        Part("orders", "errors per order", progress.order_error_rate, errors, tells=True),
        Part("policy", "seconds", policy.age_s, Bound(max(section.policy_s, bar_s))),
        Part("disk", "bytes", lambda: float(shutil.disk_usage(around.run_dir).free), disk,
             tells=True, bars=True),
        Part("clock", "seconds", lambda: abs(clock.skew_ms() + around.offset_ms()) / 1000,
             Bound(section.clock_s)),
    ]  # fmt: skip
    if around.remote:
        parts.append(
            Part("exchange", "seconds", age_of(Work.EXCHANGE), exchange, tells=True, bars=True)
        )
    return parts


def around_paper(
    run_dir: Path, plan: RunPlan, inbox: Inbox, keeper: PolicyKeeper, sd_notify: SdNotify
) -> Surroundings:
    """Return what the monitor of a paper session looks at."""
    return Surroundings(
        run_dir, SystemClock(), plan.pace_s, inbox.__len__, lambda: keeper.confirmations,
        moved=sd_notify.moved,
    )  # fmt: skip


def watcher_of(plan: RunPlan, monitor: Monitor) -> Watcher:
    """Return who tells a paper session of its health: nobody, where no time passes in it."""
    return monitor if plan.pace_s else _nothing


def _nothing(_at_ms: int) -> tuple[Heard, ...]:
    return ()
