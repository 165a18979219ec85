"""Amounts and measures as a person reads them."""

from decimal import Decimal


def plain(amount: Decimal) -> str:
    """Return *amount* without an exponent and without zeros at its end."""
    text = f"{amount:.8f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def number(value: float) -> str:
    """Return a measure with at most six significant digits."""
    return f"{value:.6g}"


def percent(share: float | Decimal) -> str:
    """Return a share of one in per cent."""
    return f"{100 * float(share):.4g} %"
