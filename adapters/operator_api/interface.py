"""One request from its arrival to its answer."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import hdrs, web
from loguru import logger
from pydantic import BaseModel, ValidationError

from adapters.operator_api import openapi
from adapters.operator_api.connections import Connections
from adapters.operator_api.console import Console
from adapters.operator_api.guard import BODY_BYTES_MAX, Guard
from adapters.operator_api.handlers import HANDLERS, Asked
from adapters.operator_api.limits import Answers, Given
from adapters.operator_api.refusals import JSON, Refusal, answered, refused
from adapters.operator_api.routes import ROOT, ROUTES, Route
from adapters.operator_api.stream import Streams
from adapters.operator_api.tokens import Role
from adapters.operator_api.wire import HaltWish, plain
from application.errors import BadInput, NotNow, PortError

_PAGE: Final = Path(__file__).parent / "page"
_ASSETS: Final = {
    "/": ("index.html", "text/html"),
    "/app.js": ("app.js", "text/javascript"),
    "/chart.js": ("chart.js", "text/javascript"),
    "/app.css": ("app.css", "text/css"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_SAFE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_PLAIN: Final = "text/plain; version=0.0.4; charset=utf-8"
_OPEN: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Interface:
    """Answers requests about one console."""

    def __init__(
        self, console: Console, guard: Guard, connections: Connections, *, is_open: bool
    ) -> None:
        """Let in whom *guard* lets in. *is_open*: metrics and health need no token."""
        self._console, self._guard, self._connections = console, guard, connections
        self._is_open = is_open
        self._routes = {route.path: route for route in ROUTES}
        self._answers = Answers()
        self.streams = Streams(console, guard)
        self._document = json.dumps(openapi.document()).encode()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the answer to *request*; nothing is raised."""
        try:
            response = await self._answer(request)
        except Refusal as refusal:
            self._guard.told(refusal.status)
            self._note(request, f"{refusal.status} {refusal.problem}")
            response = refusal.response()
        except BadInput as error:
            response = refused(422, "; ".join(error.problems))
            self._note(request, f"422 {'; '.join(error.problems)}")
        except (ValueError, web.HTTPException):
            response = refused(400, "this is not a request that can be read")
        except PortError as error:
            response = refused(503, str(error))
        except Exception:  # noqa: BLE001 - one request shall not end the daemon
            logger.exception("operator interface")
            response = refused(500, "a fault of the daemon; see its log")
        if not response.prepared:
            response.headers.update(_SAFE)
        return response

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self._guard.outside(request)
        path = request.path
        if path == f"{ROOT}/stream":
            _require(request, hdrs.METH_GET)
            self._busy(request)
            return await self.streams.serve(request)
        route = self._routes.get(path)
        if route is not None:
            return await self._routed(request, route)
        _require(request, hdrs.METH_GET, known=self._is_known(path))
        if path in _ASSETS:
            name, kind = _ASSETS[path]
            return answered(200, (_PAGE / name).read_bytes(), kind)
        if path == f"{ROOT}/openapi.json":
            return answered(200, self._document)
        if not self._is_open:
            self._guard.known(request, ROUTES[0])
        return self._vital(path, request.headers.get(hdrs.ACCEPT, ""))

    def _is_known(self, path: str) -> bool:
        return path in _ASSETS or path in (
            f"{ROOT}/openapi.json",
            "/livez",
            "/readyz",
            "/metrics",
        )

    def _vital(self, path: str, accept: str) -> web.Response:
        vitals = self._console.vitals
        if path == "/metrics":
            text = self._console.telemetry.exposition(accept)
            response = answered(200, text.encode(), "text/plain")
            # Only OpenMetrics, which is sent to who asks for it, says where it ends.
            response.headers[hdrs.CONTENT_TYPE] = _OPEN if text.endswith("# EOF\n") else _PLAIN
            return response
        against = vitals.live() if path == "/livez" else vitals.ready()
        body = json.dumps({"ok": not against, "against": list(against)}).encode()
        return answered(503 if against else 200, body)

    def _note(self, request: web.BaseRequest, problem: str) -> None:
        """Let the audit know of a wish that was refused; who only looks is nobody's concern."""
        route = self._routes.get(request.path)
        if route is not None and route.wish is not None:
            self._console.refused(route.name, request.remote or "local", problem)

    def _busy(self, request: web.BaseRequest) -> None:
        """From here on the request is here in whole: its connection is not let go of."""
        connection = self._connections.of(request.transport)
        if connection is not None:
            connection.answering(busy=True)

    async def _routed(self, request: web.BaseRequest, route: Route) -> web.Response:
        _require(request, route.method)
        known = self._guard.known(request, route)
        body = await _body(request)
        self._busy(request)
        try:
            query = _validated(route.query, _query(request), "query")
            if route.wish is None:
                return await self._made(route, Asked(query, None, known.name))
            key = self._guard.once(request, route)
            asked = Asked(query, _wish(route, body), known.name)
            return await self._once(route, asked, key, Answers.digest(request.path_qs, body))
        finally:
            connection = self._connections.of(request.transport)
            if connection is not None:
                connection.answering(busy=False)

    async def _once(self, route: Route, asked: Asked, key: str, digest: bytes) -> web.Response:
        """Do what is asked, unless it was done for the same key before."""
        if not key:
            return await self._made(route, asked)
        given = self._answers.find(asked.actor, key)
        if given is not None:
            if given.request == digest and given.status:
                return answered(given.status, given.body)
            if route.role is Role.TRIP:  # a halt is not refused for a key that was used
                return await self._made(route, asked)
            raise Refusal(409, "Idempotency-Key: used for another request, or still at work")
        self._answers.keep(asked.actor, key, Given(digest, 0, b""))
        try:
            response = await self._made(route, asked)
        except BaseException:
            self._answers.forget(asked.actor, key)
            raise
        body = response.body if isinstance(response.body, bytes) else b""
        self._answers.keep(asked.actor, key, Given(digest, response.status, body))
        return response

    async def _made(self, route: Route, asked: Asked) -> web.Response:
        try:
            found = await HANDLERS[route.name](self._console, asked)
        except NotNow as error:
            self._console.refused(route.name, asked.actor, f"409 {error}")
            return refused(409, str(error))
        return answered(200, json.dumps(plain(found), allow_nan=False).encode())


