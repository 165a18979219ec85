"""The policy keeper: tells the desk what the policy store says, and that it says nothing.

Rule 1: the store is asked at most once in `ttl_ms` of event time; after a failure at twice the
        distance each time, to a limit. Time comes with the event: there is no clock here.
Rule 2: what was heard last stands until the store speaks again. A cache speaks only at the start,
        when the store does not; it never stands against the store.
Rule 3: a store that went back is not believed: an older version, a version that changed, or a
        lower epoch than was known is told as a store that is lost.
Rule 4: an emergency that somebody else noted in the store forbids entries for as long as it is
        active. The desk's own is its own business: it governs itself, and notes what it does.
"""

from dataclasses import replace
from typing import Final

from application.errors import IntegrityFailure, PortError, VersionConflict
from application.ports.policy_cache import PolicyCache
from application.ports.policy_store import (
    EmergencyNote,
    PolicyRecord,
    PolicyStore,
    StoredPolicy,
)
from domain.decision.messages import (
    Heard,
    NoteEmergency,
    PolicyAdopted,
    PolicyStoreFound,
    PolicyStoreLost,
)
from domain.governance.effective_policy import CONSERVATIVE, meet
from domain.governance.policy import Policy

TTL_MS: Final = 1_000
BACK_OFF_MS_MAX: Final = 16_000
_TRIES: Final = 5
_OUTAGES: Final = (PortError, IntegrityFailure, VersionConflict)


def seeded(
    store: PolicyStore, policy: Policy | None, actor: str, reason: str, at_ms: int
) -> Policy:
    """Return what governs after *policy* was named at the start; None: nobody named one.

    What the store holds governs. A store that holds nothing gets *policy*, or the default one, as
    version 1; one that holds another gets *policy* as its next version. Raises what the store does,
    and `VersionConflict` when others write faster than this can read.
    """
    for _ in range(_TRIES):
        current = store.current()
        held = current.record.policy if current is not None else None
        if held is not None and (policy is None or replace(policy, version=held.version) == held):
            return held
        version = held.version if held is not None else 0
        wished = replace(policy or Policy(), version=version + 1)
        try:
            store.put(PolicyRecord(wished, at_ms, actor, reason), version)
        except VersionConflict:
            continue
        return wished
    raise VersionConflict("the policy store changes faster than it can be read; start again")


class PolicyKeeper:
    """Reads the store, remembers what it said, and brings it the desk's emergencies.

    For one thread at a time. No method raises because of the store or the cache.
    """

    def __init__(self, store: PolicyStore, cache: PolicyCache, *, ttl_ms: int = TTL_MS) -> None:
        """Keep what *store* says. *ttl_ms* is the least time between two looks at it."""
        self._store = store
        self._cache = cache
        self._ttl_ms = ttl_ms
        self._due_ms = 0
        self._failures = 0
        self._lost = False
        self._known: StoredPolicy | None = None
        self._governs: Policy | None = None
        self._own_epoch = 0
        self._note: EmergencyNote | None = None
        self._wish: tuple[Policy, str, str] | None = None

    @property
    def emergency(self) -> EmergencyNote | None:
        """The emergency as the store, or else the cache, told it last; None: never."""
        return self._known.emergency if self._known is not None else None

    def start(
        self, policy: Policy | None, actor: str, reason: str, at_ms: int, epoch: int = 0
    ) -> Policy:
        """Return the policy to open with, whether or not the store can be reached.

        *policy* is the one named at the start, see `seeded`; *epoch* is that of the desk's own
        latch: emergencies up to it are its own. Without the store it is the last policy known, or
        else the one named, met with the conservative one; the next `poll` tells of the loss, and
        what was named is put into the store when that is back.
        """
        self._own_epoch = max(self._own_epoch, epoch)
        self._wish = (policy or Policy(), actor, reason)
        if policy is None:
            self._wish = None
        try:
            seeded(self._store, policy, actor, reason, at_ms)
            self._wish = None
            self._learn(self._read(at_ms))
            self._due_ms = at_ms + self._ttl_ms
        except _OUTAGES:
            self._known = self._cache.recall()
            self._due_ms = at_ms
        self._governs = self._governing(policy)
        return self._governs
