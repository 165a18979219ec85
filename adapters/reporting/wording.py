"""How numbers and times read to a person, the same on the page and in the terminal."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

NOTHING: Final = "\N{EN DASH}"
MINUS: Final = "\N{MINUS SIGN}"
_SECOND_MS: Final = 1000
_CENTS_FROM: Final = 100_000
_UNITS: Final = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))


def money(amount: Decimal | float) -> str:
    """Return *amount* in USD with cents and thousands set apart."""
    text = f"{abs(amount):,.2f}"
    return f"{MINUS}{text}" if amount < 0 and text != "0.00" else text


def signed_money(amount: Decimal | float) -> str:
    """Return *amount* in USD with its sign, always."""
    text = money(amount)
    return f"+{text}" if amount > 0 and text != "0.00" else text


def price(amount: Decimal) -> str:
    """Return a price to seven significant digits, or to the cent where it has more before it."""
    text = f"{amount:,.2f}" if abs(amount) >= _CENTS_FROM else f"{amount:,.7g}"
    return text.replace("-", MINUS)


def percent(fraction: float | None, places: int = 2) -> str:
    """Return *fraction* as a percentage; None as a dash."""
    if fraction is None:
        return NOTHING
    return f"{100 * fraction:,.{places}f} %".replace("-", MINUS)


def number(value: float | None, places: int = 2) -> str:
    """Return *value* with *places* decimals; None as a dash."""
    return NOTHING if value is None else f"{value:,.{places}f}".replace("-", MINUS)


def exact(amount: Decimal) -> str:
    """Return *amount* digit by digit, without an exponent."""
    return f"{amount:f}"


def moment(at_ms: int) -> str:
    """Return the minute of *at_ms* (UTC ms)."""
    return _utc(at_ms).strftime("%Y-%m-%d %H:%M")


def day(at_ms: int) -> str:
    """Return the day of *at_ms* (UTC ms)."""
    return _utc(at_ms).strftime("%Y-%m-%d")


def lasting(span_ms: int) -> str:
    """Return a span of time in its largest unit, and the next where there is any of it."""
    seconds = span_ms // _SECOND_MS
    for number, (unit, unit_s) in enumerate(_UNITS):
        if seconds >= unit_s:
            text = f"{seconds // unit_s} {unit}"
            smaller, smaller_s = _UNITS[min(number + 1, len(_UNITS) - 1)]
            rest = seconds % unit_s // smaller_s
            return f"{text} {rest} {smaller}" if rest else text
    return "0 s"


def counted(times: int, noun: str) -> str:
    """Return *times* of a regular *noun*: `1 trade`, `2 trades`."""
    return f"{times:,} {noun}" if times == 1 else f"{times:,} {noun}s"


def spoken(code: str) -> str:
    """Return a code such as `price_collar` as words."""
    return code.replace("_", " ").lower()


def _utc(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / _SECOND_MS, tz=UTC)
