"""A wish for another policy, from the interface into the policy store.

The desk hears of it as of any other change of the store: what is written governs from the next
look on, met with every other source. So nothing here can loosen a limit of the safety policy.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

from application.errors import BadInput, NotNow, VersionConflict
from application.operator_text import ACTOR_MAX, REASON_MAX, checked
from application.operator_views import PolicyRewritten
from application.policy_changes import differences, line_of
from application.ports.policy_store import PolicyRecord, PolicyStore
from bootstrap.aside import aside
from bootstrap.policies import policy_store_of
from bootstrap.policy_file import changes_of
from bootstrap.sections import Stores
from domain.governance.effective_policy import beyond
from domain.governance.policy import Policy
from domain.shared.errors import InvalidPolicy

Rewrite = Callable[[Mapping[str, str], int, str, str], Awaitable[PolicyRewritten]]


def rewriter_of(stores: Stores, run_dir: Path, ceiling: Callable[[], Policy | None]) -> Rewrite:
    """Return who writes the next version into the store of a run, in a thread of its own.

    It takes the fields to change as text, the version they are meant for, actor and reason.
    """

    async def rewrite(
        changes: Mapping[str, str], expected: int, actor: str, reason: str
    ) -> PolicyRewritten:
        actor = checked("actor", actor, ACTOR_MAX)
        reason = checked("reason", reason, REASON_MAX)
        most = ceiling()

        def write() -> PolicyRewritten:
            store = policy_store_of(stores, run_dir)
            try:
                return rewritten(store, changes, expected, (actor, reason), most)
            finally:
                store.close()

        return await aside(write)

    return rewrite


def rewritten(
    store: PolicyStore,
    changes: Mapping[str, str],
    expected: int,
    who: tuple[str, str],
    ceiling: Policy | None,
) -> PolicyRewritten:
    """Write *changes* as the version after *expected* into *store*, all of them or none.

    *who*: actor and reason. Raises `BadInput` for a field that is wrong or beyond *ceiling*,
    `NotNow` when the store is at another version.
    """
    values = changes_of([f"{name}={text}" for name, text in changes.items()])
    current = store.current()
    old = Policy() if current is None else current.record.policy
    version = 0 if current is None else old.version
    if version != expected:
        raise NotNow(
            f"version: {expected} was expected, the store is at {version}; read it again, "
            "then decide again"
        )
    try:
        new = replace(old, **values, version=expected + 1)
    except InvalidPolicy as error:
        raise BadInput(*error.problems) from None
    if ceiling is not None and (problems := beyond(new, ceiling)):
        raise BadInput(*problems)
    found = differences(old, new)
    if not found:
        return PolicyRewritten(expected, is_new=False, changes=())
    now_ms = time.time_ns() // 1_000_000
    try:
        store.put(PolicyRecord(new, now_ms, *who), expected)
    except VersionConflict as error:
        raise NotNow(str(error)) from None
    return PolicyRewritten(new.version, is_new=True, changes=tuple(map(line_of, found)))
