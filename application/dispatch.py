"""The dispatcher: what is asked goes out by two lanes, the urgent one first.

What removes risk is handed over until the venue takes it, with pauses that grow to a bound; what
could not be handed over lets the others behind it pass. It waits for nothing else. What adds risk
is handed over once, while its permit stands: if that fails, or it was called off before its turn
came, it is over, and the desk hears so.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from application.errors import VenueUnavailable
from application.permits import NOT_SENT, PERMIT_DEAD, WITHDRAWN, stands
from application.ports.exchange import Exchange
from application.ports.notifier import Notifier
from domain.decision.messages import Command, Page, Severity
from domain.decision.state import State
from domain.execution.messages import (
    CancelOrder,
    OrderCanceled,
    OrderRejected,
    PlaceEntry,
    Report,
    VenueCommand,
)

PAUSE_S_FIRST: Final = 0.2
PAUSE_S_LAST: Final = 5.0


class Dispatcher:
    """Hands commands over. It never blocks the desk; what became of them comes by the inbox."""

    def __init__(
        self,
        exchange: Exchange,
        notifier: Notifier,
        state: Callable[[], State],
        report: Callable[[Report], None],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Send to *exchange*; tell *report* what was not sent. *pause* waits for seconds."""
        self._exchange = exchange
        self._notifier = notifier
        self._state = state
        self._report = report
        self._pause = pause
        self._urgent: asyncio.Queue[VenueCommand] = asyncio.Queue()
        self._normal: asyncio.Queue[PlaceEntry] = asyncio.Queue()
        # Client ids of entries whose turn has not come; True once called off.
        self._waiting: dict[str, bool] = {}
        self._open = self._reducing = 0
        self._idle = asyncio.Event()
        self._cleared = asyncio.Event()
        self._idle.set()
        self._cleared.set()

    def reduce(self, command: Command) -> None:
        """Send what removes risk, or calls a person."""
        if isinstance(command, Page):
            self._notifier.notify(command)
        elif isinstance(command, CancelOrder) and command.client_id in self._waiting:
            # The venue does not know it yet, and would keep it, heard after its own cancel.
            self._waiting[command.client_id] = True
        else:
            self._begin()
            self._reducing += 1
            self._cleared.clear()
            self._urgent.put_nowait(command)

    def enter(self, command: PlaceEntry) -> None:
        """Send what adds risk."""
        self._begin()
        self._waiting[command.client_id] = False
        self._normal.put_nowait(command)

    async def idle(self) -> None:
        """Return once all that was asked is handed over."""
        await self._idle.wait()

    async def run(self) -> None:
        """Serve both lanes until cancelled."""
        async with asyncio.TaskGroup() as lanes:
            lanes.create_task(self._serve_urgent())
            lanes.create_task(self._serve_normal())

    async def _serve_urgent(self) -> None:
        pause_s = PAUSE_S_FIRST
        while True:
            command = await self._urgent.get()
            try:
                await self._exchange.send(command)
            except VenueUnavailable as error:
                text = f"{command.client_id} not handed over: {error}"
                self._notifier.notify(Page(self._state().at_ms, Severity.CRITICAL, text))
                await self._pause(pause_s)
                pause_s = min(2 * pause_s, PAUSE_S_LAST)
                self._urgent.put_nowait(command)
            else:
                pause_s = PAUSE_S_FIRST
                self._reducing -= 1
                if not self._reducing:
                    self._cleared.set()
                self._end()

    async def _serve_normal(self) -> None:
        while True:
            command = await self._normal.get()
            while self._reducing:
                await self._cleared.wait()
            now, name, symbol = self._state().at_ms, command.client_id, command.symbol
            if self._waiting.pop(name):
                self._report(OrderCanceled(now, name, symbol, WITHDRAWN))
            elif not stands(command, self._state()):
                self._report(OrderRejected(now, name, symbol, PERMIT_DEAD))
            else:
                try:
                    await self._exchange.send(command)
                except VenueUnavailable:
                    self._report(OrderRejected(self._state().at_ms, name, symbol, NOT_SENT))
            self._end()

    def _begin(self) -> None:
        self._open += 1
        self._idle.clear()

    def _end(self) -> None:
        self._open -= 1
        if not self._open:
            self._idle.set()
