"""An exchange that remembers what it was handed, and can be out of reach."""

import asyncio

from application.errors import NotSent, VenueUnavailable
from application.ports.exchange import Exchange, Listener
from domain.execution.messages import (
    AccountRead,
    QueryOrder,
    ReadAccount,
    Report,
    VenueCommand,
)


class FakeExchange:
    """Takes every command into `sent`. `failures_left` counts the sends that will fail first.

    Client ids in `stuck` fail as long as they are there. While `gate` is closed nothing goes
    through: who sends waits, and `waiting` counts them. `held` is what it says of the account;
    `wishes` and `queries` are what it was asked. A failure is a `NotSent`, unless it is `unsure`.
    """

    def __init__(self) -> None:
        self.sent: list[VenueCommand] = []
        self.tried: list[VenueCommand] = []
        self.failures_left = 0
        self.stuck: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = 0
        self.unsure = False
        self.wishes: list[ReadAccount] = []
        self.queries: list[QueryOrder] = []
        self.held = AccountRead(0, (), ())
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    async def send(self, command: VenueCommand) -> None:
        self.tried.append(command)
        await self._pass(command.client_id)
        self.sent.append(command)

    @property
    def reads(self) -> int:
        return len(self.wishes)

    async def read(self, wish: ReadAccount) -> AccountRead:
        self.wishes.append(wish)
        await self._pass("")
        return self.held

    async def query(self, wish: QueryOrder) -> None:
        self.queries.append(wish)
        await self._pass(wish.client_id)

    async def _pass(self, name: str) -> None:
        self.waiting += 1
        await self.gate.wait()
        self.waiting -= 1
        if self.failures_left or name in self.stuck:
            self.failures_left = max(0, self.failures_left - 1)
            raise (VenueUnavailable if self.unsure else NotSent)("the line is cut")

    def reports(self, report: Report) -> None:
        """Tell every listener *report*."""
        for listener in self._listeners:
            listener(report)


_: type[Exchange] = FakeExchange
