"""One run from beginning to end: open, prepare, play, close, judge, report."""

import asyncio
import gc
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from adapters.audit.verify import verify
from adapters.reporting.files import replacing
from adapters.reporting.page import write_page
from adapters.reporting.summary import as_json
from adapters.reporting.tables import write_fills, write_trades
from application.backtest import Backtest
from application.learning import Progress
from application.paper import PaperSession
from application.policy_keeper import PolicyKeeper
from application.projections.trade_image import TradeImage
from application.results import RunResult
from bootstrap.aside import alongside
from bootstrap.containers import Adapters, Application
from bootstrap.events import Publisher
from bootstrap.explanation import note_voters
from bootstrap.lock import held
from bootstrap.market import Market, prepare
from bootstrap.outcome import result_of
from bootstrap.outward import let_go
from bootstrap.plan import RunPlan
from bootstrap.policies import opening_policy, reopening_policy
from bootstrap.run_files import run_dir_of
from bootstrap.sd_notify import SdNotify
from bootstrap.settings import Settings, require_startable
from bootstrap.vitals import Monitor
from domain.decision.messages import SessionOpened
from domain.shared.enums import RunMode

_COLLECT_AFTER = (100_000, 20, 50)


class Outcome(NamedTuple):
    """What a run came to, and where it is written."""

    result: RunResult
    run_dir: Path
    report: Path | None
    audit_ok: bool
    summary: dict[str, Any]


def execute(settings: Settings, plan: RunPlan, progress: Progress) -> Outcome:
    """Run *plan*. Raises `BadInput` before anything is written, `IntegrityFailure` on resuming."""
    require_startable(settings)
    run_dir = run_dir_of(settings, plan)
    adapters = Adapters(
        settings=settings, plan=plan, run_dir=run_dir, resuming="yes" if plan.resume else "no"
    )
    progress("history", 0, 1)
    history = adapters.history().load()
    market = prepare(
        settings,
        plan,
        history,
        adapters.analyst(),
        adapters.risk_analyst(),
        adapters.features(funding=history.funding),
        adapters.trainers(),
        progress,
    )
    run_dir.mkdir(parents=True, exist_ok=True)
    if plan.resume is None:
        note_voters(run_dir, plan)
    with held(run_dir):
        if plan.resume is None:
            adapters.latch_file().create()
        try:
            result = _played(settings, plan, run_dir, adapters, market, progress)
            if plan.resume is not None and not result.interrupted:
                adapters.journal().require_caught_up()
        finally:
            adapters.journal().close()
            adapters.audit_log().close()
            adapters.trade_store().close()
            adapters.keeper().close()
            let_go(adapters)
    with replacing(run_dir / "metrics.prom") as path:
        path.write_text(adapters.telemetry().exposition(), "utf-8")
    return _written(plan, run_dir, market, result)


def _played(
    settings: Settings,
    plan: RunPlan,
    run_dir: Path,
    adapters: Adapters,
    market: Market,
    progress: Progress,
) -> RunResult:
    application = Application(adapters=adapters, settings=settings, plan=plan, market=market)
    application.recorder()
    image: TradeImage = application.image()
    publisher: Publisher = application.publisher()
    tape = market.tape
    first_ms = tape.time_ms(0) if len(tape) else 0
    session = opening(settings, plan, adapters, market, first_ms)
    began, began_cpu = time.perf_counter(), time.process_time()
    with stop_signals() as stopped, rare_collection():
        played = _play(settings, plan, application, session, progress, stopped)
    image.settle()
    image.require_same()
    publisher.close()
    took = (time.perf_counter() - began, time.process_time() - began_cpu)
    return result_of(settings.mode, run_dir.name, market, application, played, took)


def opening(
    settings: Settings, plan: RunPlan, adapters: Adapters, market: Market, first_ms: int
) -> SessionOpened:
    """Return the event that opens the desk; a run that is resumed opens as it did at first."""
    keeper: PolicyKeeper = adapters.keeper()
    first = next(adapters.journal().entries(), None) if plan.resume is not None else None
    if first is not None and isinstance(first.heard, SessionOpened):
        policy = reopening_policy(keeper, plan, first.heard.policy, first_ms, adapters.latch())
    else:
        policy = opening_policy(keeper, plan, first_ms)
    return SessionOpened(first_ms, settings.mode, 0, policy, market.instruments, plan.ceiling)


def _play(
    settings: Settings,
    plan: RunPlan,
    application: Application,
    session: SessionOpened,
    progress: Progress,
    stopped: Callable[[], bool],
) -> int:
    """Play the whole tape, or until *stopped*; return how many rows were played."""
    deposit, rows = settings.account.deposit, len(application.market().tape)

    def advanced(row: int) -> None:
        progress(settings.mode.value, row, rows)

    if settings.mode is RunMode.BACKTEST:
        backtest: Backtest = application.backtest()
        backtest.open(session, deposit)
        return backtest.run(advanced, stopped)
    paper: PaperSession = application.paper()
    application.exchange().listen(application.inbox().put)
    monitor: Monitor = application.monitor()
    sd_notify: SdNotify = application.sd_notify()
    lasting = (monitor, application.exposition(), application.interface()) if plan.pace_s else ()
    sd_notify.ready()
    playing = paper.run(session, deposit, advanced, sd_notify.until(stopped), plan.pace_s)
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(alongside(playing, *(one.beside() for one in lasting)))
    finally:
        if plan.pace_s:
            application.interface().close()
        application.governance().close()
    sd_notify.stopping()
    return paper.played


@contextmanager
def rare_collection() -> Iterator[None]:
    """Let the cyclic collector look rarely: messages are tuples of values, which form no cycles."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes the fast loop, None where there is none."""
    try:
        import uvloop  # noqa: PLC0415 - it is not there on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


@contextmanager
def stop_signals() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C and SIGTERM into a wish to stop; a second Ctrl-C interrupts as usual."""
    wishes: list[int] = []

    def wish(number: int, _frame: object) -> None:
        wishes.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False  # embedded: whoever embeds us owns the signals
        return
    before = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(wishes)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _written(plan: RunPlan, run_dir: Path, market: Market, result: RunResult) -> Outcome:
    """Write the files that were asked for, verify the audit, and sum up."""
    if plan.trades_out is not None:
        write_trades(plan.trades_out, result.trades)
    if plan.fills_out is not None:
        write_fills(plan.fills_out, result.fills)
    verdict = verify(run_dir / "audit")
    report = None
    if plan.report:
        notes = {
            "voters": ", ".join(market.voters),
            "audit": "verified" if verdict.ok else "BROKEN",
        }
        report = write_page(result, market.history.bars, run_dir / "report.html", notes)
    summary = as_json(result, report, verdict.ok)
    summary["run_dir"] = str(run_dir)
    with replacing(run_dir / "summary.json") as path:
        path.write_text(json.dumps(summary, indent=1) + "\n", "utf-8")
    return Outcome(result, run_dir, report, verdict.ok, summary)
