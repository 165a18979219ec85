"""A policy store in memory."""

from adapters.persistence.policy_store import conflict
from application.errors import StoreUnavailable
from application.policy_text import NO_EMERGENCY
from application.ports.policy_store import (
    EmergencyNote,
    PolicyRecord,
    PolicyStore,
    StoredPolicy,
)


class MemoryPolicyStore:
    """Holds its records. `down = True` pulls the plug; `reads` counts what it was asked."""

    def __init__(self, *records: PolicyRecord, note: EmergencyNote = NO_EMERGENCY) -> None:
        self.down = False
        self.reads = 0
        self.records = list(records)
        self.note = note
        self.is_closed = False

    def current(self) -> StoredPolicy | None:
        self._require_power()
        self.reads += 1
        return StoredPolicy(self.records[-1], self.note) if self.records else None

    def put(self, record: PolicyRecord, expected_version: int) -> None:
        self._require_power()
        found = self.records[-1].policy.version if self.records else 0
        if (found, record.policy.version) != (expected_version, expected_version + 1):
            raise conflict(found, record, expected_version)
        self.records.append(record)

    def history(self, limit: int = 100) -> tuple[PolicyRecord, ...]:
        self._require_power()
        return tuple(self.records[::-1][:limit])

    def version(self, number: int) -> PolicyRecord | None:
        self._require_power()
        return next((each for each in self.records if each.policy.version == number), None)

    def note_emergency(self, note: EmergencyNote) -> EmergencyNote:
        self._require_power()
        if note.epoch >= self.note.epoch:
            self.note = note
        return self.note

    def close(self) -> None:
        self.is_closed = True

    def _require_power(self) -> None:
        if self.down:
            raise StoreUnavailable("the plug is pulled")


_: type[PolicyStore] = MemoryPolicyStore
