"""The order gateway: the only way to a venue beyond a wire, and what may be concluded from there.

Rule 1: a write is one request. What became of it is read from the table of outcomes, where doubt
is the default; an entry in doubt is never sent again, here or by anyone.
Rule 2: an entry waits for the rate budget, and then everything that could forbid it is asked once
more; nothing is awaited between the answer and the writer.
Rule 3: an exit needs no leave and has a share of the budget to itself. In doubt it is sent again by
the urgent lane, under the same name. A refusal of the second sending says nothing of the first, nor
does an answer that was given before it.
Rule 4: a cancel does not overtake the entry it cancels: one that waits is called off here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from application.errors import NotSent, VenueUnavailable
from application.permits import FENCED, PERMIT_DEAD, TRIPPED, WITHDRAWN
from application.ports.clock import Clock
from application.ports.exchange import Exchange, Listener
from application.ports.tripwire import Tripwire
from application.ports.venue import VenueReader, VenueWriter
from application.rate_budget import Call, RateBudget
from application.venue_readings import VenueReadings
from application.venue_troubles import Trouble, VenueTroubles
from application.venue_turns import Turns
from application.venue_writes import REMEMBERED_MAX, Answer, VenueWrites
from domain.execution.messages import (
    AccountRead,
    CancelOrder,
    CancelRefused,
    OrderAccepted,
    OrderCanceled,
    OrderKind,
    OrderRejected,
    OrderUnknown,
    PlaceEntry,
    PlaceExit,
    QueryOrder,
    ReadAccount,
    Report,
    VenueCommand,
)
from domain.execution.outcomes import Outcome

EXISTS: Final = "exists"
SENT_AGAIN: Final = "sent again"
GIVEN_UP: Final = "given up before it was answered"
# What protects or closes is sent until the venue is known to have it.
_SENT_AGAIN: Final = (OrderKind.MARKET, OrderKind.STOP_MARKET)


class OrderGateway:
    """Satisfies `Exchange`."""

    def __init__(
        self,
        writer: VenueWriter,
        reader: VenueReader,
        clock: Clock,
        budget: RateBudget,
        stands: Callable[[PlaceEntry], bool],
        tripwire: Tripwire,
        fenced: Callable[[], bool],
        trouble: Trouble,
        *,
        in_doubt: Callable[[str], bool] = lambda _: False,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Write and read within *budget*; tell *trouble* of part and problem. *pause*: seconds.

        An entry goes out while its permit *stands*, *tripwire* is not set, and no younger desk has
        *fenced* this one off. *in_doubt* tells of a client id whether it may have been
        sent before, by an earlier life too.
        """
        self._clock, self._budget, self._pause = clock, budget, pause
        self._stands, self._tripwire, self._fenced = stands, tripwire, fenced
        self._in_doubt = in_doubt
        self._turns = Turns(budget, clock, pause)
        troubles = VenueTroubles(trouble)
        self._writes = VenueWrites(writer, clock, budget, troubles)
        self._readings = VenueReadings(reader, self._turns, troubles, self._tell)
        self._listeners: list[Listener] = []
        # Entries that wait for the budget; True once called off.
        self._waiting: dict[str, bool] = {}
        # Orders of which an earlier sending is in doubt, the oldest first.
        self._doubted: dict[str, None] = {}

    @property
    def outcomes(self) -> Mapping[Outcome, int]:
        """Return how many writes there were of each outcome."""
        return self._writes.outcomes

    @property
    def unmapped_codes(self) -> int:
        """Return how many answers bore a code that the table of outcomes does not have."""
        return self._writes.unmapped_codes

    def listen(self, listener: Listener) -> None:
        """Send every report from now on to *listener*."""
        self._listeners.append(listener)

    async def send(self, command: VenueCommand) -> None:
        """Hand over one command; tell the listeners what is known of it.

        Raises `NotSent` where the venue took nothing, and `VenueUnavailable` where an exit or a
        cancel is in doubt and must be sent again.
        """
        match command:
            case PlaceEntry():
                await self._enter(command)
            case PlaceExit():
                await self._leave(command)
            case CancelOrder():
                await self._cancel(command)

    async def read(self, wish: ReadAccount) -> AccountRead:
        """Return what the venue holds of ours; its fills are told before. `VenueUnavailable`."""
        return await self._readings.account(wish)

    async def query(self, wish: QueryOrder) -> None:
        """Tell how one order stands, after its fills. Raises `VenueUnavailable`."""
        await self._readings.order(wish, self._writes.sent_ms(wish.client_id))

    async def _enter(self, entry: PlaceEntry) -> None:
        name, symbol = entry.client_id, entry.symbol
        self._waiting[name] = False
        try:
            free_ms = await self._free_ms(entry)
        finally:
            called_off = self._waiting.pop(name)
        now = self._clock.now_ms()
        if called_off:
            self._tell(OrderCanceled(now, name, symbol, WITHDRAWN))
            return
        objection = self._objection(entry, free_ms)
        if objection is not None:
            self._tell(OrderRejected(now, name, symbol, objection))
            return
        self._budget.take(Call.ENTRY, now)
        self._conclude(entry, await self._placed(entry))

    async def _free_ms(self, entry: PlaceEntry) -> int:
        """Return when *entry* may go out: now, or when its permit will be dead."""
        while True:
            now = self._clock.now_ms()
            wait_ms = self._budget.wait_ms(Call.ENTRY, now)
            is_over = now + wait_ms > entry.permit.expires_ms
            if not wait_ms or is_over or self._waiting[entry.client_id]:
                return now + wait_ms
            await self._pause(wait_ms / 1000)

    def _objection(self, entry: PlaceEntry, at_ms: int) -> str | None:
        """Return what forbids *entry*, which may go out at *at_ms*; None: nothing does."""
        if self._fenced():
            return FENCED
        if self._tripwire.tripped() is not None:
            return TRIPPED
        if at_ms > entry.permit.expires_ms or not self._stands(entry):
            return PERMIT_DEAD
        return None

    async def _leave(self, order: PlaceExit) -> None:
        await self._turns.take(Call.EXIT)
        if self._in_doubt(order.client_id):  # what was answered so far says nothing of this sending
            now = self._clock.now_ms()
            self._doubt(order.client_id)
            self._tell(OrderUnknown(now, order.client_id, order.symbol, SENT_AGAIN))
        answer = await self._placed(order)
        text = f"{order.client_id}: {answer.evidence}"
        if answer.busy:
            if answer.outcome is Outcome.UNKNOWN:
                self._doubt(order.client_id)
            raise NotSent(text)
        self._conclude(order, answer)
        if answer.outcome is Outcome.UNKNOWN and order.kind in _SENT_AGAIN:
            raise VenueUnavailable(text)

    async def _placed(self, order: PlaceEntry | PlaceExit) -> Answer:
        try:
            return await self._writes.place(order)
        except asyncio.CancelledError:
            now, name = self._clock.now_ms(), order.client_id
            self._tell(OrderUnknown(now, name, order.symbol, GIVEN_UP))
            raise

    def _conclude(self, order: PlaceEntry | PlaceExit, answer: Answer) -> None:
        """Tell what *answer* proves of *order*."""
        now, name, symbol = self._clock.now_ms(), order.client_id, order.symbol
        outcome = answer.outcome
        if outcome is Outcome.ACKED:
            self._doubted.pop(name, None)
            self._tell(OrderAccepted(now, name, symbol))
        elif outcome is Outcome.REFUSED and name not in self._doubted:
            self._tell(OrderRejected(now, name, symbol, answer.evidence))
        else:
            self._doubt(name)
            evidence = EXISTS if outcome is Outcome.EXISTS else answer.evidence
            self._tell(OrderUnknown(now, name, symbol, evidence))

    def _doubt(self, name: str) -> None:
        self._doubted[name] = None
        if len(self._doubted) > REMEMBERED_MAX:
            del self._doubted[next(iter(self._doubted))]

    async def _cancel(self, cancel: CancelOrder) -> None:
        name, symbol = cancel.client_id, cancel.symbol
        if name in self._waiting:
            self._waiting[name] = True
            return
        await self._writes.behind(name)
        await self._turns.take(Call.CANCEL)
        answer = await self._writes.cancel(cancel)
        now = self._clock.now_ms()
        if answer.busy:
            raise NotSent(f"the cancel of {name}: {answer.evidence}")
        if answer.outcome is Outcome.UNKNOWN:
            raise VenueUnavailable(f"the cancel of {name}: {answer.evidence}")
        # A cancel that was taken is not yet done: what the order filled before it ends is told by
        # the stream, or when the order is asked for.
        if answer.outcome is not Outcome.ACKED:
            self._tell(CancelRefused(now, name, symbol, answer.evidence))

    def _tell(self, report: Report) -> None:
        for listener in self._listeners:
            listener(report)


_: type[Exchange] = OrderGateway
