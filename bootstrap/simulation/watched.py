"""The parts of a process that are watched, or stand in for what a schedule is not about."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from adapters.persistence.latch import FileLatch
from adapters.persistence.segment_journal import SegmentJournal
from application.engine import Engine
from application.ports.audit_log import AuditValue
from application.startup import Recovered
from domain.decision.messages import Heard, Page
from domain.decision.state import Decision, State
from domain.execution.messages import VenueCommand
from domain.risk.emergency_stop import Latch


class Onlooker(Protocol):
    """Who watches a life, and may end it by raising."""

    def began(self, found: Recovered) -> None:
        """See what the process recovered."""

    def decided(self, before: State, heard: Heard, decision: Decision) -> None:
        """See a decision."""

    def recorded(self, sequence: int, heard: bytes, digest: bytes) -> None:
        """See what is written down, durable or not."""

    def committed(self, sequence: int) -> None:
        """See that everything up to *sequence* was called durable."""

    def latching(self) -> None:
        """See that the latch is about to be written."""

    def latched(self, latch: Latch) -> None:
        """See that *latch* was called durable."""

    def sending(self, command: VenueCommand) -> None:
        """See the first byte of a write leave."""


class WatchedEngine(Engine):
    """The engine, watched."""

    onlooker: Onlooker

    def decide(self, heard: Heard) -> Decision:
        """Decide, and show it."""
        before = self.state
        decision = super().decide(heard)
        self.onlooker.decided(before, heard, decision)
        return decision

    def commit(self) -> None:
        """Commit, and show it."""
        super().commit()
        self.onlooker.committed(self.sequence)


class WatchedJournal(SegmentJournal):
    """The journal, watched."""

    onlooker: Onlooker

    def append(self, sequence: int, heard: bytes, digest: bytes) -> None:
        """Append, and show it."""
        self.onlooker.recorded(sequence, heard, digest)
        super().append(sequence, heard, digest)


class WatchedLatch(FileLatch):
    """The latch, watched."""

    onlooker: Onlooker

    def write(self, latch: Latch) -> None:
        """Write, and show it."""
        self.onlooker.latching()
        super().write(latch)
        self.onlooker.latched(latch)


class NoAudit:
    """An audit trail that is not kept: the journal is what a schedule is about."""

    def append(self, kind: str, at_ms: int, fields: Mapping[str, AuditValue]) -> None:
        """Forget a record."""

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class NoTripwire:
    """A tripwire that nobody sets."""

    def tripped(self) -> str | None:
        """Return that it is not set."""
        return None


class Bell:
    """Counts the calls for a person."""

    def __init__(self) -> None:
        self.calls = 0

    def notify(self, page: Page) -> None:  # noqa: ARG002 - the port's own name
        """Count *page*."""
        self.calls += 1


class Feed:
    """The market's feed: what the world tells it goes to the desk."""

    def __init__(self) -> None:
        self._hear: Callable[[Heard], None] | None = None

    def tell(self, heard: Heard) -> None:
        """Pass *heard* on, if anybody listens."""
        if self._hear is not None:
            self._hear(heard)

    async def run(self, hear: Callable[[Heard], None]) -> None:
        """Listen until cancelled."""
        self._hear = hear
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._hear = None
