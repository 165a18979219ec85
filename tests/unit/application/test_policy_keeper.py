"""The keeper tells what the store says, and that it says nothing; it believes no step back."""

from dataclasses import replace

import pytest

from adapters.policy_cache.memory import MemoryPolicyCache
from application.errors import IntegrityFailure
from application.policy_keeper import BACK_OFF_MS_MAX, TTL_MS, PolicyKeeper
from application.ports.policy_store import EmergencyNote, PolicyRecord, StoredPolicy
from domain.decision.messages import (
    Heard,
    NoteEmergency,
    PolicyAdopted,
    PolicyStoreFound,
    PolicyStoreLost,
)
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


def test_a_store_is_asked_at_most_once_in_its_time() -> None:
    store = MemoryPolicyStore(record(1))
    keeper = begun(store)
    before = store.reads
    assert until(keeper, START, START + 10 * TTL_MS, 10) == []
    assert store.reads - before == 9


def test_a_new_version_is_adopted_with_its_actor_and_reason() -> None:
    store = MemoryPolicyStore(record(1))
    keeper = begun(store)
    store.put(record(2, quorum=5), 1)
    assert keeper.poll(START + TTL_MS - 1) == ()
    assert keeper.poll(START + TTL_MS) == (adopted(START + TTL_MS, record(2, quorum=5)),)
    assert keeper.poll(START + 2 * TTL_MS) == ()


def test_what_the_desk_goes_by_is_told_otherwise_if_the_store_says_so() -> None:
    keeper = begun(MemoryPolicyStore(record(1), record(2)))
    keeper.assume(record(1).policy)
    assert keeper.poll(START + TTL_MS) == (adopted(START + TTL_MS, record(2)),)
    keeper.assume(record(2).policy)
    assert keeper.poll(START + 2 * TTL_MS) == ()


def test_a_loss_is_told_once_and_asked_for_ever_more_rarely() -> None:
    store = MemoryPolicyStore(record(1))
    keeper = begun(store)
    store.down = True
    lost_ms = START + TTL_MS
    told = until(keeper, START, START + 600_000)
    assert told == [PolicyStoreLost(lost_ms, lost_ms, "the plug is pulled")]
    store.down = False
    store.put(record(2), 1)
    found = until(keeper, START + 600_000, START + 600_000 + BACK_OFF_MS_MAX + 100)
    assert [type(each) for each in found] == [PolicyStoreFound, PolicyAdopted]
    at_ms = found[0].at_ms
    assert found[1] == adopted(at_ms, record(2))
    assert at_ms - START - 600_000 <= BACK_OFF_MS_MAX


def test_between_failures_the_distance_doubles_to_a_limit() -> None:
    store = CountingStore(record(1))
    keeper = begun(store)
    store.down, store.asked = True, 0
    until(keeper, START, START + 32_000)
    assert store.asked == 5  # after 1, 3, 7, 15 and 31 seconds
    until(keeper, START + 32_000, START + 32_000 + 10 * BACK_OFF_MS_MAX)
    assert store.asked == 15


def test_a_store_that_flaps_is_told_at_every_edge() -> None:
    store = MemoryPolicyStore(record(1))
    keeper = begun(store)
    kinds = []
    for second in range(1, 41):
        store.down = second % 10 < 5
        kinds += [type(each) for each in keeper.poll(START + second * TTL_MS)]
    assert kinds == [PolicyStoreLost, *[PolicyStoreFound, PolicyAdopted, PolicyStoreLost] * 4][:13]


