"""Who may come in, checked before anything is looked up: host, origin, form, token, rate, replay.

Rule 1: a halt needs a token that may halt, and nothing else: no rate, no clock and no key stands
in its way. What it does carry is used: a key makes a second one of it the first one's answer.
Rule 2: every other change needs an idempotency key, a nonce and a time.
Rule 3: a token is never in an address: addresses are written down everywhere.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from aiohttp import hdrs, web

from adapters.operator_api.limits import Nonces, Rate
from adapters.operator_api.refusals import JSON, Refusal
from adapters.operator_api.routes import Route
from adapters.operator_api.tokens import Known, Role, Tokens

BODY_BYTES_MAX: Final = 16_384
KEY: Final = "Idempotency-Key"
NONCE: Final = "X-QT-Nonce"
TIMESTAMP: Final = "X-QT-Timestamp"
_SIGNS: Final = re.compile(r"[A-Za-z0-9_.:-]{8,128}")
_TIME: Final = re.compile(r"\d{12,14}", re.ASCII)
_IN_ADDRESS: Final = frozenset({"token", "access_token", "api_key", "apikey", "authorization"})
_MAY: Final = {
    Role.READ: frozenset({Role.READ, Role.OPERATE}),
    Role.OPERATE: frozenset({Role.OPERATE}),
    Role.TRIP: frozenset({Role.TRIP, Role.OPERATE}),
}


class Doors(NamedTuple):
    """What a request may call us, and from which pages it may come."""

    hosts: frozenset[str]
    origins: frozenset[str]


class Guard:
    """Raises `Refusal` for who may not come in."""

    def __init__(
        self,
        doors: Callable[[], Doors],
        tokens: Tokens,
        now_ms: Callable[[], int],
        now_s: Callable[[], float],
        refusals: Callable[[int], None],
    ) -> None:
        """Know who has one of *tokens*. *refusals* is told of every status refused with."""
        self._doors, self._tokens, self._now_ms = doors, tokens, now_ms
        self._nonces = Nonces(now_ms())
        self._rate = Rate(50.0, 100.0, now_s)
        self._failures = Rate(0.2, 10.0, now_s)
        self.told = refusals

    def outside(self, request: web.BaseRequest) -> None:
        """Refuse what no token would make good: a strange host or page, a form, a token shown."""
        doors = self._doors()
        if request.headers.getall(hdrs.HOST, [""])[0].lower() not in doors.hosts:
            raise Refusal(403, "Host: this is not an address of this daemon")
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and origin.lower() not in doors.origins:
            raise Refusal(403, "Origin: no page but the daemon's own may call it")
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise Refusal(403, "Sec-Fetch-Site: no page but the daemon's own may call it")
        if _IN_ADDRESS & {name.lower() for name in request.query}:
            raise Refusal(401, "a token is never in an address; send Authorization: Bearer")
        writes = request.method in (hdrs.METH_POST, hdrs.METH_PUT, hdrs.METH_PATCH)
        if writes and request.content_type != JSON:
            raise Refusal(415, "Content-Type: application/json")
        if (request.content_length or 0) > BODY_BYTES_MAX:
            raise Refusal(413, f"the body has more than {BODY_BYTES_MAX} bytes")

    def known(self, request: web.BaseRequest, route: Route) -> Known:
        """Return whose request this is. Raises `Refusal` for a token that is wrong or weak."""
        peer = request.remote or "local"
        said = request.headers.getall(hdrs.AUTHORIZATION, [])
        text = said[0] if len(said) == 1 else ""
        found = self.found(text.removeprefix("Bearer ")) if text.startswith("Bearer ") else None
        if found is None:
            wait_s = self._failures.take(peer)
            if wait_s:
                raise Refusal(429, "too many wrong tokens from this address", wait_s)
            raise Refusal(401, "Authorization: Bearer with a token of this daemon")
        if found.role not in _MAY[route.role]:
            raise Refusal(403, f"the token {found.name} may not: it is {found.role}")
        if route.role is not Role.TRIP and (wait_s := self._rate.take(f"{peer} {found.name}")):
            raise Refusal(429, "too many requests", wait_s)
        return found

    def found(self, token: str) -> Known | None:
        """Return whose *token* is, None when nobody's."""
        return self._tokens.find(token) if 0 < len(token) <= 256 else None  # noqa: PLR2004 - far longer than any

    def once(self, request: web.BaseRequest, route: Route) -> str:
        """Return the idempotency key, "" for a halt without one. Raises `Refusal`."""
        key, nonce, said = (_single(request, name) for name in (KEY, NONCE, TIMESTAMP))
        if route.role is Role.TRIP:
            return key if _SIGNS.fullmatch(key) else ""
        for name, text, pattern in (
            (KEY, key, _SIGNS),
            (NONCE, nonce, _SIGNS),
            (TIMESTAMP, said, _TIME),
        ):
            if not pattern.fullmatch(text):
                raise Refusal(400, f"{name}: missing or misspelt, {pattern.pattern}")
        if problem := self._nonces.problem(nonce, int(said), self._now_ms()):
            raise Refusal(409, problem)
        return key


def _single(request: web.BaseRequest, name: str) -> str:
    found = request.headers.getall(name, [])
    return found[0] if len(found) == 1 else ""
