"""The system health monitor of a run: what it looks at, and that somebody looks."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.clock.system import SystemClock
from application.engine import Engine
from application.gate_starvation import HOUR_MS, GateWatch, Patience
from application.health import HealthBoard
from application.inbox import Inbox
from application.loop_lag import LoopLag
from application.paper import Watcher
from application.policy_keeper import PolicyKeeper
from application.ports.notifier import Notifier
from application.ports.telemetry import Telemetry
from application.ports.vitals import Vital
from application.progress import Progress
from application.system_health import SystemHealth
from bootstrap.health_section import HealthSection
from bootstrap.plan import RunPlan
from bootstrap.sampling import Sampler
from bootstrap.sd_notify import SdNotify
from bootstrap.vital_parts import Confirmed, Surroundings, parts_of, sources_of
from domain.decision.danger import permission
from domain.decision.messages import Heard
from domain.decision.state import State
from domain.risk.emergency_stop import EMERGENCY

if TYPE_CHECKING:
    from adapters.notifier.webhook.notifier import WebhookNotifier

LOOK_S: Final = 1.0


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
        policy = Confirmed(around.confirmed, clock.now_ms)
        parts = parts_of(
            section, around, self.progress, self.lag, policy.age_s, lambda: engine.behind
        )
        self.vitals = SystemHealth(
            parts, board, telemetry, clock.now_ms,
            barred=lambda: barred(engine.state), more=self._more, page=notifier.notify,
        )  # fmt: skip
        self._sampler = Sampler(
            telemetry, sources_of(engine, around, self.progress, self.lag, policy.age_s), self.gates
        )
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

    def look(self) -> None:
        """Look at everything once."""
        self.vitals.look()
        self._sampler.sample()

    async def run(self, hear: Callable[[Heard], None]) -> None:
        """Look until cancelled, and let *hear* know. Satisfies `Source`."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.lag.run())
            while True:
                self.look()
                for heard in self.vitals.news(self._clock.now_ms()):
                    hear(heard)
                await asyncio.sleep(LOOK_S)

    async def beside(self) -> None:
        """Look until cancelled; whoever asks for the news hears them."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.lag.run())
            while True:
                self.look()
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


def around_paper(
    run_dir: Path,
    plan: RunPlan,
    inbox: Inbox,
    keeper: PolicyKeeper,
    sd_notify: SdNotify,
    webhooks: "WebhookNotifier | None" = None,
    audited: Callable[[], Mapping[str, float]] = dict,
) -> Surroundings:
    """Return what the monitor of a paper session looks at."""
    return Surroundings(
        run_dir, SystemClock(), plan.pace_s, inbox.__len__, lambda: keeper.confirmations,
        moved=sd_notify.moved, alerts=webhooks, audited=audited,
    )  # fmt: skip


def watcher_of(plan: RunPlan, monitor: Monitor) -> Watcher:
    """Return who tells a paper session of its health: nobody, where no time passes in it."""
    return monitor if plan.pace_s else _nothing


def _nothing(_at_ms: int) -> tuple[Heard, ...]:
    return ()
