"""The journal: what was heard, in order, and the digest of what was decided on it."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from domain.decision.messages import Heard


class Entry(NamedTuple):
    """One event as it was heard. `digest` is of all decisions up to and including this one."""

    sequence: int
    heard: Heard
    digest: bytes


class Journal(Protocol):
    """Append-only. Every method raises `StoreUnavailable` when the store cannot be used."""

    def append(self, sequence: int, heard: bytes, digest: bytes) -> None:
        """Add an entry; it is durable after the next `commit`."""

    def commit(self) -> None:
        """Return once everything appended is durable."""

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Yield all entries with a sequence above *after*, in order."""

    def close(self) -> None:
        """Commit and let go of the store."""
