"""The end of a trade: its facts, its leftovers, and who was waiting for its symbol to be flat."""

from domain.decision.advising import learn
from domain.decision.entry import consider
from domain.decision.facts import TradeClosed
from domain.decision.orders import cancel_rest
from domain.decision.safety_facts import AlertCode, RiskAlert
from domain.decision.state import Turn
from domain.decision.surveillance import remark
from domain.execution.trade import ExitReason, Trade
from domain.monitoring.drawdown import after_close as counted
from domain.monitoring.symbol_performance import SymbolRecord, after_close
from domain.shared.amounts import ZERO

_NO_RECORD = SymbolRecord()


def finish(turn: Turn, trade: Trade, at_ms: int, reason: ExitReason) -> None:
    """Close the books on *trade*, sweep its orders, and let a waiting signal be judged."""
    plan, symbol = trade.plan, trade.plan.symbol
    turn.drop_trade(symbol)
    cancel_rest(turn, plan.trade_id)
    net = trade.net_pnl
    risk = trade.cost * (plan.exits.stop + plan.exits.costs)
    net_r = float(net / risk) if risk > ZERO else 0.0
    record = after_close(turn.records.get(symbol, _NO_RECORD), at_ms, float(net), net_r)
    turn.watch = counted(turn.watch, float(net))
    outs = turn.stop_outs
    if reason is ExitReason.STOP:
        since = at_ms - turn.policy.stop_out_window_minutes * 60_000
        outs = (*(t for t in outs if t > since), at_ms)
    turn.records = {**turn.records, symbol: record}
    turn.stop_outs = outs
    learn(turn, plan.trade_id, net_r)
    turn.settle(symbol, trade.fills)
    turn.said.append(_closed(trade, at_ms, reason, net_r))
    if symbol in turn.oversight.refused:
        refused = {s: r for s, r in turn.oversight.refused.items() if s != symbol}
        turn.oversee(refused=refused)
    if net < ZERO and record.losses_in_row == turn.policy.suspend_losses:
        limit = float(turn.policy.suspend_losses)
        text = f"{symbol}: suspended after {record.losses_in_row} losses in a row"
        code, seen = AlertCode.SYMBOL_SUSPENDED, float(record.losses_in_row)
        turn.said.append(RiskAlert(at_ms, code, symbol, seen, limit, text))
    if symbol in turn.waiting:
        _let_in(turn, symbol, at_ms)


def _let_in(turn: Turn, symbol: str, at_ms: int) -> None:
    """Judge the signal that waited for *symbol*, on the drawdown that this close has left."""
    remark(turn)
    waits = turn.waiting.get(symbol)
    turn.drop_waiting(symbol)
    if waits is not None and at_ms <= waits.expires_ms:
        consider(turn, waits.candidate, waits.born_ms)


def _closed(trade: Trade, at_ms: int, reason: ExitReason, net_r: float) -> TradeClosed:
    plan = trade.plan
    return TradeClosed(
        at_ms,
        plan.trade_id,
        plan.symbol,
        plan.side,
        trade.opened_ms,
        trade.entry_price,
        trade.proceeds / trade.sold,
        trade.bought,
        trade.realised,
        trade.fees,
        trade.funding,
        trade.net_pnl,
        net_r,
        reason,
        plan.confidence,
        plan.regime,
    )
