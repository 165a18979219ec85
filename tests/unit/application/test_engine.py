import pytest

from adapters.persistence.codec import MsgpackCodec
from application.digest import NOTHING_DECIDED
from application.engine import Engine
from application.errors import IntegrityFailure, StoreUnavailable
from application.replay import replay
from domain.decision.facts import EntryApproved, Said, SessionBegan
from domain.decision.messages import Heard, MarketAdvanced, SessionOpened
from domain.decision.state import initial
from domain.execution.messages import Deposited, OrderAccepted, PlaceEntry
from domain.shared.enums import RunMode
from tests.builders import BTC, START_MS, D, a_candidate, a_policy, an_instrument, free_funding
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.journal import MemoryJournal

pytestmark = pytest.mark.unit

OPENING = SessionOpened(START_MS, RunMode.BACKTEST, 1, a_policy(), {BTC: an_instrument()})
DEPOSIT = Deposited(START_MS, D(10_000))
QUIET = MarketAdvanced(START_MS + 60_000, (), 0.0, (), ())
SIGNAL = MarketAdvanced(
    START_MS + 120_000, ((BTC, 100.0),), 0.0, (), (a_candidate(),), free_funding(BTC)
)


class Bench:
    """An engine with its journal, its audit log, and what its projection was shown."""

    def __init__(self) -> None:
        self.codec = MsgpackCodec()
        self.journal, self.audit_log = MemoryJournal(self.codec), MemoryAuditLog()
        self.shown: list[tuple[Heard, tuple[Said, ...]]] = []
        state = initial(RunMode.BACKTEST, a_policy())
        self.engine = Engine(state, self.journal, self.audit_log, self.codec, [self.show])

    def show(self, heard: Heard, said: tuple[Said, ...]) -> None:
        self.shown.append((heard, said))


def test_what_is_heard_moves_the_state_and_asks_what_the_desk_asks() -> None:
    bench = Bench()
    assert bench.engine.hear(OPENING) == ()
    assert bench.engine.hear(DEPOSIT) == ()
    (asked,) = bench.engine.hear(SIGNAL)
    assert isinstance(asked, PlaceEntry)
    assert BTC in bench.engine.state.trades
    assert bench.engine.state.book.deposits == D(10_000)


def test_every_event_is_in_the_journal_and_replays_to_the_same_digest() -> None:
    bench = Bench()
    for heard in (OPENING, DEPOSIT, QUIET, SIGNAL):
        bench.engine.hear(heard)
    bench.engine.commit()
    entries = list(bench.journal.entries())
    assert [entry.heard for entry in entries] == [OPENING, DEPOSIT, QUIET, SIGNAL]
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4]
    assert bench.engine.sequence == 4
    done = replay(entries, bench.codec)
    assert done.first_divergence is None
    assert done.digest == bench.engine.digest != NOTHING_DECIDED
    assert done.decisions == bench.engine.decisions == 2


def test_nothing_is_durable_before_a_commit() -> None:
    bench = Bench()
    bench.engine.hear(OPENING)
    assert bench.journal.durable == []
    bench.engine.commit()
    assert len(bench.journal.durable) == 1
    assert bench.audit_log.durable == len(bench.audit_log.records)


def test_what_waits_for_a_commit_is_bounded() -> None:
    bench = Bench()
    for _ in range(4096):
        bench.engine.hear(QUIET)
    assert len(bench.journal.durable) == 4096


def test_projections_are_shown_what_was_said_and_what_is_worth_telling() -> None:
    bench = Bench()
    later: list[Heard] = []
    bench.engine.project(lambda heard, _said: later.append(heard))
    for heard in (OPENING, DEPOSIT, QUIET, SIGNAL, OrderAccepted(START_MS, "nobody", BTC)):
        bench.engine.hear(heard)
    assert [heard for heard, _ in bench.shown] == later == [OPENING, DEPOSIT, SIGNAL]
    assert [type(fact) for _, said in bench.shown for fact in said] == [SessionBegan, EntryApproved]


def test_a_decision_stands_though_it_cannot_be_written_down() -> None:
    bench = Bench()
    bench.engine.hear(OPENING)
    bench.engine.hear(DEPOSIT)
    bench.journal.down = True
    with pytest.raises(StoreUnavailable):
        bench.engine.hear(SIGNAL)
    assert BTC in bench.engine.state.trades


def test_what_could_not_be_written_down_is_written_before_what_comes_after_it() -> None:
    bench = Bench()
    bench.engine.hear(OPENING)
    bench.journal.down = True
    for event in (DEPOSIT, QUIET):
        with pytest.raises(StoreUnavailable):
            bench.engine.hear(event)
    bench.journal.down = False
    bench.engine.hear(SIGNAL)
    assert [entry.sequence for entry in bench.journal.entries()] == [1, 2, 3, 4]
    assert replay(bench.journal.entries(), bench.codec).first_divergence is None
    assert [heard for heard, _ in bench.shown] == [OPENING, DEPOSIT, SIGNAL]


def test_a_watch_that_fails_leaves_no_hole_in_the_journal() -> None:
    bench = Bench()

    def watch(heard: Heard, _: tuple[Said, ...]) -> None:
        if heard is DEPOSIT:
            raise IntegrityFailure("the image is not the desk's")

    bench.engine.watch(watch, lambda: None)
    bench.engine.hear(OPENING)
    with pytest.raises(IntegrityFailure):
        bench.engine.hear(DEPOSIT)
    bench.engine.hear(SIGNAL)
    assert [entry.sequence for entry in bench.journal.entries()] == [1, 2, 3]
