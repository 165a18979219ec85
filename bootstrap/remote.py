"""A run at a venue beyond a wire: every start is recovery, a stop leaves the stops at the venue.

The same directory is gone on with at every start; nothing has to be said for it. One process acts
for an account at a time, under an epoch of its own.
"""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from adapters.audit.verify import verify
from adapters.clock.system import SystemClock
from adapters.exchange.served.line import Line
from adapters.exchange.served.reader import ServedReader
from adapters.exchange.served.token import checked_url, token_in
from adapters.persistence.authority import held_account
from adapters.persistence.halt_file import HaltFile
from adapters.reporting.files import replacing
from application.errors import BadInput
from application.learning import Progress
from application.live import OPEN, READY
from application.ports.latch import LatchStore
from application.secret import Secret
from bootstrap.containers import Adapters
from bootstrap.lifecycle import loop_factory, rare_collection, stop_signals
from bootstrap.lock import held
from bootstrap.market import Market, prepare
from bootstrap.outward import let_go
from bootstrap.plan import RunPlan
from bootstrap.recovery import HALT, SEGMENTS, Record, opened
from bootstrap.remote_session import Parts, joined
from bootstrap.remote_venue import VenueTime, greeted, require_same_market, state_dir_of
from bootstrap.run_files import run_dir_of
from bootstrap.sd_notify import SdNotify
from bootstrap.settings import Settings, require_startable
from bootstrap.watchdog import Watchdog
from domain.decision.messages import LatchRead, NoteEmergency, SessionOpened
from domain.governance.policy import Policy
from domain.risk.emergency_stop import EMERGENCY

SAFE: Final = "safe"
Reached = Callable[[str, float], None]
"""Told of a phase of the start and the seconds since it began."""


class RemoteOutcome(NamedTuple):
    """What a run came to, and where it is written."""

    run_dir: Path
    audit_ok: bool
    summary: dict[str, Any]


class _Start:
    """Remembers when the phases of a start were reached, and tells of them."""

    def __init__(self, began_s: float, reached: Reached) -> None:
        self._began_s = began_s
        self._reached = reached
        self.sd_notify = SdNotify()
        self.took: dict[str, float] = {}

    def __call__(self, phase: str) -> None:
        """Note that *phase* is reached; only those that a person waits for are told."""
        if phase == OPEN:
            self.sd_notify.ready()
        if phase in (SAFE, READY) and phase not in self.took:
            self.took[phase] = round(time.perf_counter() - self._began_s, 3)
            self._reached(phase, self.took[phase])


class _Run(NamedTuple):
    settings: Settings
    plan: RunPlan
    run_dir: Path
    adapters: Adapters
    record: Record
    market: Market
    epoch: int
    url: str
    token: Secret | None
    stopped: Callable[[], bool]
    start: _Start


def execute_remote(
    settings: Settings,
    plan: RunPlan,
    progress: Progress,
    reached: Reached,
    began_s: float | None = None,
) -> RemoteOutcome:
    """Trade at the venue of *plan* until it is over or a signal comes.

    *began_s* is when the start began, by `time.perf_counter`. Raises `BadInput`,
    `IntegrityFailure` when a record is not what was written, `PortError`.
    """
    start = _Start(time.perf_counter() if began_s is None else began_s, reached)
    require_startable(settings)
    url = _checked(plan)
    token = token_in(plan.token_file) if plan.token_file is not None else None
    run_dir = run_dir_of(settings, plan)
    adapters = Adapters(settings=settings, plan=plan, run_dir=run_dir, resuming="no")
    is_new = not (run_dir / SEGMENTS).exists()
    market = _market(settings, plan, adapters, progress) if is_new else None
    run_dir.mkdir(parents=True, exist_ok=True)
    state_dir = state_dir_of(settings)
    with held(run_dir), held_account(state_dir, url) as epoch, stop_signals() as stopped:
        record = opened(run_dir, adapters, settings.mode)
        try:
            start(SAFE)
            market = market or _market(settings, plan, adapters, progress)
            run = _Run(
                settings, plan, run_dir, adapters, record, market, epoch, url, token, stopped, start
            )
            summary = _traded(run)
        finally:
            record.journal.close()
            record.audit.close()
            adapters.trade_store().close()
            adapters.keeper().close()
            let_go(adapters)
    return _written(run_dir, summary)


