"""A real Redis for tests, used below a prefix of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

HOST, PORT = "127.0.0.1", 6379
URL = f"redis://{HOST}:{PORT}/0"


@contextmanager
def redis_prefix() -> Iterator[tuple[Any, str]]:
    """Yield a client and a prefix whose keys are removed afterwards. Skips without a server."""
    redis = pytest.importorskip("redis", reason="the extra [redis] is not installed")
    client = redis.Redis.from_url(URL, socket_timeout=5)
    try:
        client.ping()
    except redis.RedisError:
        pytest.skip(f"no Redis at {HOST}:{PORT}")
    prefix = f"test-{uuid4().hex}"
    try:
        yield client, prefix
    finally:
        for key in client.scan_iter(f"{prefix}*"):
            client.delete(key)
        client.close()
