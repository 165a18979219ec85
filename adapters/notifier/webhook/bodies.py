"""What is sent: the body that each kind of receiver understands, and a signature for our own kind.

A generic receiver checks `X-QT-Signature: t=SECONDS,v1=HEX`: HMAC-SHA256 with the shared secret
over `SECONDS.BODY`; it refuses what is old, and knows a repetition by the `id`.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple

from domain.decision.messages import Page

_DISCORD_MAX: Final = 1_900
_TEXT_MAX: Final = 8_000
SIGNATURE: Final = "X-QT-Signature"


class Receiver(StrEnum):
    """Who takes the alert."""

    DISCORD = "discord"
    SLACK = "slack"
    GENERIC = "generic"


class Letter(NamedTuple):
    """A body, and the headers that go with it."""

    body: bytes
    headers: Mapping[str, str]


def written(page: Page, receiver: Receiver, secret: str = "", at_s: int = 0) -> Letter:
    """Return *page* as *receiver* takes it, signed at *at_s* where there is a *secret*."""
    fields = _FIELDS[receiver](page)
    body = json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    headers = {"Content-Type": "application/json"}
    if receiver is Receiver.GENERIC and secret:
        headers[SIGNATURE] = f"t={at_s},v1={signature(secret, at_s, body)}"
    return Letter(body, headers)


def signature(secret: str, at_s: int, body: bytes) -> str:
    """Return the HMAC of *body*, sent at *at_s* in UTC seconds, as hex."""
    return hmac.new(secret.encode(), f"{at_s}.".encode() + body, sha256).hexdigest()


def page_id(page: Page) -> str:
    """Return a name of *page* by which a repetition is known."""
    return sha256(repr(tuple(page)).encode()).hexdigest()[:16]


def _time(page: Page) -> str:
    at = datetime.fromtimestamp(page.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return at.replace("+00:00", "Z")


def _line(page: Page, text: str) -> str:
    return f"[{page.severity.value}] {_time(page)} {text}"


def _discord(page: Page) -> dict[str, object]:
    # Nobody is mentioned, whatever the text says.
    return {
        "content": _line(page, page.text)[:_DISCORD_MAX],
        "allowed_mentions": {"parse": list[str]()},
    }


def _slack(page: Page) -> dict[str, object]:
    text = page.text[:_TEXT_MAX]
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, entity)
    return {"text": _line(page, text)}


def _generic(page: Page) -> dict[str, object]:
    return {
        "id": page_id(page),
        "source": "quantum-trader",
        "at_ms": page.at_ms,
        "severity": page.severity.value,
        "text": page.text[:_TEXT_MAX],
    }


_FIELDS: Final = {
    Receiver.DISCORD: _discord,
    Receiver.SLACK: _slack,
    Receiver.GENERIC: _generic,
}
