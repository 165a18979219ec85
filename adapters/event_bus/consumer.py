"""One consumer's side of any bus: once by id, a bounded number of tries, never an exception."""

from collections.abc import Collection
from itertools import islice

from application.events.envelope import Envelope, Handler
from application.events.registry import type_of
from domain.shared.errors import InvariantBroken


class Seen:
    """Ids that were seen, the latest *capacity* of them."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._ids: dict[str, None] = {}

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._ids

    def add(self, event_id: str) -> None:
        """Remember *event_id*, and forget the oldest if there are too many."""
        self._ids[event_id] = None
        if len(self._ids) > self._capacity:
            del self._ids[next(iter(self._ids))]

    def latest(self, count: int) -> list[str]:
        """Return the latest *count* ids, oldest first."""
        return list(islice(self._ids, max(0, len(self._ids) - count), None))


class Consumer:
    """A handler, and how it is asked."""

    def __init__(self, name: str, kinds: Collection[str], handler: Handler, tries: int) -> None:
        """Ask *handler* at most *tries* times. Raises `InvariantBroken` for a type not in use."""
        self.name = name
        self.kinds = frozenset(type_of(kind).name for kind in kinds)
        self._handler = handler
        self._tries = tries

    def problem_with(self, envelope: Envelope) -> str | None:
        """Hand *envelope* over; return why it could not be consumed, None when it was."""
        problem = ""
        for _ in range(self._tries):
            try:
                self._handler(envelope)
            except Exception as error:  # noqa: BLE001 - a consumer's fault must not reach the publisher
                problem = f"{type(error).__name__}: {error}"
            else:
                return None
        return f"{self.name} failed {self._tries} times on {envelope.event_id}: {problem}"


def require_new(name: str, taken: Collection[str]) -> None:
    """Raise `InvariantBroken` when *name* is among the names *taken*."""
    if name in taken:
        raise InvariantBroken(f"consumer {name!r} is subscribed already")
