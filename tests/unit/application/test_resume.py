import pytest

from adapters.persistence.codec import MsgpackCodec
from application.errors import IntegrityFailure
from application.resume import ResumedAudit, ResumedJournal
from domain.execution.messages import Deposited
from tests.builders import START_MS, D
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.journal import MemoryJournal

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
