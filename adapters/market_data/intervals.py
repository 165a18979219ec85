"""Bar intervals as they are written: `1m`, `4h`, `1d`."""

from typing import Final

from application.errors import BadInput
from domain.market.bars import DAY_MS, HOUR_MS, MINUTE_MS

INTERVALS: Final = {
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
    "6h": 6 * HOUR_MS,
    "8h": 8 * HOUR_MS,
    "12h": 12 * HOUR_MS,
    "1d": DAY_MS,
}


def interval_ms(text: str) -> int:
    """Return the interval written as *text* in ms. Raises `BadInput` naming those that exist."""
    known = INTERVALS.get(text)
    if known is None:
        raise BadInput(f"interval {text!r} is not known; use one of {', '.join(INTERVALS)}")
    return known


def interval_text(milliseconds: int) -> str:
    """Return how an interval is written; one that has no name, in minutes."""
    for text, known in INTERVALS.items():
        if known == milliseconds:
            return text
    return f"{milliseconds / MINUTE_MS:g}m"
