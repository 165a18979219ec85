"""Refusals of the interface: a status and a problem as JSON, whatever went wrong."""

import json
import math
from typing import Final

from aiohttp import web

JSON: Final = "application/json"


class Refusal(Exception):
    """A request that is not taken."""

    def __init__(self, status: int, problem: str, retry_after_s: float | None = None) -> None:
        self.status = status
        self.problem = problem
        self.retry_after_s = retry_after_s
        super().__init__(problem)

    def response(self) -> web.Response:
        """Return it as a response."""
        return refused(self.status, self.problem, self.retry_after_s)


def refused(status: int, problem: str, retry_after_s: float | None = None) -> web.Response:
    """Return a response that says what was wrong."""
    body = {"status": status, "problem": problem, "retry_after_s": retry_after_s}
    response = answered(status, json.dumps(body).encode())
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(math.ceil(retry_after_s))
    if status == 401:  # noqa: PLR2004 - unauthorised
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def answered(status: int, body: bytes, content_type: str = JSON) -> web.Response:
    """Return a response that nobody keeps."""
    return web.Response(status=status, body=body, content_type=content_type, charset="utf-8")
