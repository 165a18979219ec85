"""The working of an entry: its children are sent, priced anew and counted, event by event.

Rule 1: one child lives at a time, and nothing is sent while it is not known what became of one.
Rule 2: where the leave to enter is gone the work stops; what is bought is kept, and guarded.
Rule 3: no child is larger than what is approved, less what is bought: a fill that comes late calls
off what would be too much. Beyond a wire the next child waits until such fills have come.
Rule 4: an entry is complete when its work is over and no child lives; only then it has targets.
"""

from typing import Final

from domain.decision.children import (
    child_of,
    has_more,
    is_unknown,
    last_id,
    limit_of,
    may_go_on,
    place,
    send,
)
from domain.decision.facts import TradeAborted, TradeExecuted
from domain.decision.orders import place_exit
from domain.decision.state import State, Turn
from domain.execution.dynamic_tpsl import levels
from domain.execution.messages import CancelOrder, OrderKind, Permit
from domain.execution.order import Order
from domain.execution.smart_execution import Child, Wish, Work, choose
from domain.execution.trade import ExitReason, Trade, TradePlan, begun
from domain.market.messages import Quote
from domain.shared.amounts import ZERO
from domain.shared.identity import Leg

FILLED: Final = "filled"
# A resting order came too late to rest: a normal outcome, no error of the venue's or ours.
CROSSED: Final = frozenset({"would_cross", "-5022"})
WORK_STOPPED: Final = "work_stopped"
_SECOND_MS: Final = 1_000
_DOUBLINGS_MAX: Final = 6


def begin(turn: Turn, plan: TradePlan, quote: Quote) -> None:
    """Send the entry of *plan*, approved just now, or the first child of its work."""
    policy, now = turn.policy, turn.at_ms
    permit = Permit(turn.stop.epoch, policy.version, now + policy.entry_ttl_ms)
    wish = Wish(
        plan.side,
        plan.ordered,
        plan.price,
        quote.spread_fraction,
        quote.depth_usd,
        plan.confidence,
        now,
        permit,
    )
    work = choose(wish, policy, turn.instruments[plan.symbol])
    trade = begun(plan)._replace(work=work)
    turn.put_trade(trade)
    if work is None:
        place(turn, trade, Child(OrderKind.MARKET, plan.ordered, None), 0, permit)
        return
    turn.marks = {plan.symbol: float(plan.price), **turn.marks}
    if not send(turn, trade, work):
        _end(turn, trade, work)


def is_over(turn: Turn, trade: Trade, order: Order, code: str) -> bool:
    """Go on after a child ended with *code*; tell whether the entry of *trade* is complete now."""
    if trade.work is None:
        return True
    work = _after(turn, trade.work, code)
    if work is not None and not is_unknown(order) and may_go_on(turn, trade, work):
        trade = trade._replace(work=work)
        turn.put_trade(trade)
        waits = turn.at_ms < work.next_ms
        if has_more(turn, trade, work) and (waits or send(turn, trade, work)):
            return False
    turn.put_trade(trade._replace(work=None))
    return True


def _after(turn: Turn, work: Work, code: str) -> Work | None:
    """Return *work* after its child ended with *code*, None when that ends it all."""
    now, idle = turn.at_ms, work._replace(price=None, canceling=False)
    if code == FILLED:
        return idle._replace(next_ms=now if work.rests else work.next_ms, crossed=0)
    if code in CROSSED:
        pause_ms = work.every_ms << min(work.crossed, _DOUBLINGS_MAX)
        return idle._replace(next_ms=now + pause_ms, crossed=work.crossed + 1)
    if work.canceling:
        remote = turn.oversight.reconciliation.remote
        settling_ms = turn.policy.settle_seconds * _SECOND_MS if remote else 0
        return idle._replace(next_ms=now + settling_ms, crossed=0)
    return None


def call_off(turn: Turn, trade: Trade, reason: ExitReason) -> Trade:
    """Return *trade*, which is flat for *reason*, without more to buy.

    Where no child lives any more the entry is complete with that, which is said.
    """
    work = trade.work
    if work is None:
        return trade
    trade = trade._replace(work=None, exit_reason=trade.exit_reason or reason)
    if child_of(turn, trade) is None:
        trade = complete(turn, trade, turn.at_ms, last_id(turn, trade, work))
    return trade


