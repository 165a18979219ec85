"""The policy cache: what the policy store said last, for when it cannot be asked.

A cache is a convenience. It never raises: what it cannot keep it leaves, what it cannot read it
does not know.
"""

from typing import Protocol

from application.ports.policy_store import StoredPolicy


class PolicyCache(Protocol):
    """Remembers what governs. Neither the version nor the emergency epoch ever falls in it."""

    def keep(self, stored: StoredPolicy) -> None:
        """Remember the record if its version is higher, and the note if its epoch is not lower."""

    def recall(self) -> StoredPolicy | None:
        """Return what is remembered; None when nothing is, or it is not what was written."""

    def close(self) -> None:
        """Let go of the cache."""
