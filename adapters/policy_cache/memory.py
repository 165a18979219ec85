"""Policies remembered in this process: what it heard itself, and nothing after a restart."""

from application.ports.policy_cache import PolicyCache
from application.ports.policy_store import StoredPolicy


class MemoryPolicyCache:
    """Satisfies `PolicyCache`."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept: StoredPolicy | None = None

    def keep(self, stored: StoredPolicy) -> None:
        """Remember the record if its version is higher, and the note if its epoch is not lower."""
        kept = self._kept
        if kept is None:
            self._kept = stored
            return
        record, note = kept
        if stored.record.policy.version > record.policy.version:
            record = stored.record
        if stored.emergency.epoch >= note.epoch:
            note = stored.emergency
        self._kept = StoredPolicy(record, note)

    def recall(self) -> StoredPolicy | None:
        """Return what is remembered, None when nothing is."""
        return self._kept

    def close(self) -> None:
        """Keep what is remembered: there is nothing to let go of."""


_: type[PolicyCache] = MemoryPolicyCache
