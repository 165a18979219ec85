"""How orders fill: at the market, at their limit, at their trigger, or by liquidation.

Rule 1: a taker fills at the path's price and slippage on top, on the tick grid, against him.
Rule 2: a resting limit gives liquidity: it fills at its limit, or better when the price jumps
over it.
Rule 3: an order takes at most its share of a bar's volume; what is left of a market order comes
back at the next bar's open, what is left of a limit goes on resting.
Rule 4: what was accepted and then cannot act is canceled with a reason: "collar" (the price is
worse than the entry's collar), "reduce_only_flat" (nothing left to reduce), "would_cross" (a
post-only order that arrives too late), "liquidation"; "requested" is the answer to a cancel.
"""

from decimal import Decimal

from adapters.exchange.simulated.acceptance import FLAT, WOULD_CROSS
from adapters.exchange.simulated.floor import Floor
from adapters.exchange.simulated.orders import Order
from adapters.exchange.simulated.path import Walk
from adapters.exchange.simulated.rules import slippage_fraction
from domain.execution.messages import (
    Liquidity,
    OrderCanceled,
    OrderFilled,
    OrderKind,
    Report,
)
from domain.shared.amounts import ZERO, money
from domain.shared.enums import Side


def arrive(floor: Floor, order: Order) -> Report | None:
    """Let *order*, taken from the queue, meet the market: take, rest, or be canceled."""
    floor.unqueue(order)
    walk = floor.walk(order.symbol)
    walk.seek(floor.now)
    if order.takes:
        return _take(floor, order, walk)
    price, level = walk.price, order.level
    if order.rank > 1 and (price >= level if order.rises else price <= level):
        if order.kind is OrderKind.POST_ONLY:
            return cancel(floor, order, WOULD_CROSS)
        return _take(floor, order, walk)
    floor.rest(order)
    return None


def fire(floor: Floor, walk: Walk, price: float) -> Report | None:
    """Let the resting order act that the path touches first at *price*, now."""
    walk.time, walk.price, walk.stale = floor.now, price, True
    market = floor.markets[walk.symbol]
    order = market.touched(price, walk.bar)
    if order.trigger is not None:
        floor.lift(order)
        order.triggered = True
        return _take(floor, order, walk)
    wanted = floor.wanted(order)
    if not wanted:
        return cancel(floor, order, FLAT)
    quantity = _available(floor, order, walk, wanted)
    if not quantity:
        return None
    exact = order.price if price == order.level else market.exact(price)
    return _fill(floor, order, walk, wanted, quantity, exact or ZERO, Liquidity.MAKER)


def cancel(floor: Floor, order: Order, reason: str) -> OrderCanceled:
    """Take *order* off the venue."""
    floor.finish(order)
    return OrderCanceled(int(floor.now), order.client_id, order.symbol, reason)


def liquidate(floor: Floor) -> list[Report]:
    """Close every position at its price now, with the liquidation fee, and cancel every order."""
    reports: list[Report] = []
    for symbol, position in tuple(floor.account.positions.items()):
        market = floor.markets[symbol]
        price = market.exact(floor.price(symbol))
        quantity = -position.quantity
        fee = money(abs(quantity) * price * floor.rules.liquidation_fee)
        floor.account.trade(symbol, quantity, price, fee)
        market.trades += 1
        floor.liquidations += 1
        reports.append(
            OrderFilled(
                int(floor.now),
                f"autoclose-{symbol}-{floor.liquidations}",
                symbol,
                Side.BUY if quantity > ZERO else Side.SELL,
                abs(quantity),
                price,
                fee,
                Liquidity.TAKER,
                f"{symbol}-{market.trades}",
                ZERO,
            )
        )
        floor.touch(symbol)
    reports.extend(cancel(floor, order, "liquidation") for order in tuple(floor.orders.values()))
    return reports


def _take(floor: Floor, order: Order, walk: Walk) -> Report | None:
    wanted = floor.wanted(order)
    if not wanted:
        return cancel(floor, order, FLAT)
    quantity = _available(floor, order, walk, wanted)
    if not quantity:
        _go_on(floor, order, walk)
        return None
    price = _taker_price(floor, order, walk, quantity)
    collar = order.collar
    if collar is not None and (price > collar if order.side is Side.BUY else price < collar):
        return cancel(floor, order, "collar")
    return _fill(floor, order, walk, wanted, quantity, price, Liquidity.TAKER)


def _taker_price(floor: Floor, order: Order, walk: Walk, quantity: Decimal) -> Decimal:
    market = floor.markets[order.symbol]
    if floor.rules.ideal_prices:
        if walk.price == order.level and order.trigger is not None:
            return order.trigger
        return market.exact(walk.price)
    buys = order.side is Side.BUY
    slip = slippage_fraction(floor.rules, walk.bar, float(quantity))
    price = market.against(walk.price * (1 + slip if buys else 1 - slip), order.side)
    if order.price is None:
        return price
    return min(price, order.price) if buys else max(price, order.price)


def _available(floor: Floor, order: Order, walk: Walk, wanted: Decimal) -> Decimal:
    share = floor.rules.participation_max
    if not share:
        return wanted
    quantity = min(wanted, floor.markets[order.symbol].capacity(walk.bar, share))
    if quantity < wanted:
        order.bar_ms = walk.bar.open_ms
    return quantity


def _fill(
    floor: Floor,
    order: Order,
    walk: Walk,
    wanted: Decimal,
    quantity: Decimal,
    price: Decimal,
    liquidity: Liquidity,
) -> OrderFilled:
    symbol, side = order.symbol, order.side
    market = floor.markets[symbol]
    rules = market.instrument
    rate = rules.taker_fee if liquidity is Liquidity.TAKER else rules.maker_fee
    fee = money(quantity * price * rate)
    signed = quantity if side is Side.BUY else -quantity
    floor.account.trade(symbol, signed, price, fee)
    market.trades += 1
    walk.stale = True
    leaves = wanted - quantity
    if not leaves:
        floor.finish(order)
    else:
        if order.leaves is not None:
            order.leaves = leaves
        _go_on(floor, order, walk)
    return OrderFilled(
        int(floor.now),
        order.client_id,
        symbol,
        side,
        quantity,
        price,
        fee,
        liquidity,
        f"{symbol}-{market.trades}",
        leaves,
    )


def _go_on(floor: Floor, order: Order, walk: Walk) -> None:
    """Keep *order*, which has used its share of this bar, for the next one."""
    if order.takes:
        order.due_ms = walk.bar.close_ms
        floor.enqueue(order)
    elif order.client_id not in floor.markets[order.symbol].resting:
        floor.rest(order)
