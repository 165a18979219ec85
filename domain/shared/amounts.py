"""Exact amounts: prices, quantities and money are `Decimal`, rounded on purpose and in one place.

Money (fees, funding, PnL, balances) is held to `MONEY_STEP`, so sums never depend on their order
and the accounting identity holds to the last decimal. Rounding a quantity always goes down: a
rounded order is never larger than the one that was approved.
"""

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
MONEY_STEP: Final = Decimal("0.00000001")


def money(amount: Decimal) -> Decimal:
    """Return *amount* held to `MONEY_STEP`, halves to even."""
    return amount.quantize(MONEY_STEP, ROUND_HALF_EVEN)


def round_down(amount: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of *step* that is not farther from zero than *amount*."""
    return (amount / step).to_integral_value(ROUND_DOWN) * step


def floor_to(amount: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of *step* not above *amount*."""
    return (amount / step).to_integral_value(ROUND_FLOOR) * step


def ceil_to(amount: Decimal, step: Decimal) -> Decimal:
    """Return the smallest multiple of *step* not below *amount*."""
    return (amount / step).to_integral_value(ROUND_CEILING) * step


def nearest(amount: Decimal, step: Decimal) -> Decimal:
    """Return the multiple of *step* nearest to *amount*, halves to even."""
    return (amount / step).to_integral_value(ROUND_HALF_EVEN) * step


def decimal_of(number: float, step: Decimal) -> Decimal:
    """Return the float *number* as the multiple of *step* it stands for.

    Raises `ValueError` or `OverflowError` when *number* is not finite.
    """
    return Decimal(round(number / float(step))) * step
