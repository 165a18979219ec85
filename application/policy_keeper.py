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

from contextlib import suppress
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
_DOUBLINGS: Final = 16
_STORE: Final = "policy store"
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

    For one thread at a time. After `start`, no method raises because of the store or the cache.
    `confirmations` counts how often the store answered.
    """

    def __init__(self, store: PolicyStore, cache: PolicyCache, *, ttl_ms: int = TTL_MS) -> None:
        """Keep what *store* says. *ttl_ms* is the least time between two looks at it."""
        self._store = store
        self._cache = cache
        self._ttl_ms = ttl_ms
        self._due_ms = 0
        self._failures = 0
        self._since_ms: int | None = None
        self._is_told = False
        self._known: StoredPolicy | None = None
        self._governs = CONSERVATIVE
        self._own_epoch = 0
        self._note: EmergencyNote | None = None
        self._wish: tuple[Policy | None, str, str] | None = None
        self.confirmations = 0

    @property
    def emergency(self) -> EmergencyNote | None:
        """The emergency as the store, or else the cache, told it last; None: never heard of."""
        return self._known.emergency if self._known is not None else None

    def start(
        self, policy: Policy | None, actor: str, reason: str, at_ms: int, epoch: int = 0
    ) -> Policy:
        """Return the policy to open with, whether or not the store can be reached.

        *policy* is the one named at the start, see `seeded`; *epoch* is that of the desk's own
        latch: emergencies up to it are its own. While the store is down, the last policy known
        governs, met with the one named; when none is known, the one named, met with the
        conservative one. The next `poll` tells of the loss, and what was named is put into the
        store when that is back. Raises `BadInput` for a store that can never be reached.
        """
        self._own_epoch = epoch
        self._wish = (policy, actor, reason)
        try:
            self._learn(self._read(at_ms), at_ms)
        except _OUTAGES:
            self._since_ms = self._due_ms = at_ms
            self._known = self._cache.recall()
        self._governs = self._governing()
        return self._governs

    def poll(self, at_ms: int) -> tuple[Heard, ...]:
        """Return what the store has to say at *at_ms*, if it is due to be asked."""
        if at_ms < self._due_ms and (self._note is None or self._is_told):
            return ()
        try:
            self._deliver()
            stored = self._read(at_ms)
        except _OUTAGES as error:
            return self._missed(at_ms, str(error))
        told: list[Heard] = [PolicyStoreFound(at_ms)] if self._is_told else []
        self._is_told = False
        self._learn(stored, at_ms)
        governs = self._governing()
        if told or governs != self._governs:
            self._governs = governs
            told.append(PolicyAdopted(at_ms, governs, *self._source(stored)))
        return tuple(told)

    def assume(self, policy: Policy) -> None:
        """Go by *policy* as what the desk has: the next `poll` tells if the store says another."""
        self._governs = policy

    def note(self, told: NoteEmergency) -> None:
        """Remember to tell the store of the desk's emergency: the next `poll` does, or a later."""
        self._own_epoch = max(self._own_epoch, told.epoch)
        if self._note is None or told.epoch >= self._note.epoch:
            self._note = EmergencyNote(told.epoch, told.active, told.reason, told.at_ms)

    def close(self) -> None:
        """Deliver what is still to be told, if that can be, and let go of store and cache."""
        with suppress(*_OUTAGES):
            self._deliver()
        self._store.close()
        self._cache.close()

    def _deliver(self) -> None:
        if self._note is not None:
            self._store.note_emergency(self._note)
            self._note = None

    def _read(self, at_ms: int) -> StoredPolicy:
        current = self._store.current()
        if self._known is not None:
            _require_no_return(self._known, current)
        if self._wish is not None:
            seeded(self._store, *self._wish, at_ms)
            self._wish = None
            current = self._store.current()
        if current is None:
            raise IntegrityFailure("the policy store lost what was written to it")
        return current

    def _learn(self, stored: StoredPolicy, at_ms: int) -> None:
        if stored != self._known:
            self._known = stored
            self._cache.keep(stored)
        self._since_ms, self._failures = None, 0
        self.confirmations += 1
        self._due_ms = at_ms + self._ttl_ms

    def _missed(self, at_ms: int, problem: str) -> tuple[Heard, ...]:
        self._failures = min(self._failures + 1, _DOUBLINGS)
        self._due_ms = at_ms + min(self._ttl_ms << self._failures, BACK_OFF_MS_MAX)
        if self._since_ms is None:
            self._since_ms = at_ms
        if self._is_told:
            return ()
        self._is_told = True
        return (PolicyStoreLost(at_ms, self._since_ms, problem),)

    def _governing(self) -> Policy:
        named = self._wish[0] if self._wish is not None else None
        if self._known is None:
            return meet(named or Policy(), CONSERVATIVE)
        policy = self._known.record.policy
        if named is not None:
            policy = meet(policy, named)
        if self._is_elsewhere(self._known.emergency):
            policy = replace(policy, allow_new_trades=False)
        return policy

    def _source(self, stored: StoredPolicy) -> tuple[str, str]:
        """Return actor and reason of what governs."""
        note = stored.emergency
        if self._is_elsewhere(note):
            return _STORE, f"no entries: emergency {note.epoch} noted elsewhere: {note.reason}"
        return stored.record.actor, stored.record.reason

    def _is_elsewhere(self, note: EmergencyNote) -> bool:
        return note.active and note.epoch > self._own_epoch


def _require_no_return(known: StoredPolicy, current: StoredPolicy | None) -> None:
    """Raise `IntegrityFailure` when the store is not, or no longer, at what was known of it."""
    was = known.record.policy.version
    if current is None or current.record.policy.version < was:
        found = "nothing" if current is None else f"version {current.record.policy.version}"
        raise IntegrityFailure(f"the policy store went back: it holds {found}, known is {was}")
    if current.record.policy.version == was and current.record != known.record:
        raise IntegrityFailure(f"the policy store was rewritten: version {was} is another")
    if current.emergency.epoch < known.emergency.epoch:
        raise IntegrityFailure(
            f"the policy store went back: emergency epoch {current.emergency.epoch}, known is "
            f"{known.emergency.epoch}"
        )
