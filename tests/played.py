"""A whole back-test in memory, and what it came to, for comparing one way of running with another."""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from adapters.exchange.simulated.venue import SimulatedVenue
from adapters.persistence.codec import MsgpackCodec
from application.backtest import Backtest
from application.engine import Engine
from application.projections.recorder import Recorder
from domain.decision.facts import Said
from domain.decision.messages import Heard, SessionOpened
from domain.decision.state import State, initial
from domain.shared.enums import RunMode
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.journal import MemoryJournal
from tests.fakes.notifier import FakeNotifier
from tests.storm import Storm


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


def play(wild: Storm, *, skipping: bool) -> Played:
    """Play *wild* through venue and desk."""
    mode = RunMode.BACKTEST
    tape, instruments = wild.tape(mode), wild.instruments
    venue = SimulatedVenue(instruments, wild.rules)
    codec = MsgpackCodec()
    engine = Engine(
        initial(mode, wild.policy), MemoryJournal(codec), MemoryAuditLog(), codec, ()
    )
    facts: list[Said] = []
    recorder = recorded(engine, facts.extend)
    backtest = Backtest(engine, venue, tape, FakeNotifier(), skipping=skipping)
    session = SessionOpened(tape.time_ms(0), mode, 0, wild.policy, instruments)
    backtest.open(session, wild.deposit)
    rows = backtest.run(lambda _row: None, lambda: False)
    assert rows == len(tape)
    for symbol, price in tape.marks(rows - 1, tuple(venue.positions())):
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
