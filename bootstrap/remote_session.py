"""The parts of a live session at a remote venue, joined, and how they are let go of."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from adapters.clock.system import SystemClock
from adapters.exchange.served.line import Line as Wire
from adapters.exchange.served.reader import ServedReader
from adapters.exchange.served.stream import ServedStream
from adapters.exchange.served.writer import ServedWriter
from adapters.persistence.halt_file import HaltFile
from application.clearance import Clearance
from application.dispatch import Dispatcher
from application.engine import Engine
from application.errors import StoreUnavailable
from application.gateway import OrderGateway
from application.health import HealthBoard
from application.heartbeat import Heartbeat, Line
from application.inbox import Inbox
from application.live import LiveSession
from application.ports.notifier import Notifier
from application.ports.source import Source
from application.ports.trade_store import TradeStore
from application.projections.trade_image import TradeImage
from application.rate_budget import RateBudget
from application.snapshotting import Snapshotter
from application.startup import account_of
from application.tape_feed import TapeFeed
from application.watching import Watching
from bootstrap.aside import aside
from bootstrap.audit_trail import audit_figures
from bootstrap.containers import Adapters
from bootstrap.events import Publisher, bus_of
from bootstrap.exposition import Exposition
from bootstrap.governance import Governance
from bootstrap.market import Market
from bootstrap.operator_remote import remote_interface
from bootstrap.plan import RunPlan
from bootstrap.policies import Notes, PolicyWatch
from bootstrap.recovery import Record, catch_up
from bootstrap.settings import Settings
from bootstrap.timed_writer import TimedWriter
from bootstrap.vital_parts import Offset, Surroundings
from bootstrap.vitals import Monitor
from bootstrap.wiring import image_of
from domain.decision.facts import Said
from domain.decision.messages import Heard, Page, Severity
from domain.decision.state import State


class Parts(NamedTuple):
    """A session, and what must be let go of after it."""

    session: LiveSession
    sources: Sequence[Source]
    engine: Engine
    inbox: Inbox
    gateway: OrderGateway
    heartbeat: Heartbeat
    image: TradeImage | None
    snapshotter: Snapshotter
    publisher: Publisher
    exposition: Exposition
    monitor: Monitor
    governance: Governance

    def close(self) -> None:
        """Bring what follows the journal up to it, after a stop. Raises `IntegrityFailure`."""
        try:
            if self.image is not None:
                self.image.settle()
                self.image.require_same()
            self.snapshotter.close()
        finally:
            self.let_go()

    def let_go(self) -> None:
        """Let go of all of it, whatever became of it."""
        self.governance.close()
        self.publisher.close()
        self.exposition.write()

    def told(self) -> dict[str, Any]:
        """Return what the session came to."""
        state, inbox = self.engine.state, self.inbox
        return {
            "events": self.engine.sequence,
            "decisions": self.engine.decisions,
            "decision_digest": self.engine.digest.hex(),
            "equity": state.equity,
            "positions": {s: str(one.quantity) for s, one in state.book.positions.items()},
            "orders": len(state.orders),
            "doubts": len(state.oversight.reconciliation.doubts),
            "shed": inbox.shed,
            "conflated": inbox.conflated,
            "stale": inbox.stale,
            "gap_ms_max": self.heartbeat.gap_ms_max,
            "outcomes": {one.value: count for one, count in self.gateway.outcomes.items()},
            "unmapped_codes": self.gateway.unmapped_codes,
        }


def minded(state: State) -> frozenset[str]:
    """Return the symbols that are held or on their way."""
    held = (symbol for symbol, _ in state.exposure.held)
    return frozenset((*held, *state.trades, *(one.symbol for one in state.orders.values())))


def joined(
    settings: Settings,
    plan: RunPlan,
    run_dir: Path,
    adapters: Adapters,
    record: Record,
    market: Market,
    *,
    clock: SystemClock,
    line: Wire,
    reader: ServedReader,
    halt: HaltFile,
    offset_ms: Callable[[], Awaitable[int]],
    alive: Callable[[], None],
    reached: Callable[[str], None],
    pace_s: float,
    moved: Callable[[], None] = lambda: None,
) -> Parts:
    """Return a session that goes on from *record*."""
    engine, health = record.engine(), HealthBoard()
    inbox = _inbox(engine, clock)
    clearance, budget = Clearance(clock.now_ms), RateBudget()
    gateway = OrderGateway(
        TimedWriter(ServedWriter(line, clock.now_ms), adapters.telemetry()),
        reader,
        clock,
        budget,
        lambda entry: clearance.stands(entry, engine.state),
        halt,
        lambda: engine.state.oversight.reconciliation.fenced_by > 0,
        lambda part, problem: inbox.put(health.told(clock.now_ms(), part, problem)),
        in_doubt=lambda name: name in engine.state.oversight.reconciliation.doubts,
    )
    gateway.listen(inbox.put)
    notifier: Notifier = adapters.notifier()
    feeds: list[TapeFeed] = []
    governance = _governance(settings, plan, run_dir, adapters, market, engine, feeds)
    notes = Notes(adapters.keeper(), (PolicyWatch(adapters.keeper(), engine, plan), governance))
    dispatcher = Dispatcher(
        gateway, adapters.latch_file(), notifier, notes.note, lambda: engine.state, inbox.put
    )
    offset = Offset(offset_ms)
    stable = (clock, clearance, Line(), health, inbox.put)
    heartbeat = Heartbeat(*stable, offset_ms=offset, alive=alive)
    session = LiveSession(
        engine, inbox, dispatcher, health, clock, heartbeat,
        lambda: account_of(gateway), reached=reached,
    )  # fmt: skip
    followers = _followers(settings, run_dir, adapters, record, engine, inbox, health, alive)
    exposition = Exposition(adapters.telemetry(), run_dir / "metrics.prom")
    around = Surroundings(
        run_dir, clock, pace_s, inbox.__len__, lambda: adapters.keeper().confirmations,
        lambda: offset.last_ms, remote=True, moved=moved, gateway=gateway,
        remaining=lambda: budget.remaining(clock.now_ms()), alerts=adapters.webhooks(),
        audited=lambda: audit_figures(adapters.audit_files()),
    )  # fmt: skip
    monitor = Monitor(settings.health, engine, health, adapters.telemetry(), notifier, around)
    interface = remote_interface(
        settings, run_dir, adapters, engine, inbox, monitor=monitor, clock=clock, halt=halt
    )
    feeds.append(TapeFeed(market.tape, clock, session.hear))
    watching, stream = Watching(notes, clock, aside), _stream(session, feeds[0], line, clock)
    sources = (stream, watching, exposition, monitor, interface)
    joint = (session, sources, engine, inbox, gateway, heartbeat)
    return Parts(*joint, *followers, exposition, monitor, governance)


def _inbox(engine: Engine, clock: SystemClock) -> Inbox:
    return Inbox(
        held=lambda: minded(engine.state),
        equity=lambda marks: engine.state.exposure.equity({**engine.state.marks, **dict(marks)}),
        fresh_from_ms=lambda: clock.now_ms() - engine.state.policy.entry_ttl_ms,
    )


def _governance(
    settings: Settings,
    plan: RunPlan,
    run_dir: Path,
    adapters: Adapters,
    market: Market,
    engine: Engine,
    feeds: Sequence[TapeFeed],
) -> Governance:
    """Return who governs the models; *feeds* will hold the feed of the session."""
    parts = (adapters.trainers(), adapters.features(), adapters.notifier())
    return Governance(
        settings, plan, run_dir, market, engine, *parts, played=lambda: feeds[0].next_row
    )


def _stream(session: LiveSession, feed: TapeFeed, line: Wire, clock: SystemClock) -> ServedStream:
    return ServedStream(
        line,
        clock.now_ms,
        lambda row, _: feed.closed(row),
        rng=Random(),  # noqa: S311 - pauses, not secrets
        on_over=session.finish,
    )


def _followers(
    settings: Settings,
    run_dir: Path,
    adapters: Adapters,
    record: Record,
    engine: Engine,
    inbox: Inbox,
    health: HealthBoard,
    alive: Callable[[], None],
) -> tuple[TradeImage | None, Snapshotter, Publisher]:
    """Join what follows the journal: the trade store, the bus, and last the snapshots."""
    notifier: Notifier = adapters.notifier()
    store: TradeStore = adapters.trade_store()
    image: TradeImage | None = None
    try:
        catch_up(store, record, alive)
        image = image_of(engine, store, settings.mode, inbox, notifier, health)
    except StoreUnavailable as error:
        text = f"the trade store is not kept in this run, it could not be caught up with: {error}"
        notifier.notify(Page(engine.state.at_ms, Severity.CRITICAL, text))
    bus = bus_of(settings.stores, run_dir, notifier, engine)
    publisher = Publisher(bus, engine, notifier, settings.mode, run_dir.name)
    snapshotter = Snapshotter(
        engine, record.snapshots, audited=lambda: adapters.audit_files().records
    )
    engine.watch(_nothing, snapshotter.flush)
    return image, snapshotter, publisher


def _nothing(_heard: Heard, _said: tuple[Said, ...]) -> None:
    """Watch without a wish: snapshots are taken at commits."""
