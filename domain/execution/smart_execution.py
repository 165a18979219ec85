"""Smart execution: how an entry is worked off, decided from urgency, spread, depth and size.

Rule 1: quantities lie on the venue's step, no child is below its minimum (there are fewer, then),
and what all children together may buy never exceeds what was approved.
Rule 2: what is not known is taken for the worse: an unknown depth is none, an unknown spread wide.
Rule 3: the permit of the entry bounds its work: whatever is not done when it expires is not done.
Rule 4: every child has the collar of the entry; a resting price never lies beyond it.
"""

from decimal import ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

from domain.execution.messages import OrderKind, Permit
from domain.governance.execution_policy import EntryStyle
from domain.governance.policy import Policy
from domain.market.instrument import Instrument
from domain.shared.amounts import ONE, ZERO, ceil_to
from domain.shared.enums import Side

_SECOND_MS: Final = 1_000
_RESTING: Final = (EntryStyle.PASSIVE, EntryStyle.ICEBERG)


class Wish(NamedTuple):
    """What is to be entered, and the market it meets.

    `price` and `spread` (a fraction of it) are those of the decision, `depth_usd` is what the
    market bears, 0 where that is not known.
    """

    side: Side
    quantity: Decimal
    price: Decimal
    spread: float
    depth_usd: float
    confidence: float
    at_ms: int
    permit: Permit


class Work(NamedTuple):
    """What is still to be done to enter: the plan, and how far it has come.

    `clip` is the most that one child orders, `least` the smallest the venue takes, `half_spread` a
    fraction of price. A resting child waits until `deadline_ms`; `next_ms` is when the next child
    is due, or a better price may be. `children` numbers the orders sent, `crossed` counts those in
    a row that the venue refused because they would have taken. `price` is the limit of the live
    child, `canceling` tells that its cancel is asked for.
    """

    style: EntryStyle
    clip: Decimal
    least: Decimal
    half_spread: Decimal
    every_ms: int
    deadline_ms: int
    next_ms: int
    permit: Permit
    children: int = 0
    crossed: int = 0
    price: Decimal | None = None
    canceling: bool = False

    @property
    def rests(self) -> bool:
        """Whether children wait in the book, rather than take."""
        return self.style in _RESTING


class Child(NamedTuple):
    """One order of the work. `price` is the limit of one that rests, None at the market."""

    kind: OrderKind
    quantity: Decimal
    price: Decimal | None


def style_of(wish: Wish, policy: Policy) -> EntryStyle:
    """Return how to meet the market: as the policy says or, where it leaves the choice, as it pays.

    Small and urgent, or the spread is worth paying: at the market. Small and patient: wait. Large:
    in slices if urgent, else waiting and showing a part.
    """
    if policy.entry_style is not EntryStyle.AUTO:
        return policy.entry_style
    urgent = wish.confidence >= policy.urgent_confidence
    hurried = urgent or 0.0 <= wish.spread <= policy.taking_spread_max
    small = float(wish.quantity * wish.price) <= float(policy.impact_max) * wish.depth_usd
    if hurried:
        return EntryStyle.MARKET if small else EntryStyle.TWAP
    return EntryStyle.PASSIVE if small else EntryStyle.ICEBERG


def choose(wish: Wish, policy: Policy, instrument: Instrument) -> Work | None:
    """Return the plan by which *wish* is worked off, None for one order at the market."""
    style = style_of(wish, policy)
    if style is EntryStyle.MARKET:
        return None
    least = least_of(wish, policy, instrument)
    left_ms = wish.permit.expires_ms - wish.at_ms
    if style is EntryStyle.TWAP:
        count = _slices(wish, policy, least)
        every_ms = min(policy.twap_seconds * _SECOND_MS, left_ms) // count
        clip, deadline_ms = ceil_to(wish.quantity / count, instrument.step), wish.permit.expires_ms
    else:
        every_ms = policy.reprice_seconds * _SECOND_MS
        deadline_ms = wish.at_ms + min(policy.passive_seconds * _SECOND_MS, left_ms)
        clip = wish.quantity
        if style is EntryStyle.ICEBERG:
            clip = max(instrument.quantity(clip * policy.iceberg_share), least)
    known = 0.0 <= wish.spread < 1.0
    half = Decimal(wish.spread) / 2 if known else Decimal(policy.spread_max) / 2
    return Work(
        style,
        min(clip, wish.quantity),
        least,
        half,
        max(every_ms, 1),
        deadline_ms,
        wish.at_ms,
        wish.permit,
    )


def least_of(wish: Wish, policy: Policy, instrument: Instrument) -> Decimal:
    """Return the smallest quantity that the venue takes at any price within the collar."""
    worst = wish.price * (ONE - min(policy.price_collar, instrument.price_band))
    return max(instrument.quantity_min, ceil_to(instrument.notional_min / worst, instrument.step))


def _slices(wish: Wish, policy: Policy, least: Decimal) -> int:
    """Return into how many slices to cut: as many as the depth asks for and the venue takes."""
    bears = float(policy.impact_max) * wish.depth_usd
    wanted = float(policy.twap_slices_max)
    if bears > 0.0:
        wanted = min(wanted, max(2.0, -(-float(wish.quantity * wish.price) // bears)))
    fitting = int((wish.quantity / least).to_integral_value(ROUND_FLOOR))
    return max(1, min(int(wanted), fitting))


def is_patient(work: Work, at_ms: int) -> bool:
    """Tell whether children still rest at *at_ms*."""
    return work.rests and at_ms < work.deadline_ms


def next_child(
    work: Work, left: Decimal, limit: Decimal, at_ms: int, policy: Policy
) -> Child | None:
    """Return the next order for what is *left* to buy, None when nothing more is to be sent.

    *limit* is where a resting child would lie now; None is also where there is no such price.
    """
    if left < work.least or at_ms >= work.permit.expires_ms:
        return None
    if is_patient(work, at_ms):
        if limit <= ZERO:
            return None
        return Child(OrderKind.POST_ONLY, _part(work, left), limit)
    if work.rests:
        return Child(OrderKind.MARKET, left, None) if policy.passive_takes else None
    return Child(OrderKind.MARKET, _part(work, left), None)


def _part(work: Work, left: Decimal) -> Decimal:
    """Return a clip, or all that is *left* when the rest would be too small to be sent alone."""
    part = min(work.clip, left)
    return left if left - part < work.least else part


def resting_price(
    work: Work, side: Side, mark: Decimal, collar: Decimal, policy: Policy, instrument: Instrument
) -> Decimal:
    """Return the limit at which a child rests when the market is at *mark*: never beyond *collar*.

    At the best price of its own side, less the offset, and a tick farther for every refusal.
    """
    behind = (policy.passive_offset_ticks + work.crossed) * instrument.tick
    if side is Side.BUY:
        best = instrument.price_below(mark * (ONE - work.half_spread))
        apart = instrument.price_below(mark - instrument.tick)
        return min(min(best, apart) - behind, collar)
    best = instrument.price_above(mark * (ONE + work.half_spread))
    apart = instrument.price_above(mark + instrument.tick)
    return max(max(best, apart) + behind, collar)


def collar_of(side: Side, price: Decimal, policy: Policy, instrument: Instrument) -> Decimal:
    """Return the worst price at which an entry decided at *price* may fill."""
    away = min(policy.price_collar, instrument.price_band)
    if side is Side.BUY:
        return instrument.price_below(price * (ONE + away))
    return instrument.price_above(price * (ONE - away))
