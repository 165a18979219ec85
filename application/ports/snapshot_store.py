"""Snapshots: what the journal leads to, so that a start need not hear all of it again."""

from typing import NamedTuple, Protocol

from domain.decision.state import State


class Snapshot(NamedTuple):
    """The state after the event *sequence*, and the digest of all decisions up to it.

    `audited` is how many audit records had been written by then.
    """

    sequence: int
    digest: bytes
    audited: int
    state: State


class SnapshotStore(Protocol):
    """Keeps the latest few snapshots."""

    def save(self, snapshot: Snapshot) -> None:
        """Keep *snapshot*, durably, before returning. Raises `StoreUnavailable`."""

    def latest(self) -> Snapshot | None:
        """Return the latest snapshot that is whole, None when there is none."""
