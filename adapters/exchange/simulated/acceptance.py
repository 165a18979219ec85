"""What the venue refuses at the door, and the code it gives.

Exits are exempt from minimum notional and margin: what removes risk is not refused for its size.
"""

from decimal import Decimal
from math import isnan

from adapters.exchange.simulated.floor import Floor
from adapters.exchange.simulated.margin import free_margin
from adapters.exchange.simulated.market import Market
from domain.execution.messages import OrderKind, PlaceEntry, PlaceExit
from domain.shared.amounts import ZERO
from domain.shared.enums import Side

UNKNOWN_SYMBOL = "unknown_symbol"
UNKNOWN_ORDER = "unknown_order"
DUPLICATE = "duplicate_client_id"
OFF_STEP = "quantity_off_step"
OFF_TICK = "price_off_tick"
TOO_SMALL = "quantity_too_small"
TOO_LARGE = "quantity_too_large"
NOTIONAL = "notional_too_small"
BAND = "price_band"
WOULD_TRIGGER = "would_trigger"
WOULD_CROSS = "would_cross"
MARGIN = "margin"
LEVERAGE = "leverage"
FLAT = "reduce_only_flat"

_TRIGGERED = (OrderKind.STOP_MARKET, OrderKind.TAKE_PROFIT_MARKET)


def fault_of(floor: Floor, command: PlaceEntry | PlaceExit) -> str | None:
    """Return the code under which the venue refuses *command*, or None."""
    market = floor.markets.get(command.symbol)
    if market is None:
        return UNKNOWN_SYMBOL
    if command.client_id in floor.orders or command.client_id in floor.finished_ids:
        return DUPLICATE
    if isinstance(command, PlaceExit):
        return _fault_of_exit(floor, market, command)
    return _fault_of_entry(floor, market, command)


def _fault_of_exit(floor: Floor, market: Market, command: PlaceExit) -> str | None:
    position = floor.account.positions.get(command.symbol)
    if position is None or (position.size > 0) is (command.side is Side.BUY):
        return FLAT
    quantity = command.quantity
    if quantity is not None:
        fault = _fault_of_quantity(market, quantity, abs(position.quantity))
        if fault is not None:
            return fault
    kind = command.kind
    if kind is OrderKind.MARKET:
        return None
    price = command.trigger if kind in _TRIGGERED else command.price
    return _fault_of_price(floor, market, kind, command.side, price)


def _fault_of_entry(floor: Floor, market: Market, command: PlaceEntry) -> str | None:
    if not 1 <= command.leverage <= market.instrument.leverage_max:
        return LEVERAGE
    fault = _fault_of_quantity(market, command.quantity, None)
    if fault is not None:
        return fault
    price = command.price
    if command.kind is OrderKind.MARKET:
        mark = floor.price(command.symbol)
        if isnan(mark):
            return None
        price = market.exact(mark)
    else:
        fault = _fault_of_price(floor, market, command.kind, command.side, price)
        if fault is not None:
            return fault
    return _fault_of_size(floor, market, command, price or ZERO)


def _fault_of_size(floor: Floor, market: Market, command: PlaceEntry, price: Decimal) -> str | None:
    if command.quantity * price < market.instrument.notional_min:
        return NOTIONAL
    position = floor.account.positions.get(command.symbol)
    opens = float(command.quantity)
    if position is not None and (position.size > 0) is not (command.side is Side.BUY):
        # What only closes needs no margin; what goes beyond the position does.
        opens = max(0.0, opens - abs(position.size))
    if opens and free_margin(floor) < opens * float(price) / command.leverage:
        return MARGIN
    return None


def _fault_of_quantity(market: Market, quantity: Decimal, held: Decimal | None) -> str | None:
    rules = market.instrument
    if quantity <= ZERO:
        return TOO_SMALL
    if quantity % rules.step:
        return OFF_STEP
    # A whole position may always be closed, however small partial fills have left it.
    if quantity < rules.quantity_min and (held is None or quantity < held):
        return TOO_SMALL
    return TOO_LARGE if quantity > rules.quantity_max else None


def _fault_of_price(
    floor: Floor, market: Market, kind: OrderKind, side: Side, price: Decimal | None
) -> str | None:
    if price is None or price <= ZERO or price % market.instrument.tick:
        return OFF_TICK
    mark = floor.price(market.instrument.symbol)
    level = float(price)
    buys = side is Side.BUY
    if kind in _TRIGGERED:
        rises = buys is (kind is OrderKind.STOP_MARKET)
        passed = mark >= level if rises else mark <= level
        return WOULD_TRIGGER if passed else None
    # As on the real venue the band bounds the aggressive side alone: a limit far out of the
    # market hurts nobody.
    band = float(market.instrument.price_band)
    if (level > mark * (1 + band)) if buys else (level < mark * (1 - band)):
        return BAND
    if kind is OrderKind.POST_ONLY and ((level >= mark) if buys else (level <= mark)):
        return WOULD_CROSS
    return None
