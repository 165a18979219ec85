"""The rules of the simulated venue, and what they make a taker pay above the path's price."""

from decimal import Decimal
from math import sqrt
from typing import NamedTuple

from domain.market.bars import Bar


class VenueRules(NamedTuple):
    """How friendly the venue is. Fractions are shares of one.

    `spread_fraction` is the full spread over mid. `slippage_volatility` times the bar's range
    fraction comes on top of the half spread for every taker fill, and so does `slippage_impact`
    times sqrt(quantity / bar volume) times the range fraction. `participation_max` is the share
    of a bar's volume that one order may take; 0 means no limit. `liquidation_fee` is a fraction
    of notional. All zeros give idealised fills.
    """

    spread_fraction: float = 0.0002
    slippage_volatility: float = 0.02
    slippage_impact: float = 0.1
    participation_max: float = 0.10
    latency_ms: int = 0
    liquidation_fee: Decimal = Decimal("0.0125")

    @property
    def ideal_prices(self) -> bool:
        """Tell whether takers pay the path's price itself."""
        return not (self.spread_fraction or self.slippage_volatility or self.slippage_impact)


def slippage_fraction(rules: VenueRules, bar: Bar, quantity: float) -> float:
    """Return by how much of the price a taker of *quantity* fills worse than the path of *bar*."""
    span = (bar.high - bar.low) / bar.open
    # An order cannot push harder than one as large as the bar itself; a bar without volume is
    # taken as the worst case.
    share = min(1.0, quantity / bar.volume) if bar.volume > 0 else 1.0
    return (
        rules.spread_fraction / 2
        + rules.slippage_volatility * span
        + rules.slippage_impact * sqrt(share) * span
    )
