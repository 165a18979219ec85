"""A store behind a switch does what it does, and nothing while its plug is pulled."""

from collections.abc import Callable

import pytest

from adapters.persistence.codec import MsgpackCodec
from application.errors import StoreUnavailable
from application.ports.policy_store import EmergencyNote, PolicyRecord
from bootstrap.scenarios.faults import (
    Switch,
    SwitchedAudit,
    SwitchedJournal,
    SwitchedLatch,
    SwitchedPolicyStore,
)
from domain.governance.policy import Policy
from domain.risk.emergency_stop import Latch, RiskMode
from tests.fakes.audit_log import MemoryAuditLog
from tests.fakes.journal import MemoryJournal
from tests.fakes.latch import MemoryLatch
from tests.fakes.policy_store import MemoryPolicyStore

pytestmark = pytest.mark.unit

LATCH = Latch(1, RiskMode.EMERGENCY, (), (), 0, 1.0, 0.0)
RECORD = PolicyRecord(Policy(), 0, "ann", "first")
NOTE = EmergencyNote(1, active=True, reason="crash", at_ms=0)
SWITCH = Switch("store")
JOURNAL = SwitchedJournal(MemoryJournal(MsgpackCodec()), SWITCH)
AUDIT = SwitchedAudit(MemoryAuditLog(), SWITCH)
POLICIES = SwitchedPolicyStore(MemoryPolicyStore(), SWITCH)
CALLS: dict[str, Callable[[], object]] = {
    "journal append": lambda: JOURNAL.append(1, b"heard", b"digest"),
    "journal commit": JOURNAL.commit,
    "journal entries": JOURNAL.entries,
    "audit append": lambda: AUDIT.append("risk.block", 0, {}),
    "audit flush": AUDIT.flush,
    "latch write": lambda: SwitchedLatch(MemoryLatch(), SWITCH).write(LATCH),
    "policy current": POLICIES.current,
    "policy put": lambda: POLICIES.put(RECORD, 0),
    "policy history": POLICIES.history,
    "policy version": lambda: POLICIES.version(1),
    "policy emergency": lambda: POLICIES.note_emergency(NOTE),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_store_whose_plug_is_pulled_is_unavailable(call: Callable[[], object]) -> None:
    SWITCH.down = True
    try:
        with pytest.raises(StoreUnavailable, match="store"):
            call()
    finally:
        SWITCH.down = False


def test_a_latch_whose_plug_is_pulled_cannot_be_read() -> None:
    switch, inner = Switch("latch"), MemoryLatch()
    latch = SwitchedLatch(inner, switch)
    latch.write(LATCH)
    assert latch.read() == LATCH
    switch.down = True
    assert latch.read() is None


def test_a_store_behind_a_switch_that_is_up_is_the_store() -> None:
    store = SwitchedPolicyStore(MemoryPolicyStore(), Switch("store"))
    store.put(RECORD, 0)
    stored = store.current()
    assert stored is not None
    assert stored.record == RECORD
    assert store.history() == (RECORD,)
    assert store.version(1) == RECORD
    assert store.note_emergency(NOTE) == NOTE
