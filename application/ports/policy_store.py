"""The policy store: one source of truth, versioned, with history.

Every method raises `StoreUnavailable` when the store cannot be used: what cannot be read is never
taken for "no policy", and never for a default.
"""

from typing import NamedTuple, Protocol

from domain.governance.policy import Policy


class PolicyRecord(NamedTuple):
    """One version, and who made it, when (UTC ms) and why. `restores` is set by a roll-back."""

    policy: Policy
    at_ms: int
    actor: str
    reason: str
    restores: int | None = None


class EmergencyNote(NamedTuple):
    """The emergency as the store knows it. `epoch` never falls, whatever is restored or cached."""

    epoch: int
    active: bool
    reason: str
    at_ms: int


class StoredPolicy(NamedTuple):
    """What governs according to the store: the latest version, and the emergency."""

    record: PolicyRecord
    emergency: EmergencyNote


class PolicyStore(Protocol):
    """Keeps policies. A version is written once; the latest one governs."""

    def current(self) -> StoredPolicy | None:
        """Return what governs, None in a store that was never written to."""

    def put(self, record: PolicyRecord, expected_version: int) -> None:
        """Add *record*, whose version is *expected_version* + 1, as the latest.

        *expected_version* is that of the latest (0: none yet). Raises `VersionConflict` when it is
        not, and then nothing is changed.
        """

    def history(self, limit: int = 100) -> tuple[PolicyRecord, ...]:
        """Return the latest *limit* records, newest first."""

    def version(self, number: int) -> PolicyRecord | None:
        """Return the record of version *number*, None when there is none."""

    def note_emergency(self, note: EmergencyNote) -> EmergencyNote:
        """Keep *note* unless the one kept has a higher epoch; return the one kept after it."""

    def close(self) -> None:
        """Let go of the store."""
