"""The parts of a live session at a remote venue, joined, and how they are let go of."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from adapters.clock.system import SystemClock
from adapters.exchange.served.line import Line as Wire
from adapters.exchange.served.reader import ServedReader
from adapters.exchange.served.stream import ServedStream
from adapters.exchange.served.writer import ServedWriter
from adapters.reporting.files import replacing
from adapters.telemetry.memory import InMemoryTelemetry
from application.clearance import Clearance
from application.dispatch import Dispatcher
from application.engine import Engine
from application.errors import StoreUnavailable
from application.gateway import OrderGateway
from application.health import HealthBoard
from application.heartbeat import Heartbeat, Line
from application.inbox import Inbox
from application.live import LiveSession
from application.policy_keeper import PolicyKeeper
from application.ports.notifier import Notifier
from application.ports.source import Source
from application.ports.trade_store import TradeStore
from application.ports.tripwire import Tripwire
from application.projections.trade_image import TradeImage
from application.rate_budget import RateBudget
from application.snapshotting import Snapshotter
from application.startup import account_of
from application.tape_feed import TapeFeed
from application.watching import Watching
from bootstrap.aside import aside
from bootstrap.containers import Adapters
from bootstrap.events import Publisher, bus_of
from bootstrap.market import Market
from bootstrap.plan import RunPlan
from bootstrap.policies import PolicyWatch
from bootstrap.recovery import Record, catch_up
from bootstrap.settings import Settings
from bootstrap.wiring import image_of
from domain.decision.facts import Said
from domain.decision.messages import Heard, NoteEmergency, Page, Severity
from domain.decision.state import State

_EXPOSED_S: Final = 5.0


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
    exposition: "Exposition"

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


class Exposition:
    """Writes the metrics to a file every few seconds."""

    def __init__(self, telemetry: InMemoryTelemetry, path: Path) -> None:
        """Write those of *telemetry* to *path*."""
        self._telemetry = telemetry
        self._path = path

    def write(self) -> None:
        """Write them now."""
        with replacing(self._path) as path:
            path.write_text(self._telemetry.exposition(), "utf-8")

    async def run(self, hear: Callable[[Heard], None]) -> None:  # noqa: ARG002 - the port's
        """Write until cancelled; it says nothing."""
        while True:
            await asyncio.sleep(_EXPOSED_S)
            try:
                await aside(self.write)
            except OSError:
                continue  # whoever reads them sees that they are old


class _Notes:
    """Emergencies on their way to the policy store: taken in at once, told by who may hang."""

    def __init__(self, keeper: PolicyKeeper, watch: PolicyWatch) -> None:
        self._keeper = keeper
        self._watch = watch
        self._waiting: deque[NoteEmergency] = deque()

    def note(self, told: NoteEmergency) -> None:
        self._waiting.append(told)

    def __call__(self, at_ms: int) -> tuple[Heard, ...]:
        while self._waiting:
            self._keeper.note(self._waiting.popleft())
        return self._watch(at_ms)


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
    halt: Tripwire,
    offset_ms: Callable[[], Awaitable[int]],
    alive: Callable[[], None],
    reached: Callable[[str], None],
) -> Parts:
    """Return a session that goes on from *record*."""
    engine, health = record.engine(), HealthBoard()

    def state() -> State:
        return engine.state

    inbox = Inbox(
        held=lambda: minded(engine.state),
        equity=lambda marks: engine.state.exposure.equity({**engine.state.marks, **dict(marks)}),
        fresh_from_ms=lambda: clock.now_ms() - engine.state.policy.entry_ttl_ms,
    )
    clearance = Clearance(clock.now_ms)
    gateway = OrderGateway(
        ServedWriter(line, clock.now_ms),
        reader,
        clock,
        RateBudget(),
        lambda entry: clearance.stands(entry, engine.state),
        halt,
        lambda: engine.state.oversight.reconciliation.fenced_by > 0,
        lambda part, problem: inbox.put(health.told(clock.now_ms(), part, problem)),
        in_doubt=lambda name: name in engine.state.oversight.reconciliation.doubts,
    )
    gateway.listen(inbox.put)
    notifier: Notifier = adapters.notifier()
    notes = _Notes(adapters.keeper(), PolicyWatch(adapters.keeper(), engine, plan))
    dispatcher = Dispatcher(gateway, adapters.latch_file(), notifier, notes.note, state, inbox.put)
    heartbeat = Heartbeat(
        clock, clearance, Line(), health, inbox.put, offset_ms=offset_ms, alive=alive
    )
    session = LiveSession(
        engine, inbox, dispatcher, health, clock, heartbeat,
        lambda: account_of(gateway), reached=reached,
    )  # fmt: skip
    followers = _followers(settings, run_dir, adapters, record, engine, inbox, health)
    exposition = Exposition(adapters.telemetry(), run_dir / "metrics.prom")
    stream = _stream(session, market, line, clock)
    sources = (stream, Watching(notes, clock, aside), exposition)
    return Parts(session, sources, engine, inbox, gateway, heartbeat, *followers, exposition)


def _stream(session: LiveSession, market: Market, line: Wire, clock: SystemClock) -> ServedStream:
    feed = TapeFeed(market.tape, clock, session.hear)
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
) -> tuple[TradeImage | None, Snapshotter, Publisher]:
    """Join what follows the journal: the trade store, the bus, and last the snapshots."""
    notifier: Notifier = adapters.notifier()
    store: TradeStore = adapters.trade_store()
    image: TradeImage | None = None
    try:
        catch_up(store, record)
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
