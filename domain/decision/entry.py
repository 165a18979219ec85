"""From a candidate to an entry order, or to a refusal that tells the whole story."""

from decimal import Decimal

from domain.ai.ensemble import Opinion, vote
from domain.decision.facts import EntryApproved, EntryRefused, SignalSkipped
from domain.decision.messages import Candidate
from domain.decision.orders import close, place_entry
from domain.decision.state import State, Turn, Waiting
from domain.execution.dynamic_tpsl import ExitPlan, plan_exits
from domain.execution.messages import OrderKind, Permit, PlaceEntry
from domain.execution.position_sizing import Sized, size, wanted_notional
from domain.execution.trade import ExitReason, Trade, TradePlan, TradeState, begun
from domain.market.instrument import FilterFault
from domain.monitoring.symbol_performance import SymbolRecord
from domain.risk.limits import limits_in
from domain.risk.pipeline import PIPELINE
from domain.risk.signal_quality import is_noisy, quality
from domain.risk.verdict import Approved, Check, Objection, Proposal, Refused, Scene, judge
from domain.shared.amounts import ONE, ZERO
from domain.shared.enums import Action, Side
from domain.shared.identity import Leg, client_id, trace_id

_NO_RECORD = SymbolRecord()
_MINUTE_MS = 60_000
_OPEN = (TradeState.OPEN, TradeState.PROTECTED)


def consider(turn: Turn, candidate: Candidate, born_ms: int) -> None:
    """Act on what the voters say of one symbol: enter, leave, turn round, or do nothing."""
    opinion = vote(candidate.votes)
    symbol = candidate.quote.symbol
    trade = turn.state.trades.get(symbol)
    if opinion.action is Action.HOLD:
        _skip(turn, candidate, opinion, born_ms)
        return
    if opinion.action is Action.FLAT:
        if trade is not None and trade.state in _OPEN:
            close(turn, trade, ExitReason.FLAT_SIGNAL)
        return
    side = Side.BUY if opinion.action is Action.BUY else Side.SELL
    if trade is not None and trade.plan.side is side and trade.state is not TradeState.CLOSING:
        return  # it confirms what is held or on its way: nothing to decide
    if trade is not None and trade.state in _OPEN:
        _turn_round(turn, candidate, opinion, born_ms, trade)
        return
    _propose(turn, candidate, opinion, side, born_ms)


def _skip(turn: Turn, candidate: Candidate, opinion: Opinion, born_ms: int) -> None:
    symbol = candidate.quote.symbol
    policy = turn.state.policy
    check = quality(opinion, candidate.quote.atr_fraction, policy)
    reason = "no_direction" if check.objection is None else check.objection.value
    noisy = is_noisy(opinion, policy)
    turn.said.append(
        SignalSkipped(
            born_ms,
            trace_id(symbol, born_ms),
            symbol,
            opinion.action,
            reason,
            check.value,
            check.limit,
            noisy,
        )
    )


def _turn_round(
    turn: Turn, candidate: Candidate, opinion: Opinion, born_ms: int, trade: Trade
) -> None:
    """Close *trade* for a good opposite signal; the entry waits until the symbol is flat."""
    policy = turn.state.policy
    if quality(opinion, candidate.quote.atr_fraction, policy).objection is not None:
        _skip(turn, candidate, opinion, born_ms)
        return
    close(turn, trade, ExitReason.OPPOSITE_SIGNAL)
    if policy.allow_flip:
        state = turn.state
        waits = Waiting(born_ms, born_ms + policy.entry_ttl_ms, candidate)
        turn.state = state._replace(waiting={**state.waiting, trade.plan.symbol: waits})


