"""A whole run in memory, and what it came to, for comparing one way of running with another."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from adapters.exchange.simulated.exchange import SimulatedExchange
from adapters.exchange.simulated.faults import Faults, FaultyVenue
from adapters.exchange.simulated.venue import SimulatedVenue
from adapters.market_data.tape import MarketTape
from adapters.persistence.codec import MsgpackCodec
from application.backtest import Backtest
from application.desk import Desk
from application.dispatch import Dispatcher
from application.engine import Engine
from application.inbox import Inbox
from application.paper import PaperSession
from application.projections.recorder import Recorder
from domain.decision.facts import Said
from domain.decision.messages import Heard, SessionOpened
from domain.decision.state import State, initial
from domain.shared.enums import RunMode
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.journal import MemoryJournal
from tests.fakes.latch import MemoryLatch
from tests.fakes.notifier import FakeNotifier
from tests.storm import Storm

NO_FAULTS: Final = Faults()


class Played(NamedTuple):
    """A run, ended. `ledger` is the venue's: deposits, realised, fees, funding, equity."""

    digest: str
    decisions: int
    facts: tuple[Said, ...]
    fills: tuple[object, ...]
    ledger: tuple[Decimal, ...]
    positions: dict[str, tuple[Decimal, Decimal]]
    events: int
    state: State
    recorder: Recorder
    venue: SimulatedVenue


def play(wild: Storm, *, skipping: bool, faults: Faults = NO_FAULTS) -> Played:
    """Play *wild* through venue and desk, as a back-test; the venue has *faults*."""
    tape, venue, engine = _parts(wild, RunMode.BACKTEST)
    facts: list[Said] = []
    recorder = recorded(engine, facts.extend)
    backtest = Backtest(
        engine,
        FaultyVenue(venue, faults),
        tape,
        FakeNotifier(),
        MemoryLatch(),
        list[object]().append,
        skipping=skipping,
    )
    backtest.open(_session(wild, tape, RunMode.BACKTEST), wild.deposit)
    assert backtest.run(lambda _row: None, lambda: False) == len(tape)
    return _played(tape, venue, engine, recorder, facts)


def play_paper(wild: Storm, mode: RunMode = RunMode.PAPER, *, faults: Faults = NO_FAULTS) -> Played:
    """Play *wild* through inbox, desk and dispatcher, as a paper session."""
    tape, venue, engine = _parts(wild, mode)
    facts: list[Said] = []
    recorder = recorded(engine, facts.extend)
    inbox = Inbox()
    faulty = FaultyVenue(venue, faults)
    exchange = SimulatedExchange(faulty, lambda: engine.state.at_ms)
    exchange.listen(inbox.put)
    dispatcher = Dispatcher(
        exchange,
        MemoryLatch(),
        FakeNotifier(),
        list[object]().append,
        lambda: engine.state,
        inbox.put,
    )
    paper = PaperSession(Desk(engine, inbox, dispatcher), inbox, faulty, tape, reconcile_ms=0)
    session = _session(wild, tape, mode)
    asyncio.run(paper.run(session, wild.deposit, lambda _row: None, lambda: False))
    assert paper.played == len(tape)
    return _played(tape, venue, engine, recorder, facts)


def _parts(wild: Storm, mode: RunMode) -> tuple[MarketTape, SimulatedVenue, Engine]:
    codec = MsgpackCodec()
    state = initial(mode, wild.policy)
    engine = Engine(state, MemoryJournal(codec), MemoryAuditLog(), codec, ())
    return wild.tape(mode), SimulatedVenue(wild.instruments, wild.rules), engine


def _session(wild: Storm, tape: MarketTape, mode: RunMode) -> SessionOpened:
    return SessionOpened(tape.time_ms(0), mode, 0, wild.policy, wild.instruments)


def _played(
    tape: MarketTape,
    venue: SimulatedVenue,
    engine: Engine,
    recorder: Recorder,
    facts: list[Said],
) -> Played:
    for symbol, price in tape.marks(len(tape) - 1, tuple(venue.positions())):
        venue.mark(symbol, price)
    totals = venue.totals
    return Played(
        engine.digest.hex(),
        engine.decisions,
        tuple(facts),
        tuple(recorder.fills),
        (totals.deposits, totals.realised, totals.fees, totals.funding, venue.equity()),
        dict(venue.positions()),
        engine.sequence,
        engine.state,
        recorder,
        venue,
    )


def recorded(engine: Engine, keep: Callable[[tuple[Said, ...]], None]) -> Recorder:
    """Return a recorder that *engine* feeds; *keep* is given every fact."""
    recorder = Recorder(lambda: engine.state.exposure)

    def project(heard: Heard, said: tuple[Said, ...]) -> None:
        recorder(heard, said)
        keep(said)

    engine.project(project)
    return recorder
