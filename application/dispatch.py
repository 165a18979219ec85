"""The dispatcher: what is asked goes out by two lanes, the urgent one first.

The latch of the emergency stop is written at once, before anything that was asked with it. What
removes risk is handed over until the venue takes it (`urgent_lane`) and waits for nothing else, a
latch that cannot be written included. What adds risk is handed over once, when all that removes it
is out of the house, while its permit stands and the latch is written: if that fails, or it was
called off before its turn came, it is over, and the desk hears so; where nobody knows whether it
failed, the desk hears that.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, assert_never

from application.errors import IntegrityFailure, NotSent, StoreUnavailable, VenueUnavailable
from application.permits import NOT_SENT, PERMIT_DEAD, WITHDRAWN, stands
from application.ports.exchange import Exchange
from application.ports.latch import LatchStore
from application.ports.notifier import Notifier
from application.urgent_lane import UrgentLane
from domain.decision.messages import (
    Command,
    Heard,
    IntegrityLost,
    NoteEmergency,
    Page,
    SetLatch,
    Severity,
)
from domain.decision.state import State
from domain.execution.messages import (
    CancelOrder,
    OrderCanceled,
    OrderRejected,
    OrderUnknown,
    PlaceEntry,
    PlaceExit,
    QueryOrder,
    ReadAccount,
)
from domain.shared.errors import InvariantBroken

NOT_LATCHED: Final = "not_latched"


class Dispatcher:
    """Hands commands over. It never blocks the desk; what became of them comes by the inbox."""

    def __init__(
        self,
        exchange: Exchange,
        latch: LatchStore,
        notifier: Notifier,
        note: Callable[[NoteEmergency], None],
        state: Callable[[], State],
        report: Callable[[Heard], None],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Send to *exchange*; tell *report* what was not sent. *pause* waits for seconds.

        *note* tells the policy store of an emergency; it must neither block nor raise.
        """
        self._exchange = exchange
        self._latch = latch
        self._notifier = notifier
        self._note = note
        self._state = state
        self._report = report
        self._urgent = UrgentLane(exchange, notifier, state, report, pause)
        self._normal: asyncio.Queue[PlaceEntry] = asyncio.Queue()
        # Client ids of entries whose turn has not come; True once called off.
        self._waiting: dict[str, bool] = {}
        self._unwritten: SetLatch | None = None
        self._integrity_lost = False
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def latch(self, command: SetLatch) -> None:
        """Make the emergency stop durable now. Call it before anything else of its decision.

        When that fails a person is called, and no entry goes out until it succeeds.
        """
        failed_before = self._unwritten is not None
        self._unwritten = command
        problem = self._write()
        if problem is not None and not failed_before:
            text = f"the latch of the emergency stop is not written, no entries: {problem}"
            self._notifier.notify(Page(command.at_ms, Severity.CRITICAL, text))

    def reduce(self, command: Command) -> None:
        """Send what removes risk, or calls a person, or tells the policy store."""
        match command:
            case SetLatch():
                self.latch(command)
            case Page():
                self._notifier.notify(command)
            case NoteEmergency():
                self._note(command)
            case CancelOrder() if command.client_id in self._waiting:
                # The venue does not know it yet, and would keep it, heard after its own cancel.
                self._waiting[command.client_id] = True
            case CancelOrder() | PlaceExit() | ReadAccount() | QueryOrder():
                self._urgent.put(command)
            case PlaceEntry():
                raise InvariantBroken(f"{command.client_id}: an entry removes no risk")
            case _:
                assert_never(command)

    def enter(self, command: PlaceEntry) -> None:
        """Send what adds risk."""
        self._open += 1
        self._idle.clear()
        self._waiting[command.client_id] = False
        self._normal.put_nowait(command)

    async def idle(self) -> None:
        """Return once all that was asked is handed over."""
        while not (self._idle.is_set() and self._urgent.idle.is_set()):
            await self._urgent.idle.wait()
            await self._idle.wait()

    async def run(self) -> None:
        """Serve both lanes until cancelled."""
        async with asyncio.TaskGroup() as lanes:
            lanes.create_task(self._urgent.run())
            lanes.create_task(self._serve_normal())

    async def _serve_normal(self) -> None:
        while True:
            command = await self._normal.get()
            while not self._urgent.cleared.is_set():
                await self._urgent.cleared.wait()
            now, name, symbol = self._state().at_ms, command.client_id, command.symbol
            if self._waiting.pop(name):
                self._report(OrderCanceled(now, name, symbol, WITHDRAWN))
            elif not stands(command, self._state()):
                self._report(OrderRejected(now, name, symbol, PERMIT_DEAD))
            elif self._write() is not None:
                self._report(OrderRejected(now, name, symbol, NOT_LATCHED))
            else:
                await self._hand_over(command)
            self._open -= 1
            if not self._open:
                self._idle.set()

    async def _hand_over(self, entry: PlaceEntry) -> None:
        name, symbol = entry.client_id, entry.symbol
        try:
            await self._exchange.send(entry)
        except NotSent:
            self._report(OrderRejected(self._state().at_ms, name, symbol, NOT_SENT))
        except VenueUnavailable as error:
            self._report(OrderUnknown(self._state().at_ms, name, symbol, str(error)))

    def _write(self) -> str | None:
        """Write the latch if it is still to be written; return what keeps it from being so."""
        command = self._unwritten
        if command is None:
            return None
        try:
            self._latch.write(command.latch)
        except StoreUnavailable as error:
            return str(error)
        except IntegrityFailure as error:
            if not self._integrity_lost:
                self._integrity_lost = True
                self._report(IntegrityLost(command.at_ms, str(error)))
            return str(error)
        self._unwritten = None
        return None
