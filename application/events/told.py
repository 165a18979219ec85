"""What is told of one fact, before it has an identity."""

from math import isfinite
from typing import NamedTuple

from application.events.payloads import Payload


class Told(NamedTuple):
    """Events of one fact. `trace` empty: that of what was heard. `key` empty: all symbols."""

    trace: str
    key: str
    events: tuple[tuple[str, Payload], ...]


def finite(number: float) -> float | None:
    """Return *number*, None when it is infinite or no number."""
    return float(number) if isfinite(number) else None
