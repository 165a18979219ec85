"""What the gates may look at, gathered from the state of the desk."""

from domain.decision.danger import permission
from domain.decision.orders import may_still_open
from domain.decision.state import Turn
from domain.governance.orchestrator_policy import FREE, Stance, stance_after
from domain.market.messages import Quote
from domain.monitoring.symbol_performance import SymbolRecord
from domain.risk.advanced_risk import Held
from domain.risk.supervision import reading_of
from domain.risk.verdict import Scene

_NO_RECORD = SymbolRecord()
_MINUTE_MS = 60_000


def restance(turn: Turn, quote: Quote, agreement: float) -> Stance:
    """Let the orchestrator take its stance on *quote*'s symbol, and return it."""
    symbol, oversight = quote.symbol, turn.oversight
    record = turn.records.get(symbol, _NO_RECORD)
    reading = reading_of(quote, agreement, turn.stop.mode, record, turn.watch, turn.policy)
    held = oversight.stances.get(symbol, FREE)
    stance = stance_after(held, reading, turn.at_ms, turn.policy)
    if stance is not held:
        turn.oversee(stances={**oversight.stances, symbol: stance})
    return stance


def scene_of(state: Turn, symbol: str) -> Scene:
    """Return what the gates may look at. What may still open counts as open, at full size."""
    gross = net = of_symbol = risk = margin = 0.0
    held = []
    for trade in state.trades.values():
        plan = trade.plan
        price = state.marks.get(plan.symbol) or float(plan.price)
        notional = float(trade.held + may_still_open(state, trade)) * price
        gross += notional
        net += notional * plan.side.sign
        margin += notional / plan.leverage
        risk += notional * float(plan.exits.stop + plan.exits.costs)
        held.append(Held(plan.symbol, plan.side, notional))
        if plan.symbol == symbol:
            of_symbol = notional
    late = state.at_ms - _MINUTE_MS
    oversight = state.oversight
    known = oversight.reconciliation
    for grave in known.graves.values():  # an entry proven absent may have been accepted late
        gross += grave.notional
        net += grave.notional * grave.side.sign
        margin += grave.notional
        held.append(Held(grave.symbol, grave.side, grave.notional))
    return Scene(
        state.at_ms,
        state.mode,
        state.policy,
        state.instruments[symbol],
        state.stop,
        state.watch,
        state.records.get(symbol, _NO_RECORD),
        symbol in state.trades,
        len(state.trades) + len(known.graves),
        gross,
        net,
        of_symbol,
        risk,
        margin,
        sum(1 for t in state.entries if t > late),
        oversight.in_force,
        permission(state),
        oversight.stances.get(symbol, FREE),
        oversight.funding.get(symbol),
        oversight.measures,
        tuple(held),
        known.is_synced,
        known.remote and known.is_quarantined(symbol),
    )