@pytest.mark.parametrize(
    ("back", "said"),
    [
        ((record(1),), "version 1, known is 2"),
        ((), "nothing, known is 2"),
        ((record(1), record(2, quorum=9)), "version 2 is another"),
    ],
)
def test_a_store_that_went_back_is_not_believed(back: tuple[PolicyRecord, ...], said: str) -> None:
    store = MemoryPolicyStore(record(1), record(2))
    keeper = begun(store)
    store.records = list(back)
    (lost,) = keeper.poll(START + TTL_MS)
    assert isinstance(lost, PolicyStoreLost)
    assert said in lost.problem
    assert until(keeper, START + TTL_MS, START + 100 * TTL_MS) == []
    store.records = [record(1), record(2), record(3)]
    found = until(keeper, START + 100 * TTL_MS, START + 120 * TTL_MS)
    assert found[1:] == [adopted(found[0].at_ms, record(3))]


def test_an_epoch_that_fell_is_not_believed() -> None:
    note = EmergencyNote(5, active=False, reason="", at_ms=0)
    store = MemoryPolicyStore(record(1), note=note)
    keeper = begun(store)
    store.note = note._replace(epoch=4)
    (lost,) = keeper.poll(START + TTL_MS)
    assert isinstance(lost, PolicyStoreLost)
    assert "epoch 4, known is 5" in lost.problem


def test_a_damaged_store_is_a_lost_store() -> None:
    keeper = begun(store := DamagedStore(record(1)))
    store.is_damaged = True
    (lost,) = keeper.poll(START + TTL_MS)
    assert lost == PolicyStoreLost(START + TTL_MS, START + TTL_MS, "a damaged policy")


def test_an_emergency_is_remembered_until_the_store_has_it() -> None:
    store = MemoryPolicyStore(record(1))
    keeper = begun(store)
    store.down = True
    keeper.note(NoteEmergency(START, 3, active=True, reason="drawdown"))
    keeper.note(NoteEmergency(START + 1, 2, active=False, reason="late"))
    (lost,) = keeper.poll(START + 1)  # at once, though no look at the store is due
    assert isinstance(lost, PolicyStoreLost)
    assert keeper.poll(START + 2) == ()
    store.down = False
    until(keeper, START + 2, START + 10 * TTL_MS)
    assert store.note == EmergencyNote(3, active=True, reason="drawdown", at_ms=START)
    assert keeper.emergency == store.note


def test_the_own_emergency_changes_no_policy() -> None:
    store = MemoryPolicyStore(record(1))
    keeper = begun(store)
    keeper.note(NoteEmergency(START, 3, active=True, reason="drawdown"))
    assert until(keeper, START, START + 10 * TTL_MS) == []
    assert store.note.active


def test_an_emergency_noted_elsewhere_forbids_entries_while_it_is_active() -> None:
    store = MemoryPolicyStore(record(1))
    keeper = begun(store)
    store.note = EmergencyNote(7, active=True, reason="halt", at_ms=START)
    (shut,) = keeper.poll(START + TTL_MS)
    assert isinstance(shut, PolicyAdopted)
    assert shut.policy == replace(record(1).policy, allow_new_trades=False)
    assert (shut.actor, shut.reason) == (
        "policy store",
        "no entries: emergency 7 noted elsewhere: halt",
    )
    store.note = store.note._replace(active=False)
    assert keeper.poll(START + 2 * TTL_MS) == (adopted(START + 2 * TTL_MS, record(1)),)


def test_closing_delivers_what_is_still_to_be_told_if_that_can_be() -> None:
    store = MemoryPolicyStore(record(1))
    keeper = begun(store)
    keeper.note(NoteEmergency(START, 3, active=True, reason="drawdown"))
    keeper.close()
    assert store.note.epoch == 3
    assert store.is_closed
    keeper.note(NoteEmergency(START, 4, active=True, reason="drawdown"))
    store.down = True
    keeper.close()


class CountingStore(MemoryPolicyStore):
    """Counts how often it was asked, down or not."""

    asked = 0

    def current(self) -> StoredPolicy | None:
        self.asked += 1
        return super().current()


class DamagedStore(MemoryPolicyStore):
    """Holds what cannot be read."""

    is_damaged = False

    def current(self) -> StoredPolicy | None:
        if self.is_damaged:
            raise IntegrityFailure("a damaged policy")
        return super().current()
