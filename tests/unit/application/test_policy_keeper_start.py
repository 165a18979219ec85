"""The keeper opens the desk with a policy, whether or not the store can be reached."""

from dataclasses import replace

import pytest

from adapters.policy_cache.memory import MemoryPolicyCache
from application.errors import StoreUnavailable, VersionConflict
from application.policy_keeper import TTL_MS, PolicyKeeper, seeded
from application.ports.policy_store import EmergencyNote, PolicyRecord, StoredPolicy
from domain.decision.messages import (
    Heard,
    PolicyAdopted,
    PolicyStoreFound,
    PolicyStoreLost,
)
from domain.governance.effective_policy import CONSERVATIVE, loosened, meet
from domain.governance.policy import Policy
from tests.fakes.policy_store import MemoryPolicyStore
from tests.policy_records import record

pytestmark = pytest.mark.unit

START = 1_000_000


def begun(store: MemoryPolicyStore, cache: MemoryPolicyCache | None = None) -> PolicyKeeper:
    """Return a keeper that has started, nobody having named a policy."""
    keeper = PolicyKeeper(store, cache or MemoryPolicyCache())
    keeper.start(None, "ann", "start", START)
    return keeper


def until(keeper: PolicyKeeper, first_ms: int, last_ms: int, step_ms: int = 100) -> list[Heard]:
    return [heard for ms in range(first_ms, last_ms, step_ms) for heard in keeper.poll(ms)]


def adopted(at_ms: int, found: PolicyRecord) -> PolicyAdopted:
    return PolicyAdopted(at_ms, found.policy, found.actor, found.reason)


def test_an_emergency_of_the_own_latch_is_not_one_of_elsewhere() -> None:
    note = EmergencyNote(7, active=True, reason="before the restart", at_ms=1)
    store = MemoryPolicyStore(record(1), note=note)
    keeper = PolicyKeeper(store, MemoryPolicyCache())
    assert keeper.start(None, "ann", "start", START, epoch=7) == record(1).policy
    other = PolicyKeeper(store, MemoryPolicyCache())
    assert not other.start(None, "ann", "start", START, epoch=6).allow_new_trades


def test_without_store_and_memory_the_start_is_conservative() -> None:
    store = MemoryPolicyStore()
    store.down = True
    keeper = PolicyKeeper(store, MemoryPolicyCache())
    named = Policy(quorum=2, positions_max=2)
    assert keeper.start(named, "ann", "try", START) == meet(named, CONSERVATIVE)
    assert keeper.poll(START + 5) == (PolicyStoreLost(START + 5, START, "the plug is pulled"),)
    store.down = False
    told = until(keeper, START + 5, START + 10 * TTL_MS)
    assert [type(each) for each in told] == [PolicyStoreFound, PolicyAdopted]
    assert store.records[0].policy == named
    assert store.records[0][2:4] == ("ann", "try")


def test_without_store_the_last_policy_known_governs_and_what_is_named_only_tightens() -> None:
    calm = EmergencyNote(0, active=False, reason="", at_ms=0)
    cache = MemoryPolicyCache()
    cache.keep(StoredPolicy(record(4, positions_max=3), calm))
    store = MemoryPolicyStore()
    store.down = True
    known = record(4, positions_max=3).policy
    assert PolicyKeeper(store, cache).start(None, "ann", "start", START) == known
    keeper = PolicyKeeper(store, cache)
    governs = keeper.start(replace(known, positions_max=9, quorum=9), "ann", "start", START)
    assert loosened(known, governs) == ()
    assert (governs.quorum, governs.positions_max, governs.version) == (9, 3, 4)


def test_a_store_back_before_anybody_heard_of_its_loss_is_simply_heard() -> None:
    store = MemoryPolicyStore(record(1), record(2))
    store.down = True
    keeper = begun(store)
    store.down = False
    assert keeper.poll(START) == (adopted(START, record(2)),)


def test_an_empty_store_gets_the_policy_named_as_version_one() -> None:
    store = MemoryPolicyStore()
    assert seeded(store, Policy(quorum=5, version=9), "ann", "new", 7) == Policy(quorum=5)
    assert store.records == [PolicyRecord(Policy(quorum=5), 7, "ann", "new")]
    other = MemoryPolicyStore()
    assert seeded(other, None, "ann", "new", 7) == Policy()


def test_what_the_store_holds_governs_unless_another_is_named() -> None:
    store = MemoryPolicyStore(record(1), record(2))
    held = record(2).policy
    assert seeded(store, None, "bob", "start", 7) == held
    assert seeded(store, replace(held, version=1), "bob", "start", 7) == held
    assert len(store.records) == 2
    changed = replace(held, quorum=9, version=1)
    assert seeded(store, changed, "bob", "start", 7) == replace(changed, version=3)
    assert store.records[-1] == PolicyRecord(replace(changed, version=3), 7, "bob", "start")


def test_who_is_overtaken_in_seeding_reads_again_but_not_for_ever() -> None:
    store = OvertakenStore(record(1), times=3)
    assert seeded(store, Policy(quorum=9), "bob", "start", 7).version == 5
    with pytest.raises(VersionConflict):
        seeded(OvertakenStore(record(1), times=99), Policy(quorum=9), "bob", "start", 7)


class OvertakenStore(MemoryPolicyStore):
    """Is written to by somebody else, a few times, whenever someone is about to."""

    def __init__(self, *records: PolicyRecord, times: int) -> None:
        super().__init__(*records)
        self._times = times

    def put(self, record: PolicyRecord, expected_version: int) -> None:
        if self._times:
            self._times -= 1
            super().put(record._replace(policy=replace(record.policy, quorum=7)), expected_version)
        super().put(record, expected_version)


def test_a_store_that_stays_empty_although_written_to_is_lost() -> None:
    store = ForgetfulStore()
    keeper = PolicyKeeper(store, MemoryPolicyCache())
    keeper.start(None, "ann", "start", START)
    (lost,) = keeper.poll(START)
    assert isinstance(lost, PolicyStoreLost)
    assert "lost what was written" in lost.problem


class ForgetfulStore(MemoryPolicyStore):
    """Takes everything and keeps nothing."""

    def put(self, record: PolicyRecord, expected_version: int) -> None:
        if record.policy.version != expected_version + 1:
            raise StoreUnavailable("never")
