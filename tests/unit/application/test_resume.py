from typing import get_args

import pytest

from adapters.persistence.codec import MsgpackCodec
from application.errors import IntegrityFailure
from application.resume import OUTSIDE, ResumedAudit, ResumedJournal, ResumedLatch
from domain.decision.messages import (
    ClockTicked,
    Heard,
    MarketAdvanced,
    OperatorHalted,
    SessionOpened,
)
from domain.execution.messages import Deposited, Report
from domain.risk.emergency_stop import EMERGENCY, Cause, Latch
from tests.builders import START_MS, D
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.journal import MemoryJournal
from tests.fakes.latch import MemoryLatch

pytestmark = pytest.mark.unit

CODEC = MsgpackCodec()
EVENTS = [CODEC.encode(Deposited(START_MS, D(n))) for n in range(1, 5)]
DIGEST = bytes(32)


def a_journal_of(count: int) -> MemoryJournal:
    journal = MemoryJournal(CODEC)
    for sequence, heard in enumerate(EVENTS[:count], start=1):
        journal.append(sequence, heard, DIGEST)
    journal.commit()
    return journal


def test_what_is_there_already_is_compared_and_what_is_new_is_added() -> None:
    inner = a_journal_of(2)
    resumed = ResumedJournal(inner, CODEC)
    for sequence, heard in enumerate(EVENTS, start=1):
        resumed.append(sequence, heard, DIGEST)
    resumed.commit()
    assert [row[0] for row in inner.durable] == [1, 2, 3, 4]
    assert [row[1] for row in inner.durable] == EVENTS
    resumed.require_caught_up()


@pytest.mark.parametrize(
    ("sequence", "heard", "digest"),
    [(1, EVENTS[1], DIGEST), (1, EVENTS[0], bytes(31) + b"1"), (2, EVENTS[0], DIGEST)],
    ids=["event", "digest", "sequence"],
)
def test_an_entry_that_is_not_the_one_there_is_an_integrity_failure(
    sequence: int, heard: bytes, digest: bytes
) -> None:
    resumed = ResumedJournal(a_journal_of(1), CODEC)
    with pytest.raises(IntegrityFailure, match=f"event {sequence} is not the one in the journal"):
        resumed.append(sequence, heard, digest)


def test_a_run_that_ends_before_its_journal_is_an_integrity_failure() -> None:
    resumed = ResumedJournal(a_journal_of(3), CODEC)
    resumed.append(1, EVENTS[0], DIGEST)
    with pytest.raises(IntegrityFailure, match="ended before event 2 of the journal"):
        resumed.require_caught_up()


def test_an_empty_journal_is_caught_up_with() -> None:
    ResumedJournal(MemoryJournal(CODEC), CODEC).require_caught_up()


def test_an_audit_passes_over_as_many_records_as_it_holds() -> None:
    inner = MemoryAuditLog()
    inner.append("first", START_MS, {})
    resumed = ResumedAudit(inner, 1)
    for kind in ("first", "second", "third"):
        resumed.append(kind, START_MS, {})
    resumed.flush()
    assert [record.kind for record in inner.records] == ["first", "second", "third"]
    assert inner.durable == 3


def test_once_it_has_caught_up_an_audit_passes_over_nothing() -> None:
    inner = MemoryAuditLog()
    inner.append("first", START_MS, {})
    resumed = ResumedAudit(inner, 5)
    resumed.append("first", START_MS, {})
    resumed.caught_up()
    resumed.append("second", START_MS, {})
    assert [record.kind for record in inner.records] == ["first", "second"]


def test_what_came_from_outside_is_due_when_it_is_next_and_its_time_has_come() -> None:
    halt = OperatorHalted(START_MS + 5, "ann", "why")
    inner = MemoryJournal(CODEC)
    for sequence, heard in enumerate((EVENTS[0], CODEC.encode(halt), EVENTS[1]), start=1):
        inner.append(sequence, heard, DIGEST)
    resumed = ResumedJournal(inner, CODEC)
    assert resumed.outside(START_MS + 9) is None
    resumed.append(1, EVENTS[0], DIGEST)
    assert resumed.outside(START_MS + 4) is None
    assert resumed.outside(START_MS + 5) == halt
    resumed.append(2, CODEC.encode(halt), DIGEST)
    assert resumed.outside(START_MS + 9) is None
    assert not resumed.caught_up
    resumed.append(3, EVENTS[1], DIGEST)
    assert resumed.caught_up


def test_everything_heard_is_either_derived_or_from_outside() -> None:
    derived = {SessionOpened, MarketAdvanced, ClockTicked, *get_args(Report)}
    assert derived | set(OUTSIDE) == set(get_args(Heard))
    assert not derived & set(OUTSIDE)


def a_latch_at(epoch: int) -> Latch:
    return Latch(epoch, EMERGENCY, (Cause.DRAWDOWN,), (), 1, 2.0, 0.0)


def test_a_latch_passes_over_the_epochs_that_it_has_left_behind() -> None:
    inner = MemoryLatch()
    inner.write(a_latch_at(3))
    resumed = ResumedLatch(inner)
    for epoch in range(1, 5):
        resumed.write(a_latch_at(epoch))
    assert [latch.epoch for latch in inner.written] == [3, 3, 4]
    assert resumed.read() == a_latch_at(4)


def test_nothing_goes_on_from_a_latch_that_cannot_be_read() -> None:
    with pytest.raises(IntegrityFailure, match="start a new run"):
        ResumedLatch(MemoryLatch())
