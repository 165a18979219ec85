"""An instrument and the venue's filters on its orders.

Prices are rounded to the tick, quantities down to the step; an order below the venue's minimum is
no order (never rounded up). Maintenance tiers follow the usual table: from `floor` of notional on,
`rate` of it is required, less `deduction`, so that the requirement has no jumps.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from domain.shared.amounts import ZERO, ceil_to, floor_to, nearest, round_down
from domain.shared.errors import InvariantBroken
from domain.shared.identity import is_symbol


class MaintenanceTier(NamedTuple):
    """From `floor` USD of notional on: maintenance margin = notional x rate - deduction."""

    floor: Decimal
    rate: Decimal
    deduction: Decimal


class FilterFault(StrEnum):
    """Why the venue would refuse an order."""

    QUANTITY_TOO_SMALL = "quantity_too_small"
    QUANTITY_TOO_LARGE = "quantity_too_large"
    NOTIONAL_TOO_SMALL = "notional_too_small"
    PRICE_OFF_TICK = "price_off_tick"
    QUANTITY_OFF_STEP = "quantity_off_step"
    PRICE_OUTSIDE_BAND = "price_outside_band"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A linear perpetual future and its filters. Fees are fractions of notional."""

    symbol: str
    tick: Decimal
    step: Decimal
    quantity_min: Decimal
    quantity_max: Decimal
    notional_min: Decimal
    price_band: Decimal
    maker_fee: Decimal
    taker_fee: Decimal
    leverage_max: int
    tiers: tuple[MaintenanceTier, ...]
    funding_interval_hours: int = 8

    def __post_init__(self) -> None:
        """Check that the filters can be met at all."""
        if not is_symbol(self.symbol):
            raise InvariantBroken(f"symbol {self.symbol!r} is not 2-17 capitals and digits")
        positive = (self.tick, self.step, self.quantity_min, self.price_band)
        if not all(x.is_finite() and x > ZERO for x in positive):
            raise InvariantBroken(f"{self.symbol}: tick, step, minimum and band must be above zero")
        if self.quantity_max < self.quantity_min:
            raise InvariantBroken(f"{self.symbol}: quantity_max lies below quantity_min")
        if not self.tiers or self.tiers[0].floor != ZERO:
            raise InvariantBroken(f"{self.symbol}: maintenance tiers must start at notional 0")

    def price_nearest(self, price: Decimal) -> Decimal:
        """Return *price* on the tick grid, nearest."""
        return nearest(price, self.tick)

    def price_below(self, price: Decimal) -> Decimal:
        """Return *price* on the tick grid, not above."""
        return floor_to(price, self.tick)

    def price_above(self, price: Decimal) -> Decimal:
        """Return *price* on the tick grid, not below."""
        return ceil_to(price, self.tick)

    def quantity(self, amount: Decimal) -> Decimal:
        """Return *amount* on the step grid, never more."""
        return round_down(amount, self.step)

    def fault_of_entry(self, quantity: Decimal, price: Decimal) -> FilterFault | None:
        """Return why the venue would refuse to open *quantity* at *price*, or None."""
        if quantity < self.quantity_min:
            return FilterFault.QUANTITY_TOO_SMALL
        if quantity > self.quantity_max:
            return FilterFault.QUANTITY_TOO_LARGE
        if quantity * price < self.notional_min:
            return FilterFault.NOTIONAL_TOO_SMALL
        return None

    def maintenance_margin(self, notional: Decimal) -> Decimal:
        """Return the margin in USD that a position of *notional* USD must keep."""
        tier = self.tiers[0]
        for candidate in self.tiers:
            if candidate.floor > notional:
                break
            tier = candidate
        return notional * tier.rate - tier.deduction
