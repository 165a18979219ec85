"""Writes to a venue, one request each, and what the answer to each of them proves.

An answer about something else than what was sent is no answer. Nothing is repeated here.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final, NamedTuple

from application.errors import NotSent, VenueUnavailable
from application.ports.clock import Clock
from application.ports.venue import Reply, VenueWriter
from application.rate_budget import RateBudget
from application.venue_troubles import VenueTroubles
from domain.execution.messages import CancelOrder, PlaceEntry, PlaceExit, VenueCommand
from domain.execution.outcomes import (
    CONCERNS,
    Concern,
    Outcome,
    is_mapped,
    outcome_of,
    says_not_executed,
)

OTHER_ORDER: Final = "the answer is about another order"
EVIDENCE_LENGTH_MAX: Final = 200
# What a cancel waits for the answer to the order that it cancels.
BEHIND_S: Final = 0.5
REMEMBERED_MAX: Final = 10_000


class Answer(NamedTuple):
    """What is known of a write. `busy`: the venue did not want it now, for lack of time or room."""

    outcome: Outcome
    evidence: str
    busy: bool = False


class VenueWrites:
    """Sends, and judges the answers. Outcomes by class, and codes not in the table, are counted."""

    def __init__(
        self, writer: VenueWriter, clock: Clock, budget: RateBudget, troubles: VenueTroubles
    ) -> None:
        """Tell *budget* of waits that are asked for, *troubles* of everything else."""
        self._writer = writer
        self._clock = clock
        self._budget = budget
        self._troubles = troubles
        self._in_flight: dict[str, asyncio.Event] = {}
        self._sent_ms: dict[str, int] = {}
        self._outcomes: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
        self.unmapped_codes = 0

    @property
    def outcomes(self) -> Mapping[Outcome, int]:
        """Return how many writes there were of each outcome."""
        return MappingProxyType(self._outcomes)

    def sent_ms(self, client_id: str) -> int | None:
        """Return when an order was first sent, None when it is not known to have been."""
        return self._sent_ms.get(client_id)

    async def place(self, order: PlaceEntry | PlaceExit) -> Answer:
        """Send *order* and judge the answer. Raises `NotSent`. It does not wait before it sends."""
        name = order.client_id
        self._sent_ms.setdefault(name, self._clock.now_ms())
        if len(self._sent_ms) > REMEMBERED_MAX:
            del self._sent_ms[next(iter(self._sent_ms))]
        answered = self._in_flight[name] = asyncio.Event()
        try:
            return await self._judged(order)
        finally:
            del self._in_flight[name]
            answered.set()

    async def cancel(self, cancel: CancelOrder) -> Answer:
        """Send *cancel* and judge the answer. Raises `NotSent`."""
        return await self._judged(cancel)

    async def behind(self, client_id: str) -> None:
        """Wait a little for the answer to an order that was just sent."""
        answered = self._in_flight.get(client_id)
        if answered is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEHIND_S):
                    await answered.wait()

    async def _judged(self, command: VenueCommand) -> Answer:
        try:
            if isinstance(command, CancelOrder):
                reply = await self._writer.cancel(command)
            else:
                reply = await self._writer.place(command)
        except NotSent:
            self._outcomes[Outcome.NOT_SENT] += 1
            raise
        except VenueUnavailable as error:
            answer = Answer(Outcome.UNKNOWN, str(error)[:EVIDENCE_LENGTH_MAX])
        else:
            answer = self._read(command, reply)
        self._outcomes[answer.outcome] += 1
        return answer

    def _read(self, command: VenueCommand, reply: Reply) -> Answer:
        """Return what *reply* proves of *command*."""
        # A wait runs from when it was told: the answer may have lain here while we slept.
        told_ms = min(reply.at_ms, self._clock.now_ms())
        wait_ms = self._budget.told(reply.code, reply.wait_ms, told_ms)
        is_cancel = isinstance(command, CancelOrder)
        if reply.client_id not in ("", command.client_id) or reply.symbol not in (
            "",
            command.symbol,
        ):
            return Answer(Outcome.UNKNOWN, OTHER_ORDER)
        outcome = outcome_of(reply.code, cancel=is_cancel)
        if not is_mapped(reply.code, cancel=is_cancel):
            self.unmapped_codes += 1
        of_entry = isinstance(command, PlaceEntry)
        self._troubles.heard(reply.code, outcome, wait_ms, of_entry=of_entry)
        busy = CONCERNS.get(reply.code) is Concern.RATE
        busy = busy or says_not_executed(reply.code, reply.text)
        return Answer(outcome, reply.code, busy)
