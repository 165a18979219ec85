"""The two ends of a wire to a venue, as a script of answers; and a clock that only pauses move."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

from application.errors import VenueUnavailable
from application.ports.clock import Clock
from application.ports.tripwire import Tripwire
from application.ports.venue import Reply, VenueReader, VenueWriter
from domain.execution.messages import (
    AccountRead,
    CancelOrder,
    OrderFilled,
    OrderRead,
    PlaceEntry,
    PlaceExit,
    VenueCommand,
)
from tests.builders import START_MS

Answer = Reply | Exception


class FakeClock:
    """Stands still, but for the pauses that are made with it, kept in `pauses` in seconds.

    `while_paused` is done in the middle of each pause.
    """

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms
        self.pauses: list[float] = []
        self.while_paused: Callable[[], Awaitable[None]] | None = None

    def now_ms(self) -> int:
        return self.at_ms

    def skew_ms(self) -> int:
        return 0

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if self.while_paused is not None:
            await self.while_paused()
        self.at_ms += round(seconds * 1000)
        await asyncio.sleep(0)


class FakeTripwire:
    """Is set while `why` says something."""

    def __init__(self) -> None:
        self.why: str | None = None

    def tripped(self) -> str | None:
        return self.why


class FakeWriter:
    """Notes what it is sent, and answers from `script`, in its order; then that all went well.

    While `gate` is closed no answer comes, and never one to an order in `deaf`; what was sent is in
    `sent` all the same.
    """

    def __init__(self) -> None:
        self.sent: list[VenueCommand] = []
        self.script: list[Answer] = []
        self.deaf: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()

    async def place(self, order: PlaceEntry | PlaceExit) -> Reply:
        if order.client_id in self.deaf:
            self.sent.append(order)
            await asyncio.Event().wait()
        return await self._answer(order)

    async def cancel(self, cancel: CancelOrder) -> Reply:
        return await self._answer(cancel)

    async def _answer(self, command: VenueCommand) -> Reply:
        self.sent.append(command)
        await self.gate.wait()
        answer = self.script.pop(0) if self.script else Reply(START_MS, "", "", "")
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeReader:
    """Answers what it holds; `failures_left` counts the questions that get no answer first.

    `asked` are the questions, in their order; `since` from when on trades were asked for.
    """

    def __init__(self) -> None:
        self.orders: dict[str, OrderRead] = {}
        self.fills: tuple[OrderFilled, ...] = ()
        self.held = AccountRead(0, (), (), Decimal(1_000))
        self.failures_left = 0
        self.asked: list[str] = []
        self.since: list[int] = []

    async def order(self, client_id: str, symbol: str) -> OrderRead | None:
        self._asks(f"order {client_id} {symbol}")
        return self.orders.get(client_id)

    async def trades(self, since_ms: int) -> tuple[OrderFilled, ...]:
        self.since.append(since_ms)
        self._asks("trades")
        return self.fills

    async def account(self) -> AccountRead:
        self._asks("account")
        return self.held

    def _asks(self, what: str) -> None:
        self.asked.append(what)
        if self.failures_left:
            self.failures_left -= 1
            raise VenueUnavailable("no answer")


def refusals(*codes: str) -> list[Answer]:
    """Return answers of *codes*, which do not say whom they are about."""
    return [Reply(START_MS, code, "", "") for code in codes]


_WRITER: type[VenueWriter] = FakeWriter
_READER: type[VenueReader] = FakeReader
_CLOCK: type[Clock] = FakeClock
_TRIPWIRE: type[Tripwire] = FakeTripwire
