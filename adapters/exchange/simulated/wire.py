"""The wire between one process and the simulated venue: requests and replies are lost on it.

Rule 1: what has left the process goes on without it: a request that is on its way arrives though
its sender has died or given up.
Rule 2: the process learns by its reply alone what became of a write; after a while without one it
gives up, and knows nothing.
Rule 3: every question is answered, or fails; the two halves of the account are read one after the
other, and what happens between them is in the second alone.
"""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from adapters.exchange.simulated.shore import UNAVAILABLE, Shore
from application.errors import NotSent, VenueUnavailable
from application.ports.source import Source
from application.ports.venue import Reply, VenueReader, VenueWriter
from domain.decision.messages import Heard
from domain.execution.messages import (
    AccountRead,
    CancelOrder,
    OrderFilled,
    OrderRead,
    PlaceEntry,
    PlaceExit,
    Report,
    StreamTurned,
    VenueCommand,
)

TIMEOUT_MS: Final = 3_000
_MS: Final = 1_000
_HALF: Final = 0.5
Answer = TypeVar("Answer")


class SimulatedWire:
    """Satisfies `VenueWriter`, `VenueReader` and `Source`, for one process.

    `sending` is told of every write whose first byte leaves now.
    """

    def __init__(self, shore: Shore, sending: Callable[[VenueCommand], None]) -> None:
        """Connect to *shore*."""
        self._shore = shore
        self._sending = sending
        self._hear: Callable[[Heard], None] | None = None
        self._up = False
        self._cut = False

    def cut(self) -> None:
        """Part from the process, which has died: nothing reaches it any more."""
        self._cut = True
        self._hear = None

    async def place(self, order: PlaceEntry | PlaceExit) -> Reply:
        """Send an order."""
        return await self._write(order)

    async def cancel(self, cancel: CancelOrder) -> Reply:
        """Send a cancel."""
        return await self._write(cancel)

    async def _write(self, command: VenueCommand) -> Reply:
        shore = self._shore
        weather, rng, times = shore.weather, shore.rng, shore.times
        if self._cut:
            raise NotSent("the process is gone")
        if rng.random() < weather.unreachable:
            await asyncio.sleep(shore.trip_ms() / _MS)
            raise NotSent("no connection")
        self._sending(command)
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def arrive() -> None:
            if not isinstance(command, CancelOrder):
                shore.under_way.discard(command.client_id)
            reply = self._served(command)
            if rng.random() >= weather.reply_lost:
                times.after(shore.trip_ms(), lambda: self._settle(answer, reply))

        if rng.random() >= weather.request_lost:
            late = rng.random() < weather.late_accept
            delay = rng.uniform(0, weather.late_s_max) * _MS if late else shore.trip_ms()
            if not isinstance(command, CancelOrder):
                shore.under_way.add(command.client_id)
            times.after(delay, arrive)
        return await self._awaited(answer)

    def _served(self, command: VenueCommand) -> Reply:
        """Let *command* arrive; a venue in trouble says so, whether it acted or not."""
        shore = self._shore
        if shore.rng.random() >= shore.weather.server_error:
            return shore.write(command)
        if shore.rng.random() < _HALF:
            shore.write(command)
        return Reply(shore.times.now_ms(), UNAVAILABLE, "", "")

    async def order(self, client_id: str, symbol: str) -> OrderRead | None:
        """Return how one order stands."""
        found = await self._ask(lambda: self._shore.order(client_id))
        return found if found is None or found.symbol == symbol else None

    async def trades(self, since_ms: int) -> tuple[OrderFilled, ...]:
        """Return the fills of the trade history."""
        return await self._ask(lambda: self._shore.trades(since_ms))

    async def account(self) -> AccountRead:
        """Return positions, then resting orders and the wallet."""
        asked_ms = self._shore.times.now_ms()
        held = await self._ask(self._shore.account)
        rest = await self._ask(self._shore.account)
        return rest._replace(positions=held.positions, asked_ms=asked_ms)

    async def _ask(self, question: Callable[[], Answer]) -> Answer:
        shore = self._shore
        if self._cut:
            raise VenueUnavailable("the process is gone")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def arrive() -> None:
            if shore.shut or shore.rng.random() < shore.weather.query_failure:
                shore.times.after(shore.trip_ms(), lambda: self._fail(answer))
                return
            found = question()
            shore.times.after(shore.trip_ms(), lambda: self._settle(answer, found))

        shore.times.after(shore.trip_ms(), arrive)
        return await self._awaited(answer)

    async def _awaited(self, answer: asyncio.Future[Answer]) -> Answer:
        try:
            async with asyncio.timeout(TIMEOUT_MS / _MS):
                return await answer
        except TimeoutError:
            raise VenueUnavailable("no answer in time") from None

    def _settle(self, answer: asyncio.Future[Answer], found: Answer) -> None:
        if not self._cut and not answer.done():
            answer.set_result(found)

    def _fail(self, answer: asyncio.Future[Answer]) -> None:
        if not self._cut and not answer.done():
            answer.set_exception(VenueUnavailable("the venue did not answer the question"))

    async def run(self, hear: Callable[[Heard], None]) -> None:
        """Tell *hear* what the venue's stream says, until cancelled."""
        self._hear = hear
        self._shore.push = self._pushed
        self.turn(up=True, reason="connected")
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._hear = None

    def turn(self, *, up: bool, reason: str) -> None:
        """Let the stream be lost, or be there again."""
        self._up = up
        if self._hear is not None:
            self._hear(StreamTurned(self._shore.times.now_ms(), up, reason))

    def _pushed(self, report: Report) -> None:
        if self._up and self._hear is not None:
            self._hear(report)


_writes: type[VenueWriter] = SimulatedWire
_reads: type[VenueReader] = SimulatedWire
_streams: type[Source] = SimulatedWire
