"""The dispatcher: what is asked goes out by two lanes, the urgent one first.

What removes risk is handed over until the venue takes it, with pauses that grow to a bound; it
waits for nothing else. What adds risk is handed over once, while its permit stands: if that fails
it is over, and the desk hears that it was not sent.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from application.errors import VenueUnavailable
from application.ports.exchange import Exchange
from application.ports.notifier import Notifier
from domain.decision.messages import Command, Page, Severity
from domain.decision.state import State
from domain.execution.messages import OrderRejected, PlaceEntry, Report, VenueCommand

NOT_SENT: Final = "not_sent"
PERMIT_DEAD: Final = "permit_dead"
_PAUSE_S_FIRST: Final = 0.2
_PAUSE_S_LAST: Final = 5.0


class Dispatcher:
    """Hands commands over. It never blocks the desk; what became of them comes by the inbox."""

    def __init__(
        self,
        exchange: Exchange,
        notifier: Notifier,
        state: Callable[[], State],
        report: Callable[[Report], None],
    ) -> None:
        """Send to *exchange*; tell *report* what was not sent."""
        self._exchange = exchange
        self._notifier = notifier
        self._state = state
        self._report = report
        self._urgent: asyncio.Queue[VenueCommand] = asyncio.Queue()
        self._normal: asyncio.Queue[PlaceEntry] = asyncio.Queue()
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def reduce(self, command: Command) -> None:
        """Send what removes risk, or calls a person."""
        if isinstance(command, Page):
            self._notifier.notify(command)
            return
        self._begin()
        self._urgent.put_nowait(command)

    def enter(self, command: PlaceEntry) -> None:
        """Send what adds risk."""
        self._begin()
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
        while True:
            command = await self._urgent.get()
            pause_s = _PAUSE_S_FIRST
            while True:
                try:
                    await self._exchange.send(command)
                except VenueUnavailable as error:
                    text = f"{command.client_id} not handed over: {error}"
                    self._notifier.notify(Page(self._state().at_ms, Severity.CRITICAL, text))
                    await asyncio.sleep(pause_s)
                    pause_s = min(2 * pause_s, _PAUSE_S_LAST)
                else:
                    break
            self._urgent.task_done()
            self._end()

    async def _serve_normal(self) -> None:
        while True:
            command = await self._normal.get()
            await self._urgent.join()
            state = self._state()
            permit = command.permit
            dead = permit.emergency_epoch != state.stop.epoch or state.at_ms > permit.expires_ms
            if dead or permit.policy_version != state.policy.version:
                self._unsent(command, PERMIT_DEAD)
            else:
                try:
                    await self._exchange.send(command)
                except VenueUnavailable:
                    self._unsent(command, NOT_SENT)
            self._end()

    def _unsent(self, command: PlaceEntry, code: str) -> None:
        now = self._state().at_ms
        self._report(OrderRejected(now, command.client_id, command.symbol, code))

    def _begin(self) -> None:
        self._open += 1
        self._idle.clear()

    def _end(self) -> None:
        self._open -= 1
        if not self._open:
            self._idle.set()