def tend(turn: Turn, trade: Trade) -> None:
    """Do what is due of the work of *trade*: the next child, a better price, an end."""
    work = trade.work
    if work is None:
        return
    live = child_of(turn, trade)
    if is_unknown(live) or not may_go_on(turn, trade, work):
        _stop(turn, trade, work, live)
    elif live is not None:
        if _is_outdated(turn, trade, work, live):
            turn.asked.append(CancelOrder(live.client_id, live.symbol, of_entry=True))
            turn.put_trade(trade._replace(work=work._replace(canceling=True)))
    elif turn.at_ms >= work.next_ms and not send(turn, trade, work):
        _end(turn, trade, work)


def next_work_ms(state: State) -> int | None:
    """Return when some work has something to do next without news, None when there is none.

    A better price is looked for when there is news of prices, and not before.
    """
    due = [
        _due_ms(trade, trade.work, child_of(state, trade))
        for trade in state.trades.values()
        if trade.work is not None
    ]
    return max(min(due), state.at_ms) if due else None


def complete(turn: Turn, trade: Trade, at_ms: int, entry_id: str) -> Trade:
    """Say that the entry is complete and, unless the trade is being left, place its targets."""
    plan = trade.plan
    instrument = turn.instruments[plan.symbol]
    wanted = levels(plan.exits, plan.side, trade.entry_price, trade.bought, instrument)
    for price, quantity in wanted.targets if trade.exit_reason is None else ():
        kind = OrderKind.TAKE_PROFIT_MARKET
        trade, _ = place_exit(turn, trade, Leg.TARGET, kind, quantity, price)
    price = trade.entry_price
    slippage = (price - plan.price) * plan.side.sign
    turn.said.append(
        TradeExecuted(
            at_ms,
            plan.trade_id,
            plan.symbol,
            plan.side,
            trade.bought,
            price,
            trade.cost,
            slippage,
            entry_id,
        )
    )
    return trade


def abort(turn: Turn, trade: Trade, code: str) -> None:
    """Forget *trade*, of which nothing was bought, and say so."""
    plan, symbol = trade.plan, trade.plan.symbol
    turn.drop_trade(symbol)
    if symbol not in turn.book.positions and symbol not in turn.oversight.shadow.trades:
        turn.marks = {s: m for s, m in turn.marks.items() if s != symbol}
    turn.said.append(TradeAborted(turn.at_ms, plan.trade_id, symbol, code))


def _is_outdated(turn: Turn, trade: Trade, work: Work, live: Order) -> bool:
    """Tell whether the *live* child is too much, too late, or worse priced than it need be."""
    if work.canceling:
        return False
    resting = (live.quantity or ZERO) - live.filled
    if trade.bought + resting > trade.plan.ordered:
        return True
    if work.price is None:
        return False
    if turn.at_ms >= work.deadline_ms:
        return True
    gain = (limit_of(turn, trade, work) - work.price) * trade.plan.side.sign
    return turn.at_ms >= work.next_ms and gain > ZERO


def _stop(turn: Turn, trade: Trade, work: Work, live: Order | None) -> None:
    """Let nothing more be sent. A live child is called off where nobody else does that."""
    trade = trade._replace(work=None)
    turn.put_trade(trade)
    if live is None:
        _end(turn, trade, work)
        return
    others_do = trade.is_left or work.canceling or turn.at_ms >= work.permit.expires_ms
    if not (others_do or is_unknown(live)):
        turn.asked.append(CancelOrder(live.client_id, live.symbol, of_entry=True))


def _end(turn: Turn, trade: Trade, work: Work) -> None:
    """End an entry of which no child lives."""
    trade = trade._replace(work=None)
    if trade.bought > ZERO:
        turn.put_trade(complete(turn, trade, turn.at_ms, last_id(turn, trade, work)))
    else:
        abort(turn, trade, WORK_STOPPED)


def _due_ms(trade: Trade, work: Work, live: Order | None) -> int:
    """Return when `tend` has something to do for *work*, whatever prices do."""
    if trade.is_left or is_unknown(live):
        return 0
    if live is None:
        return min(work.next_ms, work.permit.expires_ms)
    if work.price is None or work.canceling:
        return work.permit.expires_ms
    return work.deadline_ms
