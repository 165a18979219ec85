"""The whole state as bytes: it comes back equal, and decides the same from there on."""

from collections.abc import Iterable

import pytest

from adapters.exchange.simulated.venue import SimulatedVenue
from adapters.persistence.codec import MsgpackCodec
from application.backtest import Backtest
from application.engine import Engine
from application.errors import IntegrityFailure
from application.replay import untouched
from domain.decision.messages import Heard, SessionOpened
from domain.decision.state import initial
from domain.decision.step import step
from domain.shared.enums import RunMode
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.journal import MemoryJournal
from tests.fakes.latch import MemoryLatch
from tests.fakes.notifier import FakeNotifier
from tests.recording import an_eventful_day
from tests.storm import storm

pytestmark = pytest.mark.integration

CODEC = MsgpackCodec()


def heard_in(seed: int, rows: int) -> list[Heard]:
    """Return all that a desk heard in the storm of *seed*."""
    wild = storm(seed, rows)
    tape = wild.tape()
    journal = MemoryJournal(CODEC)
    state = initial(RunMode.BACKTEST, wild.policy)
    engine = Engine(state, journal, MemoryAuditLog(), CODEC, ())
    backtest = Backtest(
        engine,
        SimulatedVenue(wild.instruments, wild.rules),
        tape,
        FakeNotifier(),
        MemoryLatch(),
        list[object]().append,
        skipping=False,
    )
    opening = SessionOpened(tape.time_ms(0), RunMode.BACKTEST, 0, wild.policy, wild.instruments)
    backtest.open(opening, wild.deposit)
    backtest.run(lambda _row: None, lambda: False)
    return [entry.heard for entry in journal.entries()]


def goes_on_the_same(events: Iterable[Heard], every: int) -> int:
    """Step through *events* twice, once from states read back from bytes; return how many times."""
    state, taken = untouched(), 0
    twin = state
    for number, heard in enumerate(events):
        if number % every == 0:
            data = CODEC.encode_state(state)
            twin, taken = CODEC.decode_state(data), taken + 1
            assert repr(twin) == repr(state)  # what is not a number equals nothing
            assert CODEC.encode_state(twin) == data
        decision, other = step(state, heard), step(twin, heard)
        assert CODEC.encode_all(other.said + other.asked) == CODEC.encode_all(
            decision.said + decision.asked
        )
        state, twin = decision.state, other.state
        assert repr(twin) == repr(state)
    return taken


def test_a_day_with_a_bit_of_everything_goes_on_the_same_from_any_moment() -> None:
    events = [entry.heard for entry in an_eventful_day().journal]
    assert goes_on_the_same(events, every=1) == len(events)


@pytest.mark.parametrize("seed", range(12))
def test_a_storm_goes_on_the_same_from_states_read_back(seed: int) -> None:
    assert goes_on_the_same(heard_in(seed, rows=300), every=7) > 20


def test_mappings_keep_the_order_in_which_the_desk_goes_through_them() -> None:
    state = an_eventful_day().state
    backwards = dict(reversed(list(state.instruments.items())))
    found = CODEC.decode_state(CODEC.encode_state(state._replace(instruments=backwards)))
    assert list(found.instruments) == list(backwards)


def test_what_is_no_state_or_one_of_another_version_is_refused() -> None:
    data = CODEC.encode_state(an_eventful_day().state)
    for wrong in (b"", data[:10], b"\0" + data[1:]):
        with pytest.raises(IntegrityFailure, match="another version"):
            CODEC.decode_state(wrong)
    with pytest.raises(IntegrityFailure, match="a damaged state"):
        CODEC.decode_state(data[:-1])
