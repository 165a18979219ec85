"""Sends orders and cancels to the served venue, once, and says what was answered.

Rule 1: success is a 2xx with a body that names the order we sent, its side and its quantity.
Rule 2: an error code of the venue is believed under a 4xx; under a 5xx only those codes are that
leave the outcome open. Everything else is the status of the transport.
Rule 3: a success that cannot be read is no answer: the outcome is unknown.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from adapters.exchange.served.line import Answer, Line
from adapters.exchange.served.protocol import Done, Order, Refusal, Unreadable, decoded, encoded
from adapters.exchange.served.translation import cancel_of, order_of
from application.errors import VenueUnavailable
from application.ports.venue import Reply, VenueWriter
from domain.execution.messages import CancelOrder, PlaceEntry, PlaceExit

_OPEN_ENDED: Final = frozenset({"-1000", "-1001", "-1006", "-1007", "-1008"})


class ServedWriter:
    """Satisfies `VenueWriter`."""

    def __init__(self, line: Line, now_ms: Callable[[], int]) -> None:
        """Send by *line*; stamp answers with *now_ms*."""
        self._line = line
        self._now_ms = now_ms

    async def place(self, order: PlaceEntry | PlaceExit) -> Reply:
        """Send an order. Raises `NotSent`, or `VenueUnavailable`: the outcome is unknown."""
        wire = order_of(order)
        answer = await self._line.send("/order", encoded(wire))
        return self._reply(answer, wire)

    async def cancel(self, cancel: CancelOrder) -> Reply:
        """Send a cancel. Raises `NotSent`, or `VenueUnavailable`: the outcome is unknown."""
        answer = await self._line.send("/cancel", encoded(cancel_of(cancel)))
        return self._reply(answer, None)

    def _reply(self, answer: Answer, order: Order | None) -> Reply:
        at_ms = self._now_ms()
        if 200 <= answer.status < 300:  # noqa: PLR2004 - success in HTTP
            done = _done(answer)
            if order is not None and not _echoes(done, order):
                raise VenueUnavailable("the answer is about another order than the one sent")
            return Reply(at_ms, "", done.client_id, done.symbol)
        refusal = _refusal(answer)
        if refusal is None:
            return Reply(at_ms, f"http {answer.status}", "", "", answer.wait_ms, _shown(answer))
        return Reply(at_ms, refusal.code, "", "", answer.wait_ms, refusal.msg)


def _done(answer: Answer) -> Done:
    try:
        return decoded(answer.body, Done)
    except Unreadable:
        raise VenueUnavailable(f"http {answer.status} with a body that is no answer") from None


def _refusal(answer: Answer) -> Refusal | None:
    try:
        refusal = decoded(answer.body, Refusal)
    except Unreadable:
        return None
    is_ours = 400 <= answer.status < 500  # noqa: PLR2004 - errors of the client in HTTP
    return refusal if is_ours or refusal.code in _OPEN_ENDED else None


def _echoes(done: Done, order: Order) -> bool:
    """Tell whether side and quantity are those sent; names are for the gateway to compare."""
    theirs, ours = done.quantity, order.quantity
    if theirs is None or ours is None:
        return done.side == order.side and theirs is ours
    return done.side == order.side and Decimal(theirs) == Decimal(ours)


def _shown(answer: Answer) -> str:
    """Return the beginning of the body, for a person: printable signs only."""
    text = answer.body[:200].decode("ascii", "replace")
    return "".join(sign if sign.isascii() and sign.isprintable() else " " for sign in text)


_: type[VenueWriter] = ServedWriter
