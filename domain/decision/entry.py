"""From a candidate to an entry order, or to a refusal that tells the whole story."""

from decimal import Decimal

from domain.ai.ensemble import Opinion, vote
from domain.decision import shadow
from domain.decision.advising import advised, secured
from domain.decision.facts import EntryApproved, EntryRefused, SignalSkipped
from domain.decision.messages import Candidate
from domain.decision.orders import close
from domain.decision.safety_facts import GateFailed
from domain.decision.scene import restance, scene_of
from domain.decision.state import Turn, Waiting
from domain.decision.working import begin
from domain.execution.dynamic_tpsl import ExitPlan, plan_exits
from domain.execution.position_sizing import Sized, size, wanted_notional
from domain.execution.trade import ExitReason, Trade, TradePlan, TradeState
from domain.governance.advice_policy import AdviceMode
from domain.governance.orchestrator_policy import ExitStyle, left_by
from domain.market.instrument import FilterFault
from domain.risk.pipeline import PIPELINE
from domain.risk.safety_governor import leave_of, sanction
from domain.risk.signal_quality import is_noisy, quality
from domain.risk.verdict import Approved, Check, Objection, Proposal, Refused, judge
from domain.shared.amounts import ZERO
from domain.shared.enums import Action, Side
from domain.shared.identity import trace_id

_MINUTE_MS = 60_000
_OPEN = (TradeState.OPEN, TradeState.PROTECTED)


def consider(turn: Turn, candidate: Candidate, born_ms: int) -> None:
    """Act on what the voters say of one symbol: enter, leave, turn round, or do nothing."""
    opinion = vote(candidate.votes)
    symbol = candidate.quote.symbol
    trade = turn.trades.get(symbol)
    if opinion.action is Action.HOLD:
        _skip(turn, candidate, opinion, born_ms)
        return
    if opinion.action is Action.FLAT:
        turn.drop_waiting(symbol)
        shadow.answer(turn, symbol, None, float(candidate.quote.price))
        if trade is not None and trade.state in _OPEN:
            close(turn, trade, ExitReason.FLAT_SIGNAL)
        return
    side = Side.BUY if opinion.action is Action.BUY else Side.SELL
    shadow.answer(turn, symbol, side, float(candidate.quote.price))
    if trade is not None and trade.plan.side is side and trade.state is not TradeState.CLOSING:
        return  # it confirms what is held or on its way: nothing to decide
    if trade is not None and trade.state in _OPEN:
        _turn_round(turn, candidate, opinion, born_ms, trade)
    elif symbol not in turn.instruments:
        _skip(turn, candidate, opinion, born_ms)
    else:
        _propose(turn, candidate, opinion, side, born_ms)


def _skip(turn: Turn, candidate: Candidate, opinion: Opinion, born_ms: int) -> None:
    symbol = candidate.quote.symbol
    policy = turn.policy
    check = quality(opinion, candidate.quote.atr_fraction, policy)
    reason = "no_direction" if check.objection is None else check.objection.value
    if symbol not in turn.instruments:
        reason = "unknown_symbol"  # nothing is known of its filters, so nothing may be entered
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
    policy = turn.policy
    if quality(opinion, candidate.quote.atr_fraction, policy).objection is not None:
        _skip(turn, candidate, opinion, born_ms)
        return
    close(turn, trade, ExitReason.OPPOSITE_SIGNAL)
    if policy.allow_flip:
        waits = Waiting(born_ms, born_ms + policy.entry_ttl_ms, candidate)
        turn.waiting = {**turn.waiting, trade.plan.symbol: waits}


def _propose(turn: Turn, candidate: Candidate, opinion: Opinion, side: Side, born_ms: int) -> None:
    quote = candidate.quote
    policy = turn.policy
    trace = trace_id(quote.symbol, born_ms)
    stance = restance(turn, quote, opinion.agreement)
    secure = left_by(stance, policy).exits is ExitStyle.SECURE
    exits = plan_exits(
        quote.atr_fraction,
        policy,
        _distance(quote.price, candidate.stop, -side.sign),
        _distance(quote.price, candidate.target, side.sign),
        secure=secure or secured(turn, trace, quote),
    )
    equity = Decimal(turn.equity)
    notional = wanted_notional(policy, equity, exits.stop, exits.costs)
    proposal = Proposal(
        trace,
        side,
        quote,
        opinion,
        notional,
        exits.stop,
        exits.reward,
        exits.costs,
    )
    _judge(turn, candidate, proposal, exits)


