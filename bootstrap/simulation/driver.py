"""One life of the process: the real parts on a simulated disk and a simulated wire, until it dies.

Every start is recovery, from the latest snapshot and the rest of the journal.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from adapters.clock.virtual_loop import VirtualClock
from adapters.exchange.simulated.shore import Shore
from adapters.exchange.simulated.wire import SimulatedWire
from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.simulated_disk import SimulatedDisk
from adapters.persistence.snapshots import FileSnapshots
from application.clearance import Clearance
from application.dispatch import Dispatcher
from application.gateway import OrderGateway
from application.health import HealthBoard
from application.heartbeat import Heartbeat, Line
from application.inbox import Inbox
from application.live import LiveSession
from application.ports.journal import Journal
from application.rate_budget import RateBudget
from application.snapshotting import Snapshotter
from application.startup import Recovered, account_of, recovered
from bootstrap.simulation.market import MODE
from bootstrap.simulation.watched import (
    Bell,
    Feed,
    NoAudit,
    NoTripwire,
    Onlooker,
    WatchedEngine,
    WatchedJournal,
    WatchedLatch,
)
from domain.decision.messages import (
    Heard,
    LatchRead,
    MarketAdvanced,
    NoteEmergency,
    SessionOpened,
)
from domain.decision.state import State
from domain.governance.policy import Policy
from domain.market.instrument import Instrument

JOURNAL: Final = Path("/run/journal")
LATCH: Final = Path("/run/latch")
SNAPSHOTS: Final = Path("/run/snapshots")
_EVENTS_A_SNAPSHOT: Final = 150
# Stateless, and dear to make.
_CODEC: Final = MsgpackCodec()
_ROOM: Final = 1 << 16
_LOOK_S: Final = 3600.0


class Terms(NamedTuple):
    """Under what a process starts."""

    fencing: int
    policy: Policy
    instruments: Mapping[str, Instrument]


class Life:
    """The parts of one process."""

    def __init__(
        self, disk: SimulatedDisk, shore: Shore, clock: VirtualClock, onlooker: Onlooker
    ) -> None:
        """Lay the parts out; nothing is read before `run`."""
        self.onlooker = onlooker
        self.disk = disk
        self.clock = clock
        self.wire = SimulatedWire(shore, onlooker.sending)
        self.feed = Feed()
        self.bell = Bell()
        self.inbox = Inbox()
        self.engine: WatchedEngine | None = None
        self.gateway: OrderGateway | None = None
        # Set once the desk has heard the latch: from then on it listens to others.
        self.is_open = False

    async def run(self, terms: Terms) -> None:
        """Recover, then trade until the end of the world."""
        clock, inbox = self.clock, self.inbox
        latch = WatchedLatch(LATCH, disk=self.disk)
        latch.onlooker = self.onlooker
        journal = WatchedJournal(
            JOURNAL, _CODEC, self.disk, reserve_bytes=_ROOM, fallback_bytes=_ROOM
        )
        journal.onlooker = self.onlooker
        snapshots = FileSnapshots(SNAPSHOTS, _CODEC, self.disk)
        found = recovered(journal, _CODEC, snapshots=snapshots)
        self.onlooker.began(found)
        engine = self.engine = self._engine(found, journal)
        engine.watch(
            lambda _heard, _said: None,
            Snapshotter(engine, snapshots, _EVENTS_A_SNAPSHOT).flush,
        )
        clearance, board, line = Clearance(clock.now_ms), HealthBoard(), Line()

        def state() -> State:
            return engine.state

        gateway = self.gateway = OrderGateway(
            self.wire,
            self.wire,
            clock,
            RateBudget(),
            lambda entry: clearance.stands(entry, state()),
            NoTripwire(),
            lambda: state().oversight.reconciliation.fenced_by > 0,
            lambda part, problem: inbox.put(board.told(clock.now_ms(), part, problem)),
            in_doubt=lambda name: name in state().oversight.reconciliation.doubts,
        )
        gateway.listen(inbox.put)
        dispatcher = Dispatcher(gateway, latch, self.bell, _forget, state, inbox.put)
        heartbeat = Heartbeat(clock, clearance, line, board, inbox.put)
        session = LiveSession(
            engine, inbox, dispatcher, board, clock, heartbeat,
            lambda: account_of(gateway), pause=_rarely,
        )  # fmt: skip
        now = clock.now_ms()
        opening = SessionOpened(
            now, MODE, terms.fencing, terms.policy, terms.instruments, None, remote=True
        )
        read = LatchRead(now, latch.read())
        await session.run(opening, read, (self.wire, self.feed), lambda: False)

    def _engine(self, found: Recovered, journal: Journal) -> WatchedEngine:
        engine = WatchedEngine(
            found.state,
            journal,
            NoAudit(),
            _CODEC,
            (),
            sequence=found.sequence,
            digest=found.digest,
        )
        engine.onlooker = self.onlooker
        return engine

    def hear(self, heard: Heard) -> None:
        """Let the desk hear *heard*, as from an operator or a store; lost while nobody listens."""
        if self.engine is None or not self.is_open:
            return
        if isinstance(heard, MarketAdvanced):
            self.feed.tell(heard)
        else:
            self.inbox.put(heard)


def _forget(_: NoteEmergency) -> None:
    """Tell no policy store: there is none."""


async def _rarely(_: float) -> None:
    """Wait long: nobody stops a session of the simulation by wishing."""
    await asyncio.sleep(_LOOK_S)
