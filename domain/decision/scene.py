"""What the gates may look at, gathered from the state of the desk."""

from domain.decision.orders import may_still_open
from domain.decision.state import Turn
from domain.monitoring.symbol_performance import SymbolRecord
from domain.risk.verdict import Scene

_NO_RECORD = SymbolRecord()
_MINUTE_MS = 60_000


def scene_of(state: Turn, symbol: str) -> Scene:
    """Return what the gates may look at. What may still open counts as open, at full size."""
    gross = net = of_symbol = risk = margin = 0.0
    for trade in state.trades.values():
        plan = trade.plan
        price = state.marks.get(plan.symbol) or float(plan.price)
        notional = float(trade.held + may_still_open(state, trade)) * price
        gross += notional
        net += notional * plan.side.sign
        margin += notional / plan.leverage
        risk += notional * float(plan.exits.stop + plan.exits.costs)
        if plan.symbol == symbol:
            of_symbol = notional
    late = state.at_ms - _MINUTE_MS
    return Scene(
        state.at_ms,
        state.mode,
        state.policy,
        state.instruments[symbol],
        state.stop,
        state.watch,
        state.records.get(symbol, _NO_RECORD),
        symbol in state.trades,
        len(state.trades),
        gross,
        net,
        of_symbol,
        risk,
        margin,
        sum(1 for t in state.entries if t > late),
    )
