"""Policies remembered in Redis, for every process that asks the same store.

Rule 1: version and epoch are compared where they are kept, in one script, so that no process can
        bring back what another has left behind.
Rule 2: a server that does not answer within a quarter of a second is not waited for, nor asked
        again in the same call: a cache that holds the desk up would be worse than none.
Rule 3: what does not match its checksum is not known.
"""

from typing import Final, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from application.errors import IntegrityFailure
from application.policy_text import note_of, note_text, record_of, record_text
from application.ports.policy_cache import PolicyCache
from application.ports.policy_store import StoredPolicy

_WAIT_SECONDS: Final = 0.25
_KEEP: Final = """
if tonumber(ARGV[1]) > tonumber(redis.call('HGET', KEYS[1], 'version') or '0') then
  redis.call('HSET', KEYS[1], 'version', ARGV[1], 'record', ARGV[2])
end
if tonumber(ARGV[3]) >= tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0') then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[3], 'note', ARGV[4])
end
return 1
"""


class RedisPolicyCache:
    """Satisfies `PolicyCache`: one hash at *key*."""

    def __init__(self, url: str, key: str = "quantum-trader:policy") -> None:
        """Remember at *key* of the server *url*, `redis://USER:PASSWORD@HOST:PORT/NUMBER`.

        Nothing is connected before it is asked for. Raises `ValueError` for a URL of another kind.
        """
        self._key = key
        self._client = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=_WAIT_SECONDS,
            socket_connect_timeout=_WAIT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )

    def keep(self, stored: StoredPolicy) -> None:
        """Remember the record if its version is higher, and the note if its epoch is not lower."""
        record, note = stored
        words = (record.policy.version, record_text(record), note.epoch, note_text(note))
        try:
            self._client.eval(_KEEP, 1, self._key, *map(str, words))
        except RedisError:
            return  # the store is the truth; the next word is kept again

    def recall(self) -> StoredPolicy | None:
        """Return what is remembered; None when nothing is, or it is not what was written."""
        try:
            record, note = cast(
                "list[str | None]", self._client.hmget(self._key, ["record", "note"])
            )
            if record is None or note is None:
                return None
            return StoredPolicy(record_of(record), note_of(note))
        except (RedisError, IntegrityFailure, UnicodeDecodeError):
            return None

    def close(self) -> None:
        """Let go of the server."""
        self._client.close()


_: type[PolicyCache] = RedisPolicyCache
