"""Resuming: what was already written down is derived again and compared, then the run goes on.

A run on a simulated venue is a function of its inputs, so its way back after a stop, clean or not,
is to play it again without writing: each event must be the one in the journal. From the first
event that is not there the journal is written as before. A difference is an integrity failure.

What came from outside (a policy, an operator, the health of the system) cannot be derived: it is
taken from the journal, at its place.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from application.errors import IntegrityFailure
from application.ports.audit_log import AuditLog, AuditValue
from application.ports.codec import Codec
from application.ports.journal import Entry, Journal
from application.ports.latch import LatchStore
from application.ports.notifier import Notifier
from domain.ai.model_news import (
    ModelDrifted,
    ModelPromoted,
    ModelRolledBack,
    RetrainRequested,
)
from domain.decision.messages import (
    DirectiveIssued,
    EntriesPaused,
    EntriesUnpaused,
    HealthChanged,
    Heard,
    IntegrityLost,
    LatchRead,
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
    Page,
    PolicyAdopted,
    PolicyStoreFound,
    PolicyStoreLost,
    SessionClosed,
    WishRefused,
)
from domain.risk.emergency_stop import Latch

OUTSIDE: Final = (
    LatchRead,
    PolicyAdopted,
    PolicyStoreLost,
    PolicyStoreFound,
    DirectiveIssued,
    HealthChanged,
    IntegrityLost,
    OperatorHalted,
    OperatorReleased,
    OperatorFlattened,
    EntriesPaused,
    EntriesUnpaused,
    WishRefused,
    SessionClosed,
    ModelPromoted,
    ModelRolledBack,
    ModelDrifted,
    RetrainRequested,
)
"""What no run derives from its market and its venue."""


class Diverged(IntegrityFailure):
    """What is derived again is not what was written down."""


class ResumedJournal:
    """A journal that first checks what it already holds. Satisfies `Journal`."""

    def __init__(self, inner: Journal, codec: Codec) -> None:
        """Check against the entries of *inner*, then append to it."""
        self._inner = inner
        self._codec = codec
        self._known = inner.entries()
        self._next: Entry | None = next(self._known, None)

    @property
    def caught_up(self) -> bool:
        """Tell whether every entry that was there has come again."""
        return self._next is None

    def outside(self, until_ms: int) -> Heard | None:
        """Return the next event if it came from outside, and not after *until_ms*; else None."""
        heard = None if self._next is None else self._next.heard
        return heard if isinstance(heard, OUTSIDE) and heard.at_ms <= until_ms else None

    def append(self, sequence: int, heard: bytes, digest: bytes) -> None:
        """Compare with the entry already there, or add it. Raises `Diverged`."""
        known = self._next
        if known is None:
            self._inner.append(sequence, heard, digest)
            return
        same = known.sequence == sequence and known.digest == digest
        if not same or self._codec.encode(known.heard) != heard:
            raise Diverged(
                f"event {sequence} is not the one in the journal: resume with the same data, "
                "policy and signals, or start a new run"
            )
        self._next = next(self._known, None)

    def require_caught_up(self) -> None:
        """Raise `Diverged` unless every entry that was there has come again."""
        if self._next is not None:
            raise Diverged(
                f"the run ended before event {self._next.sequence} of the journal: resume with the "
                "same data, policy and signals, or start a new run"
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


class ResumedLatch:
    """A latch that passes over what it knows already. Satisfies `LatchStore`."""

    def __init__(self, inner: LatchStore) -> None:
        """Pass over all that is of an earlier epoch than *inner* is.

        Raises `IntegrityFailure` when *inner* cannot be read.
        """
        kept = inner.read()
        if kept is None:
            raise IntegrityFailure(
                "the latch of the emergency stop cannot be read, so nothing may go on from it: "
                "start a new run"
            )
        self._inner = inner
        self._epoch = kept.epoch

    def read(self) -> Latch | None:
        """Return what is kept."""
        return self._inner.read()

    def write(self, latch: Latch) -> None:
        """Keep *latch*, unless a later one is kept already."""
        if latch.epoch >= self._epoch:
            self._inner.write(latch)


class ResumedAudit:
    """An audit log that passes over the records it already holds. Satisfies `AuditLog`."""

    def __init__(self, inner: AuditLog, held: int) -> None:
        """Pass over *held* records, then append to *inner*."""
        self._inner = inner
        self._held = held

    def caught_up(self) -> None:
        """Pass over nothing more: what else is there was not derived again, and stays."""
        self._held = 0

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


class ResumedNotifier:
    """A bell that is silent while what rang it before is derived again. Satisfies `Notifier`."""

    def __init__(self, inner: Notifier, journal: ResumedJournal) -> None:
        """Ring *inner* once *journal* is caught up."""
        self._inner = inner
        self._journal = journal

    def notify(self, page: Page) -> None:
        """Pass *page* on, unless it is one of those that were rung before."""
        if self._journal.caught_up:
            self._inner.notify(page)
