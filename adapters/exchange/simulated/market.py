"""One symbol at the venue: its filters, its mark, and the orders that rest in its book."""

from decimal import Decimal
from math import ceil, floor, inf, nan

from adapters.exchange.simulated.orders import Order
from domain.market.bars import Bar
from domain.market.instrument import Instrument
from domain.shared.enums import Side

# A price this close to a tick, in ticks, is meant to be on it: floats do not hold decimals.
_ON_TICK = 1e-6


class Market:
    """The venue's side of one symbol.

    `mark` is the last known price (NaN: none yet). `leverage` is that of the last entry.
    `pending` counts what is on its way here: it acts at the next chance. `changed` asks for the
    levels to be gathered anew.
    """

    __slots__ = (
        "changed",
        "down",
        "instrument",
        "leverage",
        "maintenance",
        "mark",
        "pending",
        "resting",
        "step",
        "tick",
        "trades",
        "up",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.tick = float(instrument.tick)
        self.step = float(instrument.step)
        self.maintenance = tuple(
            (float(t.floor), float(t.rate), float(t.deduction)) for t in instrument.tiers
        )
        self.mark = nan
        self.leverage = 1
        self.trades = 0
        self.pending = 0
        self.resting: dict[str, Order] = {}
        self.changed = False
        self.down = -inf
        self.up = inf

    def exact(self, price: float) -> Decimal:
        """Return the price on the tick grid that the float *price* stands for."""
        return Decimal(round(price / self.tick)) * self.instrument.tick

    def against(self, price: float, side: Side) -> Decimal:
        """Return *price* on the tick grid, not better than it is for a taker of *side*."""
        ticks = price / self.tick
        whole = ceil(ticks - _ON_TICK) if side is Side.BUY else floor(ticks + _ON_TICK)
        return Decimal(max(1, whole)) * self.instrument.tick

    def capacity(self, bar: Bar, share: float) -> Decimal:
        """Return the quantity that is *share* of the volume of *bar*, on the step grid."""
        return Decimal(int(share * bar.volume / self.step + _ON_TICK)) * self.instrument.step

    def levels(self) -> tuple[float, float]:
        """Return the highest level below and the lowest above at which a resting order acts."""
        if self.changed:
            self.down, self.up = _levels(self.resting, None)
            self.changed = False
        return self.down, self.up

    def levels_in(self, bar: Bar) -> tuple[float, float]:
        """Return the same without the orders that have used up their share of *bar*."""
        return _levels(self.resting, bar.open_ms)

    def touched(self, price: float, bar: Bar) -> Order:
        """Return the order that acts first of those whose level *price* has reached."""
        return min(
            (
                order
                for order in self.resting.values()
                if order.bar_ms != bar.open_ms
                and (order.level <= price if order.rises else order.level >= price)
            ),
            key=_precedence,
        )

    def margin(self, notional: float) -> float:
        """Return the maintenance margin in USD of a position of *notional* USD."""
        rate = deduction = 0.0
        for floor_usd, tier_rate, tier_deduction in self.maintenance:
            if floor_usd > notional:
                break
            rate, deduction = tier_rate, tier_deduction
        return notional * rate - deduction


def _levels(resting: dict[str, Order], bar_ms: int | None) -> tuple[float, float]:
    down, up = -inf, inf
    for order in resting.values():
        if order.bar_ms == bar_ms:
            continue
        level = order.level
        if order.rises:
            up = min(level, up)
        else:
            down = max(level, down)
    return down, up


def _precedence(order: Order) -> tuple[int, int]:
    return order.rank, order.number
