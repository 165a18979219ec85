"""The desk, live: the inbox is heard event by event; what is decided is written down and sent.

Order of things for one event: decide; send what removes risk; write down; make durable if
anything adds risk; send that. When writing fails, what adds risk is not sent and the desk hears
so; what removes risk has gone already, and goes on going.
"""

import asyncio
from contextlib import suppress

from application.dispatch import Dispatcher
from application.engine import Engine
from application.errors import StoreUnavailable
from application.inbox import Inbox
from domain.decision.messages import Heard, Page, Severity
from domain.decision.state import Decision
from domain.execution.messages import OrderRejected, PlaceEntry

NOT_DURABLE = "not_durable"
_EVENTS_BEFORE_COMMIT_MAX = 256


class Desk:
    """Joins inbox, engine and dispatcher. One task runs it."""

    def __init__(self, engine: Engine, inbox: Inbox, dispatcher: Dispatcher) -> None:
        """Join the parts."""
        self._engine = engine
        self._inbox = inbox
        self._dispatcher = dispatcher
        self._since_commit = 0
        self._busy = False
        self.store_down = False

    async def run(self) -> None:
        """Hear events until cancelled; what is heard is written down before it ends."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._dispatcher.run())
            while True:
                heard = await self._inbox.get()
                self._busy = True
                self.handle(heard)
                self._busy = False

    def handle(self, heard: Heard) -> None:
        """Decide on one event and let everything follow from it."""
        decision = self._engine.decide(heard)
        entries = []
        for command in decision.asked:
            if isinstance(command, PlaceEntry):
                entries.append(command)
            else:
                self._dispatcher.reduce(command)
        if self._written(heard, decision, durable=bool(entries)):
            for entry in entries:
                self._dispatcher.enter(entry)
            return
        for entry in entries:
            self._inbox.put(OrderRejected(heard.at_ms, entry.client_id, entry.symbol, NOT_DURABLE))

    def _written(self, heard: Heard, decision: Decision, *, durable: bool) -> bool:
        try:
            self._engine.record(heard, decision)
            self._since_commit += 1
            if durable or self._since_commit >= _EVENTS_BEFORE_COMMIT_MAX:
                self._engine.commit()
                self._since_commit = 0
        except StoreUnavailable as error:
            if not self.store_down:
                self.store_down = True
                text = f"the record cannot be written, no entries until it can: {error}"
                self._dispatcher.reduce(Page(heard.at_ms, Severity.CRITICAL, text))
            return False
        self.store_down = False
        return True

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