def _judge(turn: Turn, candidate: Candidate, proposal: Proposal, exits: ExitPlan) -> None:
    """Ask every gate, then the governor; enter if none objects."""
    quote, policy = proposal.quote, turn.policy
    scene = scene_of(turn, quote.symbol)
    verdict = judge(proposal, scene, PIPELINE)
    if isinstance(verdict, Refused):
        _refuse(turn, proposal, verdict.objections, verdict.checks)
        for gate, error in verdict.failures:
            turn.said.append(GateFailed(turn.at_ms, proposal.trace, quote.symbol, gate, error))
        shadow.take(turn, proposal, scene, verdict)
        return
    limits = leave_of(proposal, scene).limits
    sized = size(verdict, limits, policy, scene.instrument, Decimal(turn.equity))
    if policy.rl_mode is not AdviceMode.OFF and not isinstance(sized, FilterFault):
        sized = advised(turn, proposal, sized)
    if isinstance(sized, FilterFault):
        last = Check("sizing", ZERO, Objection.TOO_SMALL, float(proposal.notional), 0.0)
        _refuse(turn, proposal, (Objection.TOO_SMALL,), (*verdict.checks, last))
        return
    veto = sanction(sized.quantity, sized.notional, sized.leverage, proposal, scene)
    if veto is None:
        _enter(turn, verdict, sized, exits, candidate)
        return
    last = Check("safety_governor", ZERO, veto, float(sized.notional), 0.0)
    _refuse(turn, proposal, (veto,), (*verdict.checks, last))


def _distance(price: Decimal, level: Decimal | None, sign: int) -> Decimal | None:
    """Return how far *level* lies from *price* on the side *sign*, as a fraction; None if not."""
    if level is None or not level.is_finite() or not price.is_finite() or price <= ZERO:
        return None
    distance = (level - price) * sign / price
    return distance if distance > ZERO else None


def _refuse(
    turn: Turn, proposal: Proposal, objections: tuple[Objection, ...], checks: tuple[Check, ...]
) -> None:
    quote = proposal.quote
    turn.said.append(
        EntryRefused(
            turn.at_ms,
            proposal.trace,
            quote.symbol,
            proposal.side,
            quote.price,
            proposal.opinion.confidence,
            objections,
            checks,
            turn.policy.version,
        )
    )


def _enter(
    turn: Turn, approved: Approved, sized: Sized, exits: ExitPlan, candidate: Candidate
) -> None:
    proposal, opinion = approved.proposal, approved.proposal.opinion
    quote, price = proposal.quote, proposal.quote.price
    atr = price * Decimal(quote.atr_fraction) if quote.atr_fraction > 0.0 else ZERO
    plan = TradePlan(
        proposal.trace,
        quote.symbol,
        proposal.side,
        turn.at_ms,
        price,
        sized.quantity,
        sized.leverage,
        exits,
        atr,
        opinion.confidence,
        quote.regime,
    )
    begin(turn, plan, quote)
    late = turn.at_ms - _MINUTE_MS
    turn.entries = (*(t for t in turn.entries if t > late), turn.at_ms)
    agreeing = (v for v in candidate.votes if v.action is opinion.action and not v.fallback)
    models = tuple(v.model for v in agreeing if 0.0 <= v.confidence <= 1.0)
    turn.said.append(_approval(turn, approved, sized, exits, models))


def _approval(
    turn: Turn, approved: Approved, sized: Sized, exits: ExitPlan, models: tuple[str, ...]
) -> EntryApproved:
    proposal = approved.proposal
    quote, opinion = proposal.quote, proposal.opinion
    return EntryApproved(
        turn.at_ms,
        proposal.trace,
        quote.symbol,
        proposal.side,
        quote.price,
        sized.quantity,
        sized.notional,
        sized.leverage,
        opinion.confidence,
        opinion.agreement,
        models,
        exits.stop,
        exits.reward,
        quote.atr_fraction,
        quote.regime,
        approved.factor,
        approved.checks,
        turn.policy.version,
    )
