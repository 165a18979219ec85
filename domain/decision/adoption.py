"""Positions that no trade of the desk explains.

Rule 1: nothing is held without a stop. What the desk's own late orders bought is closed: its
reason has passed. What somebody else bought by hand is adopted as a trade, with a default stop.
Rule 2: where that cannot be done (nothing is known of the symbol), it is closed as well.
"""

from decimal import Decimal

from domain.decision.messages import Page, Severity
from domain.decision.orders import close_held, close_strays, place_exit, unborn_trace
from domain.decision.safety_facts import PositionAdopted
from domain.decision.state import Turn
from domain.execution.dynamic_tpsl import levels, plan_exits
from domain.execution.messages import OrderFilled, OrderKind
from domain.execution.trade import TradePlan, TradeState, begun
from domain.market.messages import Regime
from domain.portfolio.position import Position
from domain.risk.emergency_stop import EMERGENCY
from domain.shared.identity import Leg, own_id


def stray(turn: Turn, fill: OrderFilled) -> None:
    """See to what *fill* left in the book without a trade."""
    position = turn.book.positions.get(fill.symbol)
    if position is None or fill.symbol in turn.trades:
        return
    if own_id(fill.client_id) is None and turn.stop.mode is not EMERGENCY:
        adopt(turn, position)
    else:
        close_held(turn, fill.symbol, position.quantity)


def mind(turn: Turn) -> None:
    """Ask again for whatever is held without a trade to be closed."""
    close_strays(turn)


def adopt(turn: Turn, position: Position) -> None:
    """Make *position* a trade of the desk, and guard it; or close it if that cannot be done."""
    symbol, instrument = position.symbol, turn.instruments.get(position.symbol)
    if instrument is None:
        close_held(turn, symbol, position.quantity)
        return
    price, quantity = instrument.price_nearest(position.entry_price), abs(position.quantity)
    exits = plan_exits(0.0, turn.policy)
    plan = TradePlan(
        unborn_trace(turn, symbol),
        symbol,
        position.side,
        turn.at_ms,
        price,
        quantity,
        1,
        exits,
        Decimal(0),
        0.0,
        Regime.UNKNOWN,
    )
    trade = begun(plan)._replace(
        state=TradeState.OPEN,
        opened_ms=turn.at_ms,
        bought=quantity,
        cost=abs(position.cost),
    )
    stop = levels(exits, plan.side, price, quantity, instrument).stop
    trade, name = place_exit(turn, trade, Leg.STOP, OrderKind.STOP_MARKET, None, stop)
    turn.put_trade(trade._replace(stop_id=name, stop_wanted=stop, first_stop=stop))
    turn.said.append(
        PositionAdopted(turn.at_ms, plan.trade_id, symbol, plan.side, quantity, price, stop)
    )
    text = f"{symbol}: {plan.side} {quantity} was opened by another hand; it is guarded now"
    turn.asked.append(Page(turn.at_ms, Severity.WARNING, text))
