"""Between the words of the wire and those of the house. Pure; times of reports are the caller's."""

from decimal import Decimal

from adapters.exchange.served import protocol
from adapters.exchange.served.protocol import exact, plain
from domain.execution.messages import (
    CancelOrder,
    FundingSettled,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderKind,
    Permit,
    PlaceEntry,
    PlaceExit,
    Report,
)

# A permit is the desk's own affair; the venue only needs one to hold the order.
_NO_PERMIT = Permit(0, 0, 0)


def order_of(command: PlaceEntry | PlaceExit) -> protocol.Order:
    """Return the order that *command* asks for."""
    is_exit = isinstance(command, PlaceExit)
    return protocol.Order(
        command.client_id,
        command.symbol,
        command.side,
        command.kind,
        is_exit,
        _plain(command.quantity),
        _plain(command.price),
        _plain(command.trigger if isinstance(command, PlaceExit) else None),
        _plain(command.collar if isinstance(command, PlaceEntry) else None),
        command.leverage if isinstance(command, PlaceEntry) else 1,
    )


def command_of(order: protocol.Order) -> PlaceEntry | PlaceExit | None:
    """Return the command that *order* stands for, None when it lacks what its kind needs."""
    quantity, price, trigger = exact(order.quantity), exact(order.price), exact(order.trigger)
    limit = order.kind in (OrderKind.LIMIT, OrderKind.POST_ONLY)
    triggered = order.kind in (OrderKind.STOP_MARKET, OrderKind.TAKE_PROFIT_MARKET)
    if limit and price is None:
        return None
    if order.reduce_only:
        if triggered and trigger is None:
            return None
        return PlaceExit(
            order.client_id, order.symbol, order.side, order.kind, quantity, price, trigger
        )
    if quantity is None or (triggered and price is None):
        return None
    return PlaceEntry(
        order.client_id,
        order.symbol,
        order.side,
        order.kind,
        quantity,
        price,
        exact(order.collar),
        order.leverage,
        _NO_PERMIT,
    )


def cancel_of(cancel: CancelOrder) -> protocol.Cancel:
    """Return the cancel that goes over the wire."""
    return protocol.Cancel(cancel.client_id, cancel.symbol)


def trade_of(fill: OrderFilled) -> protocol.Trade:
    """Return *fill* as it goes over the wire."""
    return protocol.Trade(
        fill.at_ms,
        fill.client_id,
        fill.symbol,
        fill.side,
        plain(fill.quantity),
        plain(fill.price),
        plain(fill.fee),
        fill.liquidity,
        fill.venue_trade_id,
        _plain(fill.leaves),
    )


def fill_of(trade: protocol.Trade, at_ms: int) -> OrderFilled:
    """Return *trade*, of which we hear at *at_ms*."""
    return OrderFilled(
        at_ms,
        trade.client_id,
        trade.symbol,
        trade.side,
        Decimal(trade.quantity),
        Decimal(trade.price),
        Decimal(trade.fee),
        trade.liquidity,
        trade.trade_id,
        exact(trade.leaves),
    )


def told_of(report: Report) -> protocol.Told | None:
    """Return what the stream says of *report*, None when it is not for the stream."""
    match report:
        case OrderAccepted():
            return protocol.Accepted(report.client_id, report.symbol)
        case OrderFilled():
            return trade_of(report)
        case OrderCanceled():
            return protocol.Canceled(report.client_id, report.symbol, report.reason)
        case FundingSettled():
            return protocol.Funding(report.symbol, plain(report.rate), plain(report.paid))
        case _:
            return None


def report_of(told: protocol.Told, at_ms: int) -> Report | None:
    """Return the report in *told*, of which we hear at *at_ms*; None when it is none."""
    match told:
        case protocol.Accepted():
            return OrderAccepted(at_ms, told.client_id, told.symbol)
        case protocol.Trade():
            return fill_of(told, at_ms)
        case protocol.Canceled():
            return OrderCanceled(at_ms, told.client_id, told.symbol, told.reason)
        case protocol.Funding():
            return FundingSettled(at_ms, told.symbol, Decimal(told.rate), Decimal(told.paid))
        case _:
            return None


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
