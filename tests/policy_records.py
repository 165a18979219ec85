"""Policy records for the tests of whatever keeps them."""

from dataclasses import replace

from application.ports.policy_store import PolicyRecord, PolicyStore
from tests.builders import a_policy


def record(version: int, restores: int | None = None, **changes: object) -> PolicyRecord:
    """Return version *version*, with *changes* to the policy of the tests."""
    policy = replace(a_policy(version=version), **changes)  # type: ignore[arg-type]  # any field
    return PolicyRecord(policy, 1_000 * version, "ann", f"why {version}", restores)


def filled(store: PolicyStore, count: int) -> PolicyStore:
    """Return *store* after *count* versions were put into it."""
    for version in range(1, count + 1):
        store.put(record(version), version - 1)
    return store
