"""What a scenario can pull the plug of: stores that go down and come up again by a switch.

Each wraps the real one and does what it does, while its switch is up.
"""

from collections.abc import Iterator, Mapping

from application.errors import StoreUnavailable
from application.ports.audit_log import AuditLog, AuditValue
from application.ports.journal import Entry, Journal
from application.ports.latch import LatchStore
from application.ports.policy_store import (
    EmergencyNote,
    PolicyRecord,
    PolicyStore,
    StoredPolicy,
)
from domain.risk.emergency_stop import Latch


class Switch:
    """Whether a store can be reached."""

    def __init__(self, name: str) -> None:
        """Begin with the store up."""
        self.name = name
        self.down = False
        self.failed = 0

    def require_up(self) -> None:
        """Raise `StoreUnavailable` while the plug is pulled."""
        if self.down:
            self.failed += 1
            raise StoreUnavailable(f"{self.name}: connection refused")


class SwitchedJournal:
    """Satisfies `Journal`."""

    def __init__(self, inner: Journal, switch: Switch) -> None:
        """Write to *inner* while *switch* is up."""
        self._inner = inner
        self._switch = switch

    def append(self, sequence: int, heard: bytes, digest: bytes) -> None:
        """Add an entry."""
        self._switch.require_up()
        self._inner.append(sequence, heard, digest)

    def commit(self) -> None:
        """Make durable what was added."""
        self._switch.require_up()
        self._inner.commit()

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries after *after*."""
        self._switch.require_up()
        return self._inner.entries(after)

    def close(self) -> None:
        """Let go of the file, whatever the switch."""
        self._inner.close()


class SwitchedAudit:
    """Satisfies `AuditLog`."""

    def __init__(self, inner: AuditLog, switch: Switch) -> None:
        """Write to *inner* while *switch* is up."""
        self._inner = inner
        self._switch = switch

    def append(self, kind: str, at_ms: int, fields: Mapping[str, AuditValue]) -> None:
        """Add a record."""
        self._switch.require_up()
        self._inner.append(kind, at_ms, fields)

    def flush(self) -> None:
        """Make durable what was added."""
        self._switch.require_up()
        self._inner.flush()

    def close(self) -> None:
        """Let go of the files, whatever the switch."""
        self._inner.close()


class SwitchedLatch:
    """Satisfies `LatchStore`."""

    def __init__(self, inner: LatchStore, switch: Switch) -> None:
        """Write to *inner* while *switch* is up."""
        self._inner = inner
        self._switch = switch

    def read(self) -> Latch | None:
        """Return the latch, None while it cannot be read."""
        return None if self._switch.down else self._inner.read()

    def write(self, latch: Latch) -> None:
        """Keep *latch*."""
        self._switch.require_up()
        self._inner.write(latch)


class SwitchedPolicyStore:
    """Satisfies `PolicyStore`."""

    def __init__(self, inner: PolicyStore, switch: Switch) -> None:
        """Ask *inner* while *switch* is up."""
        self._inner = inner
        self._switch = switch

    def current(self) -> StoredPolicy | None:
        """Return what governs."""
        self._switch.require_up()
        return self._inner.current()

    def put(self, record: PolicyRecord, expected_version: int) -> None:
        """Add *record*."""
        self._switch.require_up()
        self._inner.put(record, expected_version)

    def history(self, limit: int = 100) -> tuple[PolicyRecord, ...]:
        """Return the latest records."""
        self._switch.require_up()
        return self._inner.history(limit)

    def version(self, number: int) -> PolicyRecord | None:
        """Return one record."""
        self._switch.require_up()
        return self._inner.version(number)

    def note_emergency(self, note: EmergencyNote) -> EmergencyNote:
        """Keep *note*."""
        self._switch.require_up()
        return self._inner.note_emergency(note)

    def close(self) -> None:
        """Let go of the store, whatever the switch."""
        self._inner.close()


_: tuple[type[Journal], type[AuditLog], type[LatchStore], type[PolicyStore]] = (
    SwitchedJournal,
    SwitchedAudit,
    SwitchedLatch,
    SwitchedPolicyStore,
)
