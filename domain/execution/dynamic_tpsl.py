"""Where a trade gets out: stop and targets, from volatility or from fixed fractions.

Distances are decided with the signal, prices only from confirmed fills. A stop is rounded towards
the entry (less risk), a target away from it. A long's stop lies below its entry, a short's above:
`levels` cannot give anything else, whatever a voter wished for.
"""

from decimal import Decimal
from typing import NamedTuple

from domain.governance.policy import ExitMode, Policy
from domain.market.instrument import Instrument
from domain.shared.amounts import ONE, ZERO
from domain.shared.enums import Side


class ExitPlan(NamedTuple):
    """Distances as fractions of the entry price. `targets` are (share of quantity, distance).

    What the shares leave goes with the trailing stop. `costs` is the expected round trip.
    """

    stop: Decimal
    targets: tuple[tuple[Decimal, Decimal], ...]
    costs: Decimal

    @property
    def reward(self) -> Decimal:
        """The mean distance of the targets; the trailing rest is valued at the last of them."""
        rest = ONE
        total = ZERO
        for share, distance in self.targets:
            total += share * distance
            rest -= share
        return total + rest * self.targets[-1][1]


class Levels(NamedTuple):
    """The same as prices. A target's quantity None closes the whole position."""

    stop: Decimal
    targets: tuple[tuple[Decimal, Decimal | None], ...]


def plan_exits(
    atr_fraction: float,
    policy: Policy,
    stop_wanted: Decimal | None = None,
    target_wanted: Decimal | None = None,
    *,
    secure: bool = False,
) -> ExitPlan:
    """Return the exits for a signal at ATR/price *atr_fraction*.

    *stop_wanted* and *target_wanted* are distances (fractions of price) that a voter asked for; a
    stop beyond `stop_max` is drawn in to it. *secure*: everything leaves at the first target.
    """
    costs = 2 * (policy.fee_estimate + policy.slippage_estimate)
    if stop_wanted is not None:
        stop = min(stop_wanted, policy.stop_max)
    elif policy.exits is ExitMode.FRACTION:
        stop = policy.stop_fraction
    else:
        atr = Decimal(atr_fraction) if atr_fraction > 0.0 else policy.stop_max
        stop = min(max(policy.stop_atr * atr, policy.stop_min), policy.stop_max)
    if target_wanted is not None:
        return ExitPlan(stop, ((ONE, target_wanted),), costs)
    if policy.exits is ExitMode.FRACTION:
        return ExitPlan(stop, ((ONE, policy.target_fraction),), costs)
    r = stop + costs
    if secure:
        return ExitPlan(stop, ((ONE, policy.first_target_r * r),), costs)
    ladder = (
        (policy.first_target_share, policy.first_target_r * r),
        (policy.second_target_share, policy.second_target_r * r),
    )
    return ExitPlan(stop, tuple(t for t in ladder if t[0] > ZERO) or ((ONE, ladder[1][1]),), costs)


def levels(
    plan: ExitPlan, side: Side, entry: Decimal, quantity: Decimal, instrument: Instrument
) -> Levels:
    """Return the prices of *plan* for a fill at *entry* (average), quantities on the step.

    A target too small for the venue is left out: its share goes with the trailing stop.
    """
    if side is Side.BUY:
        stop = instrument.price_above(entry * (ONE - plan.stop))
        stop = min(stop, instrument.price_below(entry - instrument.tick))
    else:
        stop = instrument.price_below(entry * (ONE + plan.stop))
        stop = max(stop, instrument.price_above(entry + instrument.tick))
    targets: list[tuple[Decimal, Decimal | None]] = []
    for share, distance in plan.targets:
        if side is Side.BUY:
            price = instrument.price_above(entry * (ONE + distance))
        else:
            price = instrument.price_below(entry * (ONE - distance))
        part = None if share == ONE else instrument.quantity(quantity * share)
        if price > ZERO and (part is None or part >= instrument.quantity_min):
            targets.append((price, part))
    return Levels(stop, tuple(targets))
