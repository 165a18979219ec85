"""Trades are made to hold what the book holds, once the book is known to be the venue's.

Another hand may trade the same symbol: what it did is in the book, fill by fill, but which part of
it concerned a trade nobody said. Without this a trade would go on closing what is not there.
"""

from decimal import Decimal

from domain.decision import adoption
from domain.decision.closing import finish
from domain.decision.safety_facts import PositionAdjusted
from domain.decision.state import Turn
from domain.decision.surveillance import remark
from domain.execution.trade import ExitReason, Trade
from domain.shared.amounts import ZERO


def align(turn: Turn) -> None:
    """Let every trade hold what the book does; one whose position is gone is over."""
    differing = turn.oversight.reconciliation.differing
    for symbol, trade in tuple(turn.trades.items()):
        position = turn.book.positions.get(symbol)
        booked = ZERO if position is None else position.quantity
        held = booked * trade.plan.side.sign
        is_turned = held < ZERO  # and so is not minded, though the trade may count it
        agrees = held == trade.held and not is_turned
        if trade.bought <= ZERO or agrees or symbol in differing:
            continue
        price = trade.entry_price
        turn.said.append(
            PositionAdjusted(turn.at_ms, symbol, booked - trade.held * trade.plan.side.sign, price)
        )
        _moved(turn, trade, held, price)


def _moved(turn: Turn, trade: Trade, held: Decimal, price: Decimal) -> None:
    """Let *trade* hold *held*, as if at *price* it had been added to or left."""
    change = max(held, ZERO) - trade.held
    if change > ZERO and held > ZERO:
        bought, cost = trade.bought + change, trade.cost + change * price
        turn.put_trade(trade._replace(bought=bought, cost=cost))
        return
    sold, proceeds = trade.sold - change, trade.proceeds - change * price
    trade = trade._replace(sold=sold, proceeds=proceeds)
    if held > ZERO:
        turn.put_trade(trade)
        return
    finish(turn, trade, turn.at_ms, trade.exit_reason or ExitReason.EXTERNAL)
    remark(turn)
    position = turn.book.positions.get(trade.plan.symbol)
    if position is not None:
        adoption.adopt(turn, position)