def _checked(plan: RunPlan) -> str:
    """Return the address of the venue. Raises `BadInput` naming what has no place in such a run."""
    idle = {
        "--resume: the run in --run-dir is gone on with by itself; leave it out": plan.resume,
        "--pace: the venue sets the pace; leave it out": plan.pace_s,
        "--trades-out: trades are in trades.db of the run; leave it out": plan.trades_out,
        "--fills-out: fills are in trades.db of the run; leave it out": plan.fills_out,
    }
    problems = [text for text, value in idle.items() if value]
    if problems:
        raise BadInput(*problems)
    return checked_url(plan.venue or "")


def _market(settings: Settings, plan: RunPlan, adapters: Adapters, progress: Progress) -> Market:
    progress("history", 0, 1)
    return prepare(
        settings,
        plan,
        adapters.history().load(),
        adapters.analyst(),
        adapters.risk_analyst(),
        adapters.features(),
        adapters.trainers(),
        progress,
    )


def _traded(run: _Run) -> dict[str, Any]:
    """Trade until told to stop; return what it came to."""
    clock = SystemClock()
    clock.not_before(run.record.found.state.at_ms)
    halt = HaltFile(run.run_dir / HALT)
    watchdog = Watchdog(
        run.settings.daemon.watchdog_s, lambda reason: halt.trip("watchdog", reason)
    )
    with rare_collection(), watchdog, asyncio.Runner(loop_factory=loop_factory()) as runner:
        parts = runner.run(_trade(run, clock, halt, watchdog))
    if parts is None:
        return {"interrupted": True, **_named(run)}
    parts.close()
    return {**_named(run), **parts.told()}


def _named(run: _Run) -> dict[str, Any]:
    return {
        "mode": run.settings.mode.value,
        "run_dir": str(run.run_dir),
        "venue": run.url,
        "epoch": run.epoch,
        **{f"{phase}_s": took for phase, took in run.start.took.items()},
    }


async def _trade(run: _Run, clock: SystemClock, halt: HaltFile, watchdog: Watchdog) -> Parts | None:
    """Trade; return the parts as they are in the end, None when the venue never answered."""
    async with Line(run.url, run.token) as line:
        reader = ServedReader(line, clock.now_ms)
        hello = await greeted(reader, clock, run.adapters.notifier(), run.stopped)
        if hello is None:
            return None
        require_same_market(hello, run.market)
        parts = joined(
            run.settings,
            run.plan,
            run.run_dir,
            run.adapters,
            run.record,
            run.market,
            clock=clock,
            line=line,
            reader=reader,
            halt=halt,
            offset_ms=VenueTime(line, clock).offset_ms,
            alive=watchdog.alive,
            reached=run.start,
            pace_s=hello.pace_ms / 1000,
            moved=run.start.sd_notify.moved,
        )
        opening, latch = _opening(run, clock.now_ms())
        try:
            stopped = run.start.sd_notify.until(run.stopped)
            await parts.session.run(opening, latch, parts.sources, stopped)
        except BaseException:
            parts.let_go()
            raise
        return parts


def _opening(run: _Run, now_ms: int) -> tuple[SessionOpened, LatchRead]:
    """Return what the desk hears first."""
    latch: LatchStore = run.adapters.latch_file()
    kept, keeper, plan = latch.read(), run.adapters.keeper(), run.plan
    epoch = kept.epoch if kept is not None else 0
    named = plan.policy if plan.policy != Policy() else None
    policy = keeper.start(named, "startup", "the policy named at the start", now_ms, epoch)
    if kept is not None and kept.epoch:  # the store may have missed how it ended
        reason = "+".join(kept.causes) or "recovered"
        keeper.note(NoteEmergency(now_ms, kept.epoch, kept.mode is EMERGENCY, reason))
    opening = SessionOpened(
        now_ms,
        run.settings.mode,
        run.epoch,
        policy,
        run.market.instruments,
        plan.ceiling,
        remote=True,
    )
    return opening, LatchRead(now_ms, kept)


def _written(run_dir: Path, summary: dict[str, Any]) -> RemoteOutcome:
    """Verify the audit, and write the summary."""
    verdict = verify(run_dir / "audit")
    summary["audit_verified"] = verdict.ok
    with replacing(run_dir / "summary.json") as path:
        path.write_text(json.dumps(summary, indent=1) + "\n", "utf-8")
    return RemoteOutcome(run_dir, verdict.ok, summary)
