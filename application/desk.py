"""The desk, live: the inbox is heard event by event; what is decided is written down and sent.

Order of things for one event: decide; make the latch of the emergency stop durable if it moved;
send what removes risk; write down; make durable if anything adds risk; send that. When writing
fails, what adds risk is not sent and the desk hears so, and of its health; what removes risk has
gone already, and goes on going.

At a venue beyond a wire what was heard cannot be derived again: there a report that changed
anything is made durable once all has followed from it, and everything else at the next tick.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from application.dispatch import Dispatcher
from application.engine import Engine
from application.errors import (
    ApplicationError,
    IllegalTransition,
    IntegrityFailure,
    StoreUnavailable,
)
from application.health import HealthBoard
from application.inbox import Inbox
from application.resume import Diverged, ResumedJournal
from domain.decision.messages import (
    ClockTicked,
    EntriesPaused,
    EntriesUnpaused,
    Heard,
    IntegrityLost,
    MarketAdvanced,
    OperatorFlattened,
    OperatorHalted,
    OperatorReleased,
    Page,
    SetLatch,
    Severity,
)
from domain.decision.state import Decision, State
from domain.execution.messages import CancelOrder, OrderRejected, PlaceEntry
from domain.shared.identity import Leg

NOT_DURABLE = "not_durable"
_RECORD = "record"
_EVENTS_BEFORE_COMMIT_MAX = 256
# Who is told that a wish was heard may rely on it.
_WISHES = (OperatorHalted, OperatorReleased, OperatorFlattened, EntriesPaused, EntriesUnpaused)


class Desk:
    """Joins inbox, engine and dispatcher. One task runs it."""

    def __init__(
        self,
        engine: Engine,
        inbox: Inbox,
        dispatcher: Dispatcher,
        resumed: ResumedJournal | None = None,
        health: HealthBoard | None = None,
        *,
        before: Callable[[], tuple[Heard, ...]] = tuple,
        after: Callable[[Heard], None] | None = None,
    ) -> None:
        """Join the parts. *resumed* is the journal that is caught up with, if there is one.

        *health* is where others tell of themselves, too. *before* says what must be heard before
        the event whose turn it is; *after* is told of each event once all has followed from it.
        """
        self._health = health or HealthBoard()
        self._engine = engine
        self._inbox = inbox
        self._dispatcher = dispatcher
        self._resumed = resumed
        self._before = before
        self._after = after
        self._since_commit = 0
        self._busy = False
        self._integrity_lost = False
        self._news: list[Heard] = []
        self.store_down = False

    @property
    def state(self) -> State:
        """Return what the desk knows now."""
        return self._engine.state

    @property
    def caught_up(self) -> bool:
        """Tell whether all that the journal held at the start was heard again."""
        return self._resumed is None or self._resumed.caught_up

    async def run(self) -> None:
        """Hear events until cancelled; what is heard is written down before it ends."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._dispatcher.run())
            while True:
                heard = await self._next()
                self._busy = True
                for first in self._before():
                    self._hear(first)
                self._hear(heard)
                self._busy = False
                if self._after is not None and len(self._inbox):
                    await asyncio.sleep(0)  # live: what was asked leaves while the feed goes on

    def outside(self, until_ms: int) -> Heard | None:
        """Return what came from outside next, by *until_ms*, when the run was played before."""
        return None if self._resumed is None else self._resumed.outside(until_ms)

    async def _next(self) -> Heard:
        outside = self.outside(self._engine.state.at_ms)
        return await self._inbox.get() if outside is None else outside

    def _hear(self, heard: Heard) -> None:
        self.handle(heard)
        if self._after is not None:
            self._after(heard)

    def handle(self, heard: Heard) -> None:
        """Decide on one event and let everything follow from it."""
        decision = self._engine.decide(heard)
        entries = []
        for command in decision.asked:
            if isinstance(command, SetLatch):
                self._dispatcher.latch(command)
        for command in decision.asked:
            if isinstance(command, PlaceEntry):
                entries.append(command)
            elif not isinstance(command, SetLatch):
                self._dispatcher.reduce(command)
        soon = self._after is not None and not isinstance(heard, MarketAdvanced)
        durable = bool(entries) or isinstance(heard, _WISHES)
        durable |= soon and (bool(decision.said) or isinstance(heard, ClockTicked))
        if self._written(heard, decision, durable=durable):
            for entry in entries:
                self._dispatcher.enter(entry)
        else:
            at_ms = heard.at_ms
            for entry in entries:
                self._inbox.put(OrderRejected(at_ms, entry.client_id, entry.symbol, NOT_DURABLE))
        # After the rejections: nothing is asked about an entry that never went out.
        for news in self._news:
            self._inbox.put(news)
        self._news.clear()

    def _written(self, heard: Heard, decision: Decision, *, durable: bool) -> bool:
        try:
            self._engine.record(heard, decision)
            self._since_commit += 1
            # A store that was down is believed when it has made something durable.
            due = durable or self.store_down
            if due or self._since_commit >= _EVENTS_BEFORE_COMMIT_MAX:
                self._engine.commit()
                self._since_commit = 0
        except Diverged:
            raise
        except (IntegrityFailure, IllegalTransition) as error:
            self._not_written(heard.at_ms, error)
            if not self._integrity_lost:
                self._integrity_lost = True
                self._news.append(IntegrityLost(heard.at_ms, str(error)))
            return False
        except StoreUnavailable as error:
            self._not_written(heard.at_ms, error)
            return False
        if self.store_down:
            self.store_down = False
            self._news.append(self._health.told(heard.at_ms, _RECORD, None))
        return True

    def _not_written(self, at_ms: int, error: ApplicationError) -> None:
        """Call a person and tell the desk, once for each time that it begins."""
        if self.store_down:
            return
        self.store_down = True
        text = f"the record cannot be written, no entries until it can: {error}"
        self._dispatcher.reduce(Page(at_ms, Severity.CRITICAL, text))
        self._news.append(self._health.told(at_ms, _RECORD, text))

    def withdraw(self) -> None:
        """Call off every entry that is live: nobody will be there to protect what it fills."""
        for order in self.state.orders.values():
            if order.leg is Leg.ENTRY:
                cancel = CancelOrder(order.client_id, order.symbol, of_entry=True)
                self._dispatcher.reduce(cancel)

    async def settled(self) -> None:
        """Return once every event was heard and everything asked was handed over."""
        while True:
            await self._dispatcher.idle()
            if not len(self._inbox) and not self._busy:
                return
            await asyncio.sleep(0)

    def close(self) -> None:
        """Make durable what was heard last."""
        with suppress(StoreUnavailable):
            self._engine.commit()
