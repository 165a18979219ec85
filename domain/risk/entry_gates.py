"""Gates 1-3 of the pipeline: whether this desk, on these data, may act on a signal at all."""

from math import isnan

from domain.governance.policy import ExitMode
from domain.market.messages import DataFault
from domain.risk.emergency_stop import RiskMode
from domain.risk.verdict import Check, Objection, Proposal, Scene
from domain.shared.amounts import ONE, ZERO


def emergency_and_policy(_: Proposal, scene: Scene) -> Check:
    """Gate 1: the emergency stop leaves entries open, and so does the policy, which still holds."""
    name, mode, policy = "emergency_stop", scene.stop.mode, scene.policy
    if mode is RiskMode.EMERGENCY or scene.stop.halted:
        return Check(name, ZERO, Objection.EMERGENCY_STOP, float(mode), float(RiskMode.PROTECTIVE))
    if not policy.allow_new_trades:
        return Check(name, ZERO, Objection.NEW_TRADES_OFF, 0.0, 1.0)
    if policy.expires_ms and scene.at_ms >= policy.expires_ms:
        return Check(
            name, ZERO, Objection.POLICY_EXPIRED, float(scene.at_ms), float(policy.expires_ms)
        )
    return Check(name, ONE, None, float(mode), float(RiskMode.PROTECTIVE))


def environment(proposal: Proposal, scene: Scene) -> Check:
    """Gate 2: the prices come from the environment that orders go to, and that is known well."""
    if not scene.synced:
        return Check("environment", ZERO, Objection.NOT_RECONCILED, 0.0, 1.0)
    same = proposal.quote.source is scene.mode
    if same:
        return Check("environment", ONE, None, 1.0, 1.0)
    return Check("environment", ZERO, Objection.WRONG_ENVIRONMENT, 0.0, 1.0)


def data_quality(proposal: Proposal, scene: Scene) -> Check:
    """Gate 3: data are whole and fresh, the spread is fair, volatility known where it is used."""
    name, quote, policy = "data_quality", proposal.quote, scene.policy
    warm_up = quote.fault is DataFault.WARM_UP
    whole = quote.price.is_finite() and quote.price > ZERO and not quote.atr_fraction < 0.0
    if not whole or (quote.fault is not None and not warm_up):
        return Check(name, ZERO, Objection.DATA_FAULT, 1.0, 0.0)
    if policy.exits is ExitMode.ATR and (warm_up or isnan(quote.atr_fraction)):
        return Check(name, ZERO, Objection.VOLATILITY_UNKNOWN, 0.0, 1.0)
    if not 0.0 <= quote.spread_fraction <= policy.spread_max:
        return Check(
            name, ZERO, Objection.SPREAD_TOO_WIDE, quote.spread_fraction, policy.spread_max
        )
    if policy.symbols and quote.symbol not in policy.symbols:
        return Check(name, ZERO, Objection.SYMBOL_NOT_ALLOWED, 0.0, 1.0)
    return Check(name, ONE, None, quote.spread_fraction, policy.spread_max)
