"""The trailing stop: a ratchet. It moves towards profit, or not at all.

At `breakeven_r` the stop goes to break-even including costs, at `lock_at_r` it locks `lock_r`, then
it trails at `trail_atr`. A trail moves by at least `trail_step_atr`, so a stop is not replaced for
every tick. R and ATR are those of the entry: a widening market never loosens a stop. A stop is put
on the tick grid away from the market, so that it can rest there.
"""

from decimal import Decimal
from typing import NamedTuple

from domain.governance.policy import Policy
from domain.shared.amounts import ZERO, ceil_to, floor_to
from domain.shared.enums import Side


class Ratchet(NamedTuple):
    """What a stop may be moved by: prices and distances in USD per unit, `stop` where it is.

    `stop` lies on the grid of `tick`.
    """

    side: Side
    entry: Decimal
    stop: Decimal
    r: Decimal
    atr: Decimal
    costs: Decimal
    tick: Decimal


def ratchet(at: Ratchet, mark: Decimal, policy: Policy) -> Decimal | None:
    """Return the better stop that *mark* earns, or None to leave it where it is."""
    sign = at.side.sign
    gain = (mark - at.entry) * sign
    if gain < policy.breakeven_r * at.r:
        return None
    earned = at.costs
    if gain >= policy.lock_at_r * at.r:
        earned = max(earned, policy.lock_r * at.r)
        earned = max(earned, _trailed(at, gain, policy))
    current = (at.stop - at.entry) * sign
    if earned <= current or earned >= gain:
        return None
    wanted = at.entry + earned * sign
    better = (floor_to if at.side is Side.BUY else ceil_to)(wanted, at.tick)
    return better if (better - at.stop) * sign > ZERO else None


def _trailed(at: Ratchet, gain: Decimal, policy: Policy) -> Decimal:
    """Return the gain at which the trail puts the stop: nothing while the step is too small."""
    trailed = gain - policy.trail_atr * at.atr
    current = (at.stop - at.entry) * at.side.sign
    return trailed if trailed >= current + policy.trail_step_atr * at.atr else ZERO


def next_mark(at: Ratchet, policy: Policy) -> Decimal:
    """Return a mark that every mark that can move the stop lies at or beyond.

    Conservative: beyond it the stop may still stay; short of it it cannot move.
    """
    sign = at.side.sign
    current = (at.stop - at.entry) * sign
    # Less than a tick short of a level is at it: the grid has nothing better.
    if current + at.tick <= at.costs:
        gain = policy.breakeven_r * at.r
    elif current + at.tick <= policy.lock_r * at.r:
        gain = policy.lock_at_r * at.r
    else:
        gain = max(
            policy.lock_at_r * at.r,
            current + policy.trail_atr * at.atr + max(policy.trail_step_atr * at.atr, at.tick),
        )
    return at.entry + gain * sign
