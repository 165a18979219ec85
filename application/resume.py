"""Resuming: what was already written down is derived again and compared, then the run goes on.

A run on a simulated venue is a function of its inputs, so its way back after a stop, clean or not,
is to play it again without writing: each event must be the one in the journal. From the first
event that is not there the journal is written as before. A difference is an integrity failure.
"""

from collections.abc import Iterator, Mapping

from application.errors import IntegrityFailure
from application.ports.audit_log import AuditLog, AuditValue
from application.ports.codec import Codec
from application.ports.journal import Entry, Journal


class ResumedJournal:
    """A journal that first checks what it already holds. Satisfies `Journal`."""

    def __init__(self, inner: Journal, codec: Codec) -> None:
        """Check against the entries of *inner*, then append to it."""
        self._inner = inner
        self._codec = codec
        self._known: Iterator[Entry] | None = inner.entries()

    def append(self, sequence: int, heard: bytes, digest: bytes) -> None:
        """Compare with the entry already there, or add it. Raises `IntegrityFailure`."""
        known = next(self._known, None) if self._known is not None else None
        if known is None:
            self._known = None
            self._inner.append(sequence, heard, digest)
            return
        same = known.sequence == sequence and known.digest == digest
        if not same or self._codec.encode(known.heard) != heard:
            raise IntegrityFailure(
                f"event {sequence} is not the one in the journal: resume with the same data, "
                "policy and signals, or start a new run"
            )

    def require_caught_up(self) -> None:
        """Raise `IntegrityFailure` unless every entry that was there has come again."""
        left = next(self._known, None) if self._known is not None else None
        if left is not None:
            raise IntegrityFailure(
                f"the run ended before event {left.sequence} of the journal: resume with the same "
                "data, policy and signals, or start a new run"
            )

    def commit(self) -> None:
        """Return once everything added is durable."""
        self._inner.commit()

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield the entries of the journal."""
        return self._inner.entries(after)

    def close(self) -> None:
        """Let go of the journal."""
        self._inner.close()


class ResumedAudit:
    """An audit log that passes over the records it already holds. Satisfies `AuditLog`."""

    def __init__(self, inner: AuditLog, held: int) -> None:
        """Pass over *held* records, then append to *inner*."""
        self._inner = inner
        self._held = held

    def append(self, kind: str, at_ms: int, fields: Mapping[str, AuditValue]) -> None:
        """Add a record, unless it is one of those already there."""
        if self._held:
            self._held -= 1
            return
        self._inner.append(kind, at_ms, fields)

    def flush(self) -> None:
        """Return once everything added is durable."""
        self._inner.flush()

    def close(self) -> None:
        """Let go of the files."""
        self._inner.close()