def _require(request: web.BaseRequest, method: str, *, known: bool = True) -> None:
    if not known:
        raise Refusal(404, "there is nothing here")
    if request.method != method:
        raise Refusal(405, f"only {method}")


async def _body(request: web.BaseRequest) -> bytes:
    """Return the body. Raises `Refusal` for one that is too long, however it is sent."""
    parts: list[bytes] = []
    size = 0
    async for part in request.content.iter_chunked(BODY_BYTES_MAX):
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise Refusal(413, f"the body has more than {BODY_BYTES_MAX} bytes")
        parts.append(part)
    return b"".join(parts)


def _query(request: web.BaseRequest) -> Mapping[str, str]:
    if len(set(request.query)) != len(request.query):
        raise Refusal(422, "query: a parameter is there twice")
    return dict(request.query)


def _wish(route: Route, body: bytes) -> BaseModel:
    """Return what *body* wishes. What a halt says is taken as far as it can be read."""
    model = route.wish or HaltWish
    try:
        said: Any = json.loads(body or b"{}", parse_constant=_no_number)
    except (ValueError, RecursionError):
        if route.role is not Role.TRIP:
            raise Refusal(400, f"the body is not JSON: {JSON}") from None
        said = {}
    if route.role is Role.TRIP:
        fields = said if isinstance(said, dict) else {}
        texts = {name: one for name, one in fields.items() if isinstance(one, str)}
        return HaltWish.model_construct(
            reason=texts.get("reason", ""), actor=texts.get("actor", "")
        )
    return _validated(model, said, "body")


def _no_number(text: str) -> Any:  # noqa: ANN401 - the library's signature
    raise ValueError(text)


def _validated(model: type[BaseModel], said: object, where: str) -> BaseModel:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, one['loc'])) or where}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise Refusal(422, "; ".join(problems)[:1_000]) from None
