"""Identities derived from what they name, so that a replay or a retry derives them again.

A trace is born at a market event: `SYMBOL-TIME36`. A trade has the trace of its entry. A client
order id is `qt<epoch>-<trace>-<leg><n>`: a pure function of the intent, at most 36 characters of
the set every venue accepts. Symbols are held to 17 characters so that there is always room for
1,296 epochs and 46,656 orders of a trade: an exit must never fail for want of a name.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from domain.shared.errors import InvariantBroken

CLIENT_ID_LENGTH_MAX: Final = 36
_SYMBOL: Final = re.compile(r"[A-Z0-9]{2,17}")
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_TIMES: Final = 36**8
# So far from its own time is the time in the trace of what no market event gave birth to.
_APART_MS: Final = 10**12


class Leg(StrEnum):
    """What an order is for within its trade."""

    ENTRY = "e"
    STOP = "s"
    TARGET = "t"
    EXIT = "x"


def is_symbol(text: str) -> bool:
    """Tell whether *text* is spelt as a symbol: ASCII capitals and digits, 2 to 17 of them."""
    return _SYMBOL.fullmatch(text) is not None


def base36(number: int) -> str:
    """Return the non-negative *number* in base 36, least possible digits."""
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
        if not number:
            return digits


def trace_id(symbol: str, at_ms: int) -> str:
    """Return the trace that the market event of *symbol* at *at_ms* gives birth to."""
    return f"{symbol}-{base36(at_ms)}"


def unborn_trace_id(symbol: str, at_ms: int) -> str:
    """Return a trace for what no market event gave birth to; none of those has the same one."""
    return f"{symbol}-{base36((at_ms + _APART_MS) % _TIMES)}"


def client_id(epoch: int, trace: str, leg: Leg, number: int) -> str:
    """Return the client order id of one leg of the trade *trace*."""
    name = f"qt{base36(epoch)}-{trace}-{leg}{base36(number)}"
    if len(name) > CLIENT_ID_LENGTH_MAX:
        raise InvariantBroken(f"client id {name!r} is longer than {CLIENT_ID_LENGTH_MAX}")
    return name


_OWN: Final = re.compile(r"qt([0-9a-z]+)-([A-Z0-9]{2,17}-[0-9a-z]+)-([estx])([0-9a-z]+)")


class OwnId(NamedTuple):
    """What a client order id of a desk says: its fencing epoch, the trade, and the leg."""

    epoch: int
    trace: str
    leg: Leg


def own_id(name: str) -> OwnId | None:
    """Return what the client order id *name* says, None when no desk of ours made it."""
    match = _OWN.fullmatch(name)
    if match is None:
        return None
    epoch, trace, leg, _ = match.groups()
    return OwnId(int(epoch, 36), trace, Leg(leg))
