"""What is told of signals, trades and positions."""

from typing import Final, assert_never

from application.events import conduct_payloads as c
from application.events import trade_payloads as t
from application.events.payloads import Payload
from application.events.told import Told, finite
from domain.decision import facts as f
from domain.shared.enums import Side

TradingFact = (
    f.SignalSkipped
    | f.EntryRefused
    | f.EntryApproved
    | f.TradeExecuted
    | f.TradeClosed
    | f.TradeAborted
    | f.OrderRefusedByVenue
    | f.UnexpectedFill
    | f.RegimeChanged
)
_Event = tuple[str, Payload]
_LONG_SHORT: Final = {Side.BUY: "LONG", Side.SELL: "SHORT"}


def of_trading(fact: TradingFact) -> Told:  # noqa: PLR0911 - a total dispatch
    """Return what is told of *fact*."""
    symbol = fact.symbol
    match fact:
        case f.SignalSkipped(_, trace, _, action, reason, value, limit, _):
            skipped = t.SignalRejected(symbol, action.value, reason, finite(value), finite(limit))
            return Told(trace, symbol, (("signal.rejected", skipped),))
        case f.EntryRefused():
            return Told(fact.trace, symbol, (("risk.block", _blocked(fact)),))
        case f.EntryApproved():
            return Told(fact.trace, symbol, _approved(fact))
        case f.TradeExecuted():
            return Told(fact.trade_id, symbol, _executed(fact))
        case f.TradeClosed():
            return Told(fact.trade_id, symbol, _closed(fact))
        case f.TradeAborted(_, trace, _, reason):
            aborted = t.TradeGivenUp(symbol, str(reason))
            return Told(trace, symbol, (("trade.aborted", aborted),))
        case f.OrderRefusedByVenue(_, trace, _, order_id, code):
            refused = c.OrderRefused(symbol, order_id, code)
            return Told(trace, symbol, (("order.refused", refused),))
        case f.UnexpectedFill(_, _, order_id, side, quantity, price):
            moved = t.PositionMoved(symbol, side.value, quantity, price, order_id)
            return Told("", symbol, (("position.unexpected", moved),))
        case f.RegimeChanged(_, _, old, new):
            turned = t.RegimeMoved(symbol, old.value, new.value)
            return Told("", symbol, (("market.regime.changed", turned),))
    assert_never(fact)


def _blocked(fact: f.EntryRefused) -> Payload:
    return t.EntryBlocked(
        fact.symbol,
        fact.side.value,
        fact.price,
        finite(fact.confidence),
        tuple(str(objection) for objection in fact.objections),
        fact.policy_version,
    )


def _approved(fact: f.EntryApproved) -> tuple[_Event, _Event]:
    symbol, side = fact.symbol, fact.side.value
    decided = t.TradeDecided(
        symbol,
        side,
        fact.price,
        fact.quantity,
        fact.notional,
        fact.leverage,
        finite(fact.confidence),
        finite(fact.agreement),
        fact.models,
        fact.stop,
        fact.reward,
        fact.factor,
        fact.regime.value,
        fact.policy_version,
    )
    wanted = t.ExecutionRequested(
        symbol, side, fact.quantity, fact.price, fact.leverage, fact.policy_version
    )
    return ("trade.decision", decided), ("trade.execution_requested", wanted)


def _executed(fact: f.TradeExecuted) -> tuple[_Event, _Event]:
    symbol, side = fact.symbol, _LONG_SHORT[fact.side]
    filled = t.TradeFilled(
        symbol, side, fact.quantity, fact.price, fact.size_usd, fact.slippage, fact.client_id
    )
    opened = t.PositionOpened(symbol, side, fact.quantity, fact.price)
    return ("trade.executed", filled), ("position.opened", opened)


def _closed(fact: f.TradeClosed) -> tuple[_Event, _Event]:
    ended = t.TradeEnded(
        fact.symbol,
        _LONG_SHORT[fact.side],
        fact.entry_ms,
        fact.entry_price,
        fact.exit_price,
        fact.quantity,
        fact.realised,
        fact.fees,
        fact.funding,
        fact.net_pnl,
        finite(fact.net_r),
        str(fact.reason),
        fact.regime.value,
    )
    closed = t.PositionClosed(fact.symbol, fact.net_pnl, str(fact.reason))
    return ("trade.closed", ended), ("position.closed", closed)
