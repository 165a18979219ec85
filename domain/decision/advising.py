"""Learnt advice at work: applied after every clamp, and rewarded by what the fills came to."""

from domain.ai.rl.exit_agent import ExitProfile, exit_advice
from domain.ai.rl.memory import Taken, noted, taught
from domain.ai.rl.sizing_agent import WARY, size_advice, state_of
from domain.ai.rl.trust import key_of
from domain.decision.state import Turn
from domain.execution.position_sizing import Sized, lessened
from domain.governance.advice_policy import AdviceMode
from domain.market.instrument import FilterFault
from domain.market.messages import Quote, Regime
from domain.risk.verdict import Proposal
from domain.shared.enums import RunMode


def regime_of(turn: Turn, quote: Quote) -> Regime:
    """Return the regime that advice goes by: what ATR says now is not waited for."""
    if quote.regime not in WARY and not quote.atr_fraction < turn.policy.high_volatility_atr:
        return Regime.HIGH_VOLATILITY
    return quote.regime


def secured(turn: Turn, trace: str, quote: Quote) -> bool:
    """Tell whether advice is to take all gains at the first target."""
    return _profile(turn, trace, quote) is ExitProfile.SECURE


def advised(turn: Turn, proposal: Proposal, sized: Sized) -> Sized | FilterFault:
    """Return what advice leaves of *sized*, and note what was done until its reward is known."""
    quote, policy, memory = proposal.quote, turn.policy, turn.oversight.memory
    regime, confidence = regime_of(turn, quote), proposal.opinion.confidence
    advice = size_advice(
        memory.sizes, proposal.trace, regime, confidence, policy, live=_is_live(turn)
    )
    taken = Taken(
        key_of(state_of(regime, confidence), advice.action.value),
        key_of(regime.value, _profile(turn, proposal.trace, quote).value),
    )
    turn.oversee(memory=noted(memory, proposal.trace, taken))
    instrument = turn.instruments[quote.symbol]
    return lessened(sized, advice.factor, advice.leverage, quote.price, instrument)


def learn(turn: Turn, trade_id: str, net_r: float) -> None:
    """Let the advisors learn from a closed trade: *net_r* is what its fills came to, in R."""
    memory = turn.oversight.memory
    if turn.policy.rl_mode is not AdviceMode.OFF and trade_id in memory.pending:
        turn.oversee(memory=taught(memory, trade_id, net_r))


def _profile(turn: Turn, trace: str, quote: Quote) -> ExitProfile:
    table = turn.oversight.memory.exits
    return exit_advice(table, trace, regime_of(turn, quote), turn.policy, live=_is_live(turn))


def _is_live(turn: Turn) -> bool:
    return turn.mode is RunMode.LIVE