def _propose(turn: Turn, candidate: Candidate, opinion: Opinion, side: Side, born_ms: int) -> None:
    state, quote = turn.state, candidate.quote
    policy = state.policy
    exits = plan_exits(
        quote.atr_fraction,
        policy,
        _distance(quote.price, candidate.stop, -side.sign),
        _distance(quote.price, candidate.target, side.sign),
    )
    equity = Decimal(state.equity)
    notional = wanted_notional(policy, equity, exits.stop, exits.costs)
    proposal = Proposal(
        trace_id(quote.symbol, born_ms),
        side,
        quote,
        opinion,
        notional,
        exits.stop,
        exits.reward,
        exits.costs,
    )
    verdict = judge(proposal, _scene(state, quote.symbol), PIPELINE)
    if isinstance(verdict, Refused):
        _refuse(turn, proposal, verdict.objections, verdict.checks)
        return
    limits = limits_in(state.stop.mode, policy)
    sized = size(verdict, limits, policy, state.instruments[quote.symbol], equity)
    if isinstance(sized, FilterFault):
        small = Check("sizing", ZERO, Objection.TOO_SMALL, float(proposal.notional), 0.0)
        _refuse(turn, proposal, (Objection.TOO_SMALL,), (*verdict.checks, small))
        return
    _enter(turn, verdict, sized, exits, candidate)


def _distance(price: Decimal, level: Decimal | None, sign: int) -> Decimal | None:
    """Return how far *level* lies from *price* on the side *sign*, as a fraction; None if not."""
    if level is None:
        return None
    distance = (level - price) * sign / price
    return distance if distance > ZERO else None


def _refuse(
    turn: Turn, proposal: Proposal, objections: tuple[Objection, ...], checks: tuple[Check, ...]
) -> None:
    quote = proposal.quote
    turn.said.append(
        EntryRefused(
            turn.state.at_ms,
            proposal.trace,
            quote.symbol,
            proposal.side,
            quote.price,
            proposal.opinion.confidence,
            objections,
            checks,
            turn.state.policy.version,
        )
    )


def _enter(
    turn: Turn, approved: Approved, sized: Sized, exits: ExitPlan, candidate: Candidate
) -> None:
    state, proposal = turn.state, approved.proposal
    quote, side, opinion = proposal.quote, proposal.side, proposal.opinion
    price, policy = quote.price, state.policy
    atr = price * Decimal(quote.atr_fraction) if quote.atr_fraction > 0.0 else ZERO
    plan = TradePlan(
        proposal.trace,
        quote.symbol,
        side,
        state.at_ms,
        price,
        sized.quantity,
        sized.leverage,
        exits,
        atr,
        opinion.confidence,
        quote.regime,
    )
    instrument = state.instruments[quote.symbol]
    if side is Side.BUY:
        collar = instrument.price_below(price * (ONE + policy.price_collar))
    else:
        collar = instrument.price_above(price * (ONE - policy.price_collar))
    entry = PlaceEntry(
        client_id(state.fencing, proposal.trace, Leg.ENTRY, 0),
        quote.symbol,
        side,
        OrderKind.MARKET,
        sized.quantity,
        None,
        collar,
        sized.leverage,
        Permit(state.stop.epoch, policy.version, state.at_ms + policy.entry_ttl_ms),
    )
    trade = begun(plan)
    turn.put_trade(trade)
    place_entry(turn, entry, trade)
    late = state.at_ms - _MINUTE_MS
    recent = (*(t for t in state.entries if t > late), state.at_ms)
    turn.state = turn.state._replace(entries=recent)
    turn.said.append(
        EntryApproved(
            state.at_ms,
            proposal.trace,
            quote.symbol,
            side,
            price,
            sized.quantity,
            sized.notional,
            sized.leverage,
            opinion.confidence,
            opinion.agreement,
            tuple(v.model for v in candidate.votes if v.action is opinion.action),
            exits.stop,
            exits.reward,
            quote.atr_fraction,
            quote.regime,
            approved.factor,
            approved.checks,
            policy.version,
        )
    )


def _scene(state: State, symbol: str) -> Scene:
    """Return what the gates may look at. What may still open counts as open, at full size."""
    gross = net = of_symbol = risk = margin = 0.0
    for trade in state.trades.values():
        plan = trade.plan
        price = state.marks.get(plan.symbol) or float(plan.price)
        notional = float(plan.ordered if trade.state is TradeState.ENTERING else trade.held) * price
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
