"""Cross margin: what is free, when it is gone, and how far prices may go before it could be.

All positions share one wallet. The cushion is wallet + unrealised - maintenance margin at the
prices of one instant; at or below zero everything is liquidated. A long's cushion falls with the
price and a short's with its rise (maintenance rates are below one), so the worst of an interval
is every symbol at its adverse extreme at once: the cheap test that spares the exact one.
"""

from math import inf, isnan
from typing import Final

from adapters.exchange.simulated.floor import Floor
from adapters.exchange.simulated.orders import Order

# What a band promises must hold against rounding and tier steps: a share of the way to zero.
BAND_SHARE: Final = 0.9
_HALVINGS: Final = 60


def cushion(floor: Floor, time: float) -> float:
    """Return wallet + unrealised - maintenance at *time*, in USD."""
    account = floor.account
    left = float(account.wallet)
    for symbol, position in account.positions.items():
        value = position.size * floor.price_at(symbol, time)
        left += value - position.outlay - floor.markets[symbol].margin(abs(value))
    return left


def free_margin(floor: Floor) -> float:
    """Return equity less the initial margin of positions and open entries, in USD."""
    account = floor.account
    left = float(account.wallet)
    for symbol, position in account.positions.items():
        value = position.size * floor.price(symbol)
        left += value - position.outlay - abs(value) / floor.markets[symbol].leverage
    for order in floor.entries.values():
        left -= _margin_of(floor, order)
    return left


def in_danger(floor: Floor) -> bool:
    """Tell whether the cushion could reach zero anywhere in the interval under way."""
    account = floor.account
    left = float(account.wallet)
    gross = 1.0
    for symbol, position in account.positions.items():
        low, high = _extremes(floor, symbol)
        size = position.size
        if size > 0:
            value = size * low
            left += value - position.outlay - floor.markets[symbol].margin(size * high)
            gross += value
        else:
            value = -size * high
            left -= value + position.outlay + floor.markets[symbol].margin(value)
            gross += value
    # Not "left <= 0": floats round, and a NaN is danger too.
    return not left > gross * 1e-9


def crossing(floor: Floor, until: float) -> float | None:
    """Return the first time from now to *until* at which the cushion is gone, or None.

    Between two corners of the paths the cushion is concave, so looking at the corners misses
    nothing; the instant itself is found by halving. The instant *until* is included only when it
    ends the interval: whatever happens there comes first.
    """
    if cushion(floor, floor.now) <= 0:
        return floor.now
    corners = {
        time
        for symbol in floor.account.positions
        if (walk := floor.walks.get(symbol)) is not None and walk.row >= 0
        for time, _ in walk.vertices()
        if floor.now < time < until
    }
    good = floor.now
    for time in (*sorted(corners), until):
        if cushion(floor, time) <= 0:
            return _between(floor, good, time)
        good = time
    return None


def shares(floor: Floor) -> dict[str, tuple[float, float]]:
    """Return, by symbol held, prices between which no liquidation can come, whatever the others do.

    "Others" stay within theirs. Every position may lose the same fraction of its value: the
    buffer over all notionals, counting that a short's maintenance margin grows with the price.
    """
    positions = floor.account.positions
    prices = {symbol: floor.price(symbol) for symbol in positions}
    left = float(floor.account.wallet)
    weight = 0.0
    for symbol, position in positions.items():
        market = floor.markets[symbol]
        value = position.size * prices[symbol]
        left += value - position.outlay - market.margin(abs(value))
        rise = max(rate for _, rate, _ in market.maintenance) if value < 0 else 0.0
        weight += abs(value) * (1.0 + rise)
    if isnan(left) or left <= 0:
        return dict.fromkeys(positions, (inf, -inf))
    fraction = BAND_SHARE * left / weight
    return {
        symbol: (prices[symbol] * (1 - fraction), inf)
        if position.size > 0
        else (-inf, prices[symbol] * (1 + fraction))
        for symbol, position in positions.items()
    }


def _margin_of(floor: Floor, order: Order) -> float:
    level = order.level
    price = floor.price(order.symbol) if isnan(level) else level
    needed = float(order.leaves or 0) * price / order.leverage
    return 0.0 if isnan(needed) else needed


def _extremes(floor: Floor, symbol: str) -> tuple[float, float]:
    bar = floor.bars.get(symbol)
    mark = floor.markets[symbol].mark
    if bar is None:
        return mark, mark
    low, high = bar.low, bar.high
    if floor.finer:
        for part in floor.finer.get(symbol, ()):
            low, high = min(low, part.low), max(high, part.high)
    if bar.open_ms > floor.start:
        # Until its bar opens, the symbol stands at its mark (which may be unknown: NaN is last).
        low, high = min(low, mark), max(high, mark)
    return low, high


def _between(floor: Floor, good: float, bad: float) -> float:
    for _ in range(_HALVINGS):
        middle = (good + bad) / 2
        if not good < middle < bad:
            break
        if cushion(floor, middle) <= 0:
            bad = middle
        else:
            good = middle
    return bad
