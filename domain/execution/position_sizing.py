"""How large: from risk, then caps, then rounded down to the venue's step.

Only an `Approved` proposal has a size. Nothing here can make a position larger than the rules
want; a size below the venue's minimum is no trade (never rounded up). Leverage is derived.
"""

from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from domain.governance.policy import Policy, SizingMode
from domain.market.instrument import FilterFault, Instrument
from domain.risk.limits import ModeLimits
from domain.risk.verdict import Approved
from domain.shared.amounts import ONE, ZERO


class Sized(NamedTuple):
    """A quantity on the venue's step, the notional in USD at the decision price, leverage."""

    quantity: Decimal
    notional: Decimal
    leverage: int


def wanted_notional(policy: Policy, equity: Decimal, stop: Decimal, costs: Decimal) -> Decimal:
    """Return the notional in USD that the sizing mode wants, before gates and caps."""
    if policy.sizing is SizingMode.FIXED_USD:
        return policy.fixed_usd
    if equity <= ZERO:
        return ZERO
    if policy.sizing is SizingMode.EQUITY_FRACTION:
        return equity * policy.equity_fraction
    return equity * policy.risk_per_trade / (stop + costs)


def size(
    approved: Approved, limits: ModeLimits, policy: Policy, instrument: Instrument, equity: Decimal
) -> Sized | FilterFault:
    """Return what to order for *approved*, or why the venue would not take so little (or much)."""
    proposal = approved.proposal
    price = proposal.quote.price
    notional = proposal.notional
    if approved.factor is not ONE:
        notional *= approved.factor
    notional = min(notional, limits.position_usd)
    quantity = instrument.quantity(notional / price)
    quantity = min(quantity, instrument.quantity_max)
    fault = instrument.fault_of_entry(quantity, price)
    if fault is not None:
        return fault
    notional = quantity * price
    share = equity * policy.margin_use_max / policy.positions_max
    least = int((notional / share).to_integral_value(ROUND_CEILING)) if share > ZERO else 1
    leverage = max(1, min(least, limits.leverage, instrument.leverage_max))
    return Sized(quantity, notional, leverage)


def lessened(
    sized: Sized, factor: Decimal, leverage: int | None, price: Decimal, instrument: Instrument
) -> Sized | FilterFault:
    """Return *sized* after every clamp, times *factor* in (0, 1], at *leverage* at most."""
    if factor is ONE and leverage is None:
        return sized
    quantity = instrument.quantity(sized.quantity * factor)
    fault = instrument.fault_of_entry(quantity, price)
    if fault is not None:
        return fault
    most = sized.leverage if leverage is None else min(sized.leverage, leverage)
    return Sized(quantity, quantity * price, most)
