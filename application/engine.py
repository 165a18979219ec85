"""The engine: hear, decide, write down. The one writer of the desk's state.

It does no waiting of its own. Who drives it sends what it asks: in a back-test at once, live by
the dispatcher, which makes what adds risk wait for the journal and lets what removes it go first.

What cannot be written down is not lost: it waits, in order, and is written before anything later.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from application.digest import NOTHING_DECIDED, digest_after
from application.errors import IntegrityFailure, StoreUnavailable
from application.ports.audit_log import AuditLog
from application.ports.codec import Codec
from application.ports.journal import Journal
from domain.decision.facts import Said
from domain.decision.messages import Command, Heard, MarketAdvanced
from domain.decision.state import Decision, State
from domain.decision.step import step
from domain.execution.messages import OrderAccepted, OrderCanceled

Projection = Callable[[Heard, tuple[Said, ...]], None]
"""Called with every event of which something was said, or that is itself worth telling."""

_ROWS_BEFORE_COMMIT_MAX: Final = 4096
BEHIND_MAX: Final = 100_000


class Row(NamedTuple):
    """One row of the journal."""

    sequence: int
    heard: bytes
    digest: bytes


class Engine:
    """Folds events into the state, and keeps the record of it."""

    def __init__(
        self,
        state: State,
        journal: Journal,
        audit_log: AuditLog,
        codec: Codec,
        projections: Sequence[Projection],
        *,
        watches: Sequence[Projection] = (),
        flushes: Sequence[Callable[[], None]] = (),
        sequence: int = 0,
        digest: bytes = NOTHING_DECIDED,
    ) -> None:
        """Start from *state*, which *sequence* events led to.

        *watches* are called with every event at once, told of or not. *flushes* are called at each
        commit, once the journal is durable: no image of the desk is ever ahead of its journal.
        """
        self.state = state
        self.sequence = sequence
        self.decisions = 0
        self.digest = digest
        self._journal = journal
        self._audit_log = audit_log
        self._codec = codec
        self._projections = list(projections)
        self._watches = list(watches)
        self._flushes = list(flushes)
        self._uncommitted = 0
        self._behind: deque[tuple[Row | None, Heard, tuple[Said, ...]]] = deque()

    @property
    def behind(self) -> int:
        """Return how many events wait to be written down."""
        return len(self._behind)

    def project(self, projection: Projection) -> None:
        """Feed *projection*, too, from now on."""
        self._projections.append(projection)

    def watch(self, watch: Projection, flush: Callable[[], None]) -> None:
        """Call *watch* with every event from now on, and *flush* at each commit."""
        self._watches.append(watch)
        self._flushes.append(flush)

    def hear(self, heard: Heard) -> tuple[Command, ...]:
        """Decide on *heard* and write it down; return what is asked."""
        decision = step(self.state, heard)
        self.state = decision.state
        self.record(heard, decision)
        return decision.asked

    def decide(self, heard: Heard) -> Decision:
        """Decide on *heard*. From here on the decision stands, whatever may fail after it."""
        decision = step(self.state, heard)
        self.state = decision.state
        return decision

    def record(self, heard: Heard, decision: Decision) -> None:
        """Write down what was heard and decided. Raises `StoreUnavailable`."""
        _, said, asked = decision
        if said or asked:
            self.decisions += 1
            self.digest = digest_after(self.digest, said, asked, self._codec)
        self.sequence += 1
        row = Row(self.sequence, self._codec.encode(heard), self.digest)
        try:
            self._write_down(row, heard, said)
        finally:  # they look at the state, which has moved whether it was written down or not
            for watch in self._watches:
                watch(heard, said)
        self._uncommitted += 1
        if self._uncommitted >= _ROWS_BEFORE_COMMIT_MAX:
            self.commit()

    def _write_down(self, row: Row, heard: Heard, said: tuple[Said, ...]) -> None:
        if self._behind:
            self._wait(row, heard, said)
            self._catch_up()
            return
        try:
            self._journal.append(*row)
        except StoreUnavailable:
            self._wait(row, heard, said)
            raise
        self._tell(heard, said)

    def _tell(self, heard: Heard, said: tuple[Said, ...]) -> None:
        """Let projections know of what is in the journal."""
        try:
            if said or is_telling(heard):
                for project in self._projections:
                    project(heard, said)
        except StoreUnavailable:
            self._wait(None, heard, said)
            raise

    def _wait(self, row: Row | None, heard: Heard, said: tuple[Said, ...]) -> None:
        """Keep what could not be written down, in its order, until it can."""
        if len(self._behind) >= BEHIND_MAX:
            raise IntegrityFailure(f"more than {BEHIND_MAX} events wait to be written: no more")
        self._behind.append((row, heard, said))

    def _catch_up(self) -> None:
        """Write down what waits for it, oldest first. Raises `StoreUnavailable`."""
        while self._behind:
            row, heard, said = self._behind[0]
            if row is not None:
                self._journal.append(*row)
            self._behind.popleft()
            self._tell_first(heard, said)

    def _tell_first(self, heard: Heard, said: tuple[Said, ...]) -> None:
        before = len(self._behind)
        try:
            self._tell(heard, said)
        except StoreUnavailable:
            if len(self._behind) > before:  # it is first in turn, as it was
                self._behind.rotate(1)
            raise

    def commit(self) -> None:
        """Return once everything written down is durable. Raises `StoreUnavailable`."""
        if self._behind:
            self._catch_up()
        self._journal.commit()
        self._audit_log.flush()
        self._uncommitted = 0
        for flush in self._flushes:
            flush()


def is_telling(heard: Heard) -> bool:
    """Tell whether *heard* concerns projections though nothing was said of it.

    An acknowledgement does not, nor a close that no voter spoke of: two events of three.
    """
    if isinstance(heard, MarketAdvanced):
        return bool(heard.candidates)
    return not isinstance(heard, (OrderAccepted, OrderCanceled))
