"""Asks the served venue. What cannot be read, or is about something else, is no answer."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from adapters.exchange.served.line import Answer, Line
from adapters.exchange.served.protocol import (
    PAGE_ROWS,
    Hello,
    Holdings,
    OrderState,
    Refusal,
    Trades,
    Unreadable,
    decoded,
)
from adapters.exchange.served.translation import fill_of
from application.errors import VenueUnavailable
from application.ports.venue import VenueReader
from domain.execution.messages import AccountRead, OrderFilled, OrderRead

Shape = TypeVar("Shape", bound=msgspec.Struct)
NO_SUCH_ORDER: Final = "-2013"
_OK, _BAD_REQUEST = 200, 400
_PAGES_MAX: Final = 200


class ServedReader:
    """Satisfies `VenueReader`."""

    def __init__(self, line: Line, now_ms: Callable[[], int]) -> None:
        """Ask by *line*; stamp answers with *now_ms*."""
        self._line = line
        self._now_ms = now_ms

    async def order(self, client_id: str, symbol: str) -> OrderRead | None:
        """Return how one order stands, None when the venue says that it knows no such order."""
        answer = await self._line.ask("/order", {"client_id": client_id, "symbol": symbol})
        if _says_absent(answer):
            return None
        found = _body_of(answer, OrderState)
        if (found.client_id, found.symbol) != (client_id, symbol):
            raise VenueUnavailable("the answer is about another order than the one asked for")
        return OrderRead(
            self._now_ms(), client_id, symbol, found.status, max(Decimal(0), Decimal(found.filled))
        )

    async def trades(self, since_ms: int) -> tuple[OrderFilled, ...]:
        """Return the fills from *since_ms* (the venue's time) on, oldest first.

        Their times are those at which they were read.
        """
        found: list[OrderFilled] = []
        for page in range(_PAGES_MAX):
            query = {"since_ms": max(0, since_ms), "skip": page * PAGE_ROWS}
            trades = _body_of(await self._line.ask("/trades", query), Trades).trades
            at_ms = self._now_ms()
            found += (fill_of(trade, at_ms)._replace(leaves=None) for trade in trades)
            if len(trades) < PAGE_ROWS:
                return tuple(found)
        raise VenueUnavailable(f"the history has more than {_PAGES_MAX} pages")

    async def account(self) -> AccountRead:
        """Return positions, resting orders and the wallet."""
        asked_ms = self._now_ms()
        holdings = _body_of(await self._line.ask("/account"), Holdings)
        held = [(one.symbol, Decimal(one.quantity)) for one in holdings.positions]
        return AccountRead(
            self._now_ms(),
            tuple((symbol, quantity) for symbol, quantity in held if quantity),
            tuple((order.client_id, order.symbol) for order in holdings.orders),
            Decimal(holdings.wallet),
            asked_ms,
        )

    async def hello(self) -> Hello:
        """Return what is played there. Raises `VenueUnavailable`."""
        return _body_of(await self._line.ask("/hello"), Hello)


def _body_of(answer: Answer, shape: type[Shape]) -> Shape:
    if answer.status != _OK:
        raise VenueUnavailable(f"http {answer.status}")
    try:
        return decoded(answer.body, shape)
    except Unreadable:
        raise VenueUnavailable("http 200 with a body that is no answer") from None


def _says_absent(answer: Answer) -> bool:
    if answer.status != _BAD_REQUEST:
        return False
    try:
        return decoded(answer.body, Refusal).code == NO_SUCH_ORDER
    except Unreadable:
        return False


_: type[VenueReader] = ServedReader
