"""What every policy store does, the fake included."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from random import Random

import pytest

from adapters.persistence.policy_store import SqlPolicyStore
from application.errors import ApplicationError, StoreUnavailable, VersionConflict
from application.policy_text import NO_EMERGENCY
from application.ports.policy_store import EmergencyNote, PolicyRecord, PolicyStore
from domain.governance.policy import Policy
from tests.databases import postgres_url, sqlite_url
from tests.fakes.policy_store import MemoryPolicyStore
from tests.policy_records import filled, record
from tests.random_policy import any_policy

pytestmark = pytest.mark.integration

Opened = Callable[[], PolicyStore]


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Open a policy store, the same each time."""
    if request.param == "fake":
        fake = MemoryPolicyStore()
        yield lambda: fake
    elif request.param == "sqlite":
        yield from stores_at(sqlite_url(tmp_path))
    else:
        with postgres_url() as found:
            yield from stores_at(found)


@pytest.fixture
def store(opened: Opened) -> PolicyStore:
    return opened()


def stores_at(url: str) -> Iterator[Opened]:
    made: list[PolicyStore] = []

    def opened() -> PolicyStore:
        made.append(SqlPolicyStore(url))
        return made[-1]

    yield opened
    for store in made:
        store.close()


def test_an_empty_store_has_no_policy(store: PolicyStore) -> None:
    assert store.current() is None
    assert store.history() == ()
    assert store.version(1) is None


def test_what_was_put_last_governs_even_after_a_restart(opened: Opened) -> None:
    filled(opened(), 3)
    current = opened().current()
    assert current is not None
    assert current == (record(3), NO_EMERGENCY)


def test_history_is_newest_first_and_complete(store: PolicyStore) -> None:
    filled(store, 4).put(record(5, restores=2), 4)
    assert store.history() == (record(5, restores=2), *(record(n) for n in (4, 3, 2, 1)))
    assert store.history(limit=2) == (record(5, restores=2), record(4))
    assert store.version(2) == record(2)
    assert store.version(6) is None


@pytest.mark.parametrize("seed", range(8))
def test_every_field_comes_back_as_it_was(store: PolicyStore, seed: int) -> None:
    policy = replace(any_policy(Random(seed)), version=1)
    store.put(PolicyRecord(policy, 5, "Ännchen \N{SNOWMAN}", "a 'reason'\nof \"two\" lines"), 0)
    current = store.current()
    assert current is not None
    assert current.record.policy == policy
    for field in fields(Policy):
        assert repr(getattr(current.record.policy, field.name)) == repr(getattr(policy, field.name))
    assert current.record.actor == "Ännchen \N{SNOWMAN}"


@pytest.mark.parametrize(("version", "expected"), [(2, 1), (4, 3), (3, 1), (2, 2), (5, 3), (1, 0)])
def test_a_writer_who_read_another_version_changes_nothing(
    store: PolicyStore, version: int, expected: int
) -> None:
    filled(store, 2)
    with pytest.raises(VersionConflict, match="read it again"):
        store.put(record(version), expected)
    assert len(store.history()) == 2


def patiently(act: Callable[[], object]) -> None:
    """Do *act*, again while the store is too busy to take it, as the keeper does."""
    for _ in range(50):
        try:
            act()
        except StoreUnavailable:
            continue
        return
    raise StoreUnavailable("the store stayed busy")


def test_of_many_writers_at_once_exactly_one_is_first(opened: Opened) -> None:
    filled(opened(), 1)
    outcomes: list[str] = []
    barrier = threading.Barrier(4)

    def write(store: PolicyStore, name: str) -> None:
        store.current()
        barrier.wait(10)
        try:
            patiently(lambda: store.put(record(2)._replace(actor=name), 1))
        except ApplicationError as error:
            outcomes.append(type(error).__name__)
        else:
            outcomes.append(name)

    threads = [threading.Thread(target=write, args=(opened(), f"w{n}")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    (winner,) = (each for each in outcomes if each.startswith("w"))
    assert outcomes.count("VersionConflict") == 3
    assert [each.actor for each in opened().history()] == [winner, "ann"]


def test_the_epoch_of_the_emergency_never_falls(store: PolicyStore) -> None:
    filled(store, 1)
    active = EmergencyNote(3, active=True, reason="drawdown", at_ms=7)
    assert store.note_emergency(active) == active
    assert store.note_emergency(EmergencyNote(2, active=False, reason="late", at_ms=9)) == active
    ended = active._replace(active=False, reason="over")
    assert store.note_emergency(ended) == ended
    current = store.current()
    assert current is not None
    assert current.emergency == ended


def test_the_epoch_does_not_fall_however_many_note_it(opened: Opened) -> None:
    def note(store: PolicyStore, epochs: list[int]) -> None:
        for epoch in epochs:
            told = EmergencyNote(epoch, active=True, reason="", at_ms=0)
            patiently(partial(store.note_emergency, told))

    stores = [opened() for _ in range(3)]
    work = [list(range(first, 30, 3)) for first in (3, 1, 2)]
    threads = [threading.Thread(target=note, args=each) for each in zip(stores, work, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    kept = opened().note_emergency(EmergencyNote(0, active=False, reason="", at_ms=0))
    assert kept.epoch == 29


def test_a_version_survives_whatever_is_noted(store: PolicyStore) -> None:
    filled(store, 2)
    store.note_emergency(EmergencyNote(9, active=True, reason="x", at_ms=1))
    current = store.current()
    assert current is not None
    assert current.record == record(2)


def test_closing_twice_is_closing(store: PolicyStore) -> None:
    filled(store, 1).close()
    store.close()
