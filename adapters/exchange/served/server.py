"""The simulated venue over HTTP and WebSocket. It outlives its clients and errs with none of them.

POST /order, POST /cancel: writes. GET /order, /trades, /account: questions. GET /stream: reports
and closes of rows. GET /time, /hello, /ledger: what is played here, and what the venue remembers.
An error has a body {"code": "-2019", "msg": ...}, with the numbers of a well-known venue.
"""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from aiohttp import web

from adapters.exchange.served.broadcast import Broadcast
from adapters.exchange.served.counter import Counter
from adapters.exchange.served.playing import Playing
from adapters.exchange.served.protocol import (
    MESSAGE_BYTES_MAX,
    Cancel,
    Done,
    Hello,
    Order,
    Refusal,
    Row,
    Told,
    Unreadable,
    decoded,
    encoded,
)
from adapters.exchange.served.record import Record
from adapters.exchange.served.token import HEADER, header_of
from adapters.exchange.served.translation import command_of
from adapters.exchange.simulated.shore import Shore
from application.ports.venue import Reply
from application.secret import Secret
from domain.execution.messages import CancelOrder, VenueCommand

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
BAD_REQUEST: Final = "-1102"
NO_SUCH_ORDER: Final = "-2013"
TOO_MANY: Final = "-1003"
BAD_KEY: Final = "-2015"
_UNAVAILABLE: Final = 503
# Codes with which a real venue answers 503: it was too busy, or does not know what it did.
_BUSY: Final = frozenset({"-1000", "-1001", "-1006", "-1007", "-1008"})
_LIMITS: Final = {"429": 429, "418": 418, "http 429": 429, "http 418": 418}


class Server:
    """Requests to one venue. Make an application of it with `application`."""

    def __init__(
        self,
        shore: Shore,
        counter: Counter,
        playing: Playing,
        broadcast: Broadcast,
        record: Record,
        hello: Hello,
        token: Secret | None = None,
    ) -> None:
        """Serve what *playing* plays. *hello* is what is told of it, the row apart."""
        self._shore = shore
        self._counter = counter
        self._playing = playing
        self._broadcast = broadcast
        self._record = record
        self._hello = hello
        self._expected = header_of(token).get(HEADER)

    def application(self) -> web.Application:
        """Return the application, ready to be run."""
        application = web.Application(middlewares=[self._guard], client_max_size=MESSAGE_BYTES_MAX)
        application.router.add_post("/order", self._place)
        application.router.add_post("/cancel", self._cancel)
        for name, handler in (
            ("order", self._order),
            ("trades", self._trades),
            ("account", self._account),
            ("stream", self._stream),
            ("time", self._time),
            ("hello", self._greet),
            ("ledger", self._ledger),
        ):
            application.router.add_get(f"/{name}", handler)
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Let in only who has the token, and no web page."""
        if "Origin" in request.headers:
            return _refusal(403, BAD_KEY, "this is not for web pages")
        said = request.headers.get(HEADER, "")
        if self._expected is not None and not hmac.compare_digest(
            said.encode("utf-8", "replace"), self._expected.encode()
        ):
            return _refusal(401, BAD_KEY, "the token is missing or wrong")
        try:
            return await handler(request)
        except (Unreadable, UnicodeDecodeError) as error:
            return _refusal(400, BAD_REQUEST, str(error))

    async def _place(self, request: web.Request) -> web.Response:
        order = decoded(await request.read(), Order)
        command = command_of(order)
        if command is None:
            return _refusal(400, BAD_REQUEST, "the order lacks what its kind needs")
        done = Done(order.client_id, order.symbol, order.side, order.quantity)
        return await self._written(request, command, done)

    async def _cancel(self, request: web.Request) -> web.Response:
        wish = decoded(await request.read(), Cancel)
        command = CancelOrder(wish.client_id, wish.symbol, of_entry=False)
        return await self._written(request, command, Done(wish.client_id, wish.symbol))

    async def _written(
        self, request: web.Request, command: VenueCommand, done: Done
    ) -> web.Response:
        await self._travel()
        self._playing.keep_up()
        reply = self._counter.write(command)
        await self._travel()
        if reply is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=_UNAVAILABLE)
        return _replied(reply) if reply.code else _json(done)

    async def _travel(self) -> None:
        """Let half of the latency pass. Calm weather has none: the socket is slow enough."""
        if self._shore.weather.latency_mean_ms > 0:
            await asyncio.sleep(self._shore.trip_ms() / 1_000)

    async def _asked(self) -> bool:
        """Let a question arrive; tell whether it is answered."""
        await self._travel()
        self._playing.keep_up()
        return not self._counter.fails()

    async def _order(self, request: web.Request) -> web.Response:
        if not await self._asked():
            return _refusal(_UNAVAILABLE, "-1001", "disconnected")
        query = request.query
        found = self._counter.order(query.get("client_id", ""), query.get("symbol", ""))
        if found is None:
            return _refusal(400, NO_SUCH_ORDER, "Order does not exist.")
        return _json(found)

    async def _trades(self, request: web.Request) -> web.Response:
        if not await self._asked():
            return _refusal(_UNAVAILABLE, "-1001", "disconnected")
        since, skip = (request.query.get(name, "0") for name in ("since_ms", "skip"))
        if not all(text.isascii() and text.isdigit() and len(text) < 14 for text in (since, skip)):  # noqa: PLR2004 - the digits of a time
            return _refusal(400, BAD_REQUEST, "since_ms and skip are numbers")
        return _json(self._counter.trades(int(since), int(skip)))

    async def _account(self, _: web.Request) -> web.Response:
        if not await self._asked():
            return _refusal(_UNAVAILABLE, "-1001", "disconnected")
        return _json(self._counter.holdings())

    async def _time(self, _: web.Request) -> web.Response:
        return web.json_response({"at_ms": self._shore.times.now_ms()})

    async def _greet(self, _: web.Request) -> web.Response:
        return _json(self._greeting())

    async def _ledger(self, _: web.Request) -> web.Response:
        self._playing.keep_up()
        return web.json_response(self._record.summary(), dumps=json.dumps)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(compress=False, max_msg_size=MESSAGE_BYTES_MAX)
        await socket.prepare(request)
        self._playing.start()
        greeting: list[Told] = [self._greeting()]
        if self._playing.last is not None:
            greeting.append(Row(*self._playing.last))
        await self._broadcast.serve(socket, greeting)
        return socket

    def _greeting(self) -> Hello:
        now = self._shore.times.now_ms()
        return msgspec.structs.replace(self._hello, at_ms=now, row=self._playing.row)


def _json(message: msgspec.Struct) -> web.Response:
    return web.Response(body=encoded(message), content_type="application/json")


def _refusal(status: int, code: str, text: str) -> web.Response:
    body = encoded(Refusal(code, text[:200]))
    return web.Response(status=status, body=body, content_type="application/json")


def _replied(reply: Reply) -> web.Response:
    status = _LIMITS.get(reply.code)
    if status is not None:
        response = _refusal(status, TOO_MANY, reply.text or "too many requests")
        response.headers["Retry-After"] = str(-(-reply.wait_ms // 1_000))
        return response
    if reply.code.startswith("http "):
        return web.Response(status=int(reply.code[5:]), text="Service Unavailable")
    return _refusal(_UNAVAILABLE if reply.code in _BUSY else 400, reply.code, reply.text)
