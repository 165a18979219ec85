"""Readings of a venue: repeated twice at the most, and fills told before what they explain."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from application.errors import VenueUnavailable
from application.ports.venue import VenueReader
from application.rate_budget import Call
from application.venue_troubles import VenueTroubles
from application.venue_turns import Turns
from application.venue_writes import OTHER_ORDER
from domain.execution.messages import (
    AccountRead,
    OrderAbsent,
    OrderFilled,
    QueryOrder,
    ReadAccount,
    Report,
)
from domain.shared.amounts import ZERO

READINGS_MAX: Final = 3
READ_PAUSE_S: Final = 0.2
ORDER_WEIGHT: Final = 1
ACCOUNT_WEIGHT: Final = 50
TRADES_WEIGHT: Final = 5
# How far apart the clocks may be, and how far back to look for what an earlier life sent.
SKEW_MS: Final = 60_000
BACK_MS: Final = 24 * 3_600_000

_T = TypeVar("_T")


class VenueReadings:
    """Asks, and tells what it learns."""

    def __init__(
        self,
        reader: VenueReader,
        turns: Turns,
        troubles: VenueTroubles,
        tell: Callable[[Report], None],
    ) -> None:
        """Ask *reader* when it has a turn."""
        self._reader = reader
        self._turns = turns
        self._clock = turns.clock
        self._troubles = troubles
        self._tell = tell

    async def account(self, wish: ReadAccount) -> AccountRead:
        """Return what the venue holds of ours; its fills are told before. `VenueUnavailable`."""
        asked_ms = self._clock.now_ms()
        account = await self._ask(self._reader.account, ACCOUNT_WEIGHT)
        if wish.since_ms > 0:
            for fill in await self._trades(wish.since_ms):
                self._tell(fill)
        return account._replace(at_ms=self._clock.now_ms(), asked_ms=asked_ms)

    async def order(self, wish: QueryOrder, sent_ms: int | None) -> None:
        """Tell how one order stands, after its fills. Raises `VenueUnavailable`."""
        name, symbol = wish.client_id, wish.symbol
        found = await self._ask(lambda: self._reader.order(name, symbol), ORDER_WEIGHT)
        if found is None:
            self._tell(OrderAbsent(self._clock.now_ms(), name, symbol))
            return
        if (found.client_id, found.symbol) != (name, symbol):
            raise VenueUnavailable(f"{name}: {OTHER_ORDER}")
        if found.filled > ZERO:
            since_ms = self._clock.now_ms() - BACK_MS if sent_ms is None else sent_ms
            for fill in await self._trades(max(1, since_ms - SKEW_MS)):
                if fill.client_id == name:
                    self._tell(fill)
        self._tell(found._replace(at_ms=self._clock.now_ms()))

    async def _trades(self, since_ms: int) -> list[OrderFilled]:
        fills = await self._ask(lambda: self._reader.trades(since_ms), TRADES_WEIGHT)
        now = self._clock.now_ms()
        return [fill._replace(at_ms=now) for fill in fills]

    async def _ask(self, question: Callable[[], Awaitable[_T]], weight: int) -> _T:
        asked = 0
        while True:
            await self._turns.take(Call.READ, weight)
            asked += 1
            try:
                answer = await question()
            except VenueUnavailable:
                if asked == READINGS_MAX:
                    raise
                await self._turns.pause(READ_PAUSE_S)
            else:
                self._troubles.read()
                return answer
