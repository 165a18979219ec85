"""What every policy cache does: neither version nor epoch ever falls, and it never fails."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, Final
from uuid import uuid4

import pytest

from adapters.policy_cache.memory import MemoryPolicyCache
from application.ports.policy_cache import PolicyCache
from application.ports.policy_store import EmergencyNote, StoredPolicy
from tests.policy_records import record

pytestmark = pytest.mark.integration

SERVER: Final = "redis://127.0.0.1:6379/0"
Opened = Callable[[], PolicyCache]


@pytest.fixture
def redis_key() -> Iterator[tuple[Any, str]]:
    """Lend a client of a real server and a key that is nobody's; skip where there is no server."""
    redis = pytest.importorskip("redis", reason="the client of Redis is not installed")
    with closing(redis.Redis.from_url(SERVER, socket_connect_timeout=1)) as client:
        try:
            client.ping()
        except redis.exceptions.RedisError as error:
            pytest.skip(f"no Redis to test with: {error.__class__.__name__}")
        key = f"qt-test:{uuid4().hex}"
        yield client, key
        client.delete(key)


@pytest.fixture(params=["memory", "redis"])
def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
    """Open a cache, the same each time."""
    if request.param == "memory":
        memory = MemoryPolicyCache()
        yield lambda: memory
        return
    _, key = request.getfixturevalue("redis_key")
    from adapters.policy_cache.redis import RedisPolicyCache  # noqa: PLC0415 - an extra

    made: list[PolicyCache] = []

    def cache() -> PolicyCache:
        made.append(RedisPolicyCache(SERVER, key))
        return made[-1]

    yield cache
    for each in made:
        each.close()


def note(epoch: int, *, active: bool = True) -> EmergencyNote:
    return EmergencyNote(epoch, active, f"epoch {epoch}", epoch)


def test_an_empty_cache_knows_nothing(opened: Opened) -> None:
    assert opened().recall() is None


def test_what_was_kept_is_recalled_by_another(opened: Opened) -> None:
    stored = StoredPolicy(record(3, restores=1), note(2))
    opened().keep(stored)
    assert opened().recall() == stored


def test_neither_version_nor_epoch_falls(opened: Opened) -> None:
    cache = opened()
    cache.keep(StoredPolicy(record(3), note(5)))
    opened().keep(StoredPolicy(record(2), note(4, active=False)))
    assert cache.recall() == StoredPolicy(record(3), note(5))
    opened().keep(StoredPolicy(record(2), note(6)))
    assert cache.recall() == StoredPolicy(record(3), note(6))
    opened().keep(StoredPolicy(record(4), note(1)))
    assert cache.recall() == StoredPolicy(record(4), note(6))


def test_a_version_is_kept_as_it_was_first_told(opened: Opened) -> None:
    cache = opened()
    cache.keep(StoredPolicy(record(3), note(0)))
    cache.keep(StoredPolicy(record(3, quorum=9), note(0)))
    assert cache.recall() == StoredPolicy(record(3), note(0))


def test_an_emergency_of_the_same_epoch_can_end(opened: Opened) -> None:
    cache = opened()
    cache.keep(StoredPolicy(record(1), note(5)))
    cache.keep(StoredPolicy(record(1), note(5, active=False)))
    assert cache.recall() == StoredPolicy(record(1), note(5, active=False))


def test_versions_are_compared_as_numbers(opened: Opened) -> None:
    cache = opened()
    cache.keep(StoredPolicy(record(9), note(9)))
    cache.keep(StoredPolicy(record(10), note(10)))
    assert cache.recall() == StoredPolicy(record(10), note(10))


@pytest.mark.parametrize("part", ["record", "note"])
@pytest.mark.parametrize("damage", ["", "[]", "x", "[1,2]", "\xff"])
def test_what_is_damaged_is_not_known(redis_key: tuple[Any, str], part: str, damage: str) -> None:
    from adapters.policy_cache.redis import RedisPolicyCache  # noqa: PLC0415 - an extra

    client, key = redis_key
    with closing(RedisPolicyCache(SERVER, key)) as cache:
        cache.keep(StoredPolicy(record(3), note(5)))
        client.hset(key, part, damage.encode("latin-1"))
        assert cache.recall() is None


def test_a_server_that_is_not_there_is_no_failure() -> None:
    pytest.importorskip("redis", reason="the client of Redis is not installed")
    from adapters.policy_cache.redis import RedisPolicyCache  # noqa: PLC0415 - an extra

    with closing(RedisPolicyCache("redis://127.0.0.1:9/0")) as cache:
        cache.keep(StoredPolicy(record(3), note(5)))
        assert cache.recall() is None
