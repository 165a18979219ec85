"""Gates 1-6 of the pipeline: whether this desk, on these data, may act on a signal at all."""

from math import isnan

from domain.governance.orchestrator_policy import directive_in
from domain.governance.policy import ExitMode
from domain.market.bars import DAY_MS
from domain.market.messages import DataFault
from domain.risk.emergency_stop import RiskMode
from domain.risk.limits import limits_in
from domain.risk.verdict import Check, Objection, Proposal, Scene
from domain.shared.amounts import ONE, ZERO


def emergency_and_policy(_: Proposal, scene: Scene) -> Check:
    """Gate 1: the emergency stop leaves entries open, and so does the policy."""
    name, mode = "emergency_stop", scene.stop.mode
    if mode is RiskMode.EMERGENCY or scene.stop.halted:
        return Check(name, ZERO, Objection.EMERGENCY_STOP, float(mode), float(RiskMode.PROTECTIVE))
    if not scene.policy.allow_new_trades:
        return Check(name, ZERO, Objection.NEW_TRADES_OFF, 0.0, 1.0)
    return Check(name, ONE, None, float(mode), float(RiskMode.PROTECTIVE))


def environment(proposal: Proposal, scene: Scene) -> Check:
    """Gate 2: the prices come from the environment that orders go to."""
    same = proposal.quote.source is scene.mode
    if same:
        return Check("environment", ONE, None, 1.0, 1.0)
    return Check("environment", ZERO, Objection.WRONG_ENVIRONMENT, 0.0, 1.0)


def data_quality(proposal: Proposal, scene: Scene) -> Check:
    """Gate 3: data are whole and fresh, the spread is fair, volatility known where it is used."""
    name, quote, policy = "data_quality", proposal.quote, scene.policy
    warm_up = quote.fault is DataFault.WARM_UP
    whole = quote.price.is_finite() and quote.price > ZERO
    if not whole or (quote.fault is not None and not warm_up):
        return Check(name, ZERO, Objection.DATA_FAULT, 1.0, 0.0)
    if policy.exits is ExitMode.ATR and (warm_up or isnan(quote.atr_fraction)):
        return Check(name, ZERO, Objection.VOLATILITY_UNKNOWN, 0.0, 1.0)
    if not quote.spread_fraction <= policy.spread_max:
        return Check(
            name, ZERO, Objection.SPREAD_TOO_WIDE, quote.spread_fraction, policy.spread_max
        )
    if policy.symbols and quote.symbol not in policy.symbols:
        return Check(name, ZERO, Objection.SYMBOL_NOT_ALLOWED, 0.0, 1.0)
    return Check(name, ONE, None, quote.spread_fraction, policy.spread_max)


def directive(proposal: Proposal, scene: Scene) -> Check:
    """Gate 5: what supervision leaves in this regime, and the confidence the mode demands."""
    name, quote = "directive", proposal.quote
    order = directive_in(quote.regime, quote.atr_fraction, scene.policy)
    if not order.allow_entries:
        return Check(name, ZERO, Objection.DIRECTIVE, 0.0, 1.0)
    floor = limits_in(scene.stop.mode, scene.policy).confidence
    confidence = proposal.opinion.confidence
    if not confidence >= floor:
        return Check(name, ZERO, Objection.CONFIDENCE_BELOW_MODE, confidence, floor)
    return Check(name, order.size, None, confidence, floor)


def symbol_performance(_: Proposal, scene: Scene) -> Check:
    """Gate 6: the symbol has not churned, nor lost too often or too much."""
    name, policy, record = "symbol_performance", scene.policy, scene.record
    paused = scene.at_ms - record.closed_ms < policy.churn_pause_minutes * 60_000
    if paused and record.losses_in_row >= policy.losses_in_row_max:
        return Check(
            name,
            ZERO,
            Objection.LOSSES_IN_ROW,
            float(record.losses_in_row),
            float(policy.losses_in_row_max),
        )
    if record.day == scene.at_ms // DAY_MS:
        cap = policy.round_trips_per_day_max
        if paused and record.round_trips >= cap:
            return Check(
                name, ZERO, Objection.ROUND_TRIPS_PER_DAY, float(record.round_trips), float(cap)
            )
        lost, most = record.lost_usd, float(policy.symbol_daily_loss_max) * scene.watch.equity
        if not lost <= most:
            return Check(name, ZERO, Objection.SYMBOL_DAILY_LOSS, lost, most)
    return Check(name, ONE, None, float(record.losses_in_row), float(policy.losses_in_row_max))
