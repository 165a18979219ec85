"""The risk guard: gates 8, 9, 11, 12 and 13, the limits of one trade and of all together.

What may still open counts as open: an entry order on its way holds its slot, its exposure and its
risk at full size, so two entries of one instant cannot both slip under a cap. Comparisons are put
so that a NaN fails them: what is unknown is never allowed.
"""

from decimal import ROUND_UP, Context, Decimal
from math import inf
from typing import Final

from domain.governance.policy import Policy
from domain.risk.limits import limits_in, position_cap
from domain.risk.verdict import Check, Objection, Proposal, Scene
from domain.shared.amounts import ONE, ZERO

# A room that is a whole number of steps must not lose one to the last digit of a division; sizing
# rounds down to the step and to the cap afterwards.
_UP: Final = Context(prec=28, rounding=ROUND_UP)


def position_rules(_: Proposal, scene: Scene) -> Check:
    """Gate 8: one position a symbol, entered from flat, after the cooldown, in a free slot."""
    name, policy = "position_rules", scene.policy
    if scene.symbol_busy:
        return Check(name, ZERO, Objection.POSITION_OPEN, 1.0, 0.0)
    waited_ms, wait_ms = scene.at_ms - scene.record.closed_ms, policy.cooldown_minutes * 60_000
    if waited_ms < wait_ms:
        return Check(name, ZERO, Objection.COOLDOWN, waited_ms / 60_000, wait_ms / 60_000)
    used, most = float(scene.slots_used), float(policy.positions_max)
    if used >= most:
        return Check(name, ZERO, Objection.SLOTS_USED, used, most)
    return Check(name, ONE, None, used, most)


def exposure(proposal: Proposal, scene: Scene) -> Check:
    """Gate 9: notional per trade, per symbol, gross, net; reduced to the room that is left."""
    name, policy = "exposure", scene.policy
    equity = scene.watch.equity
    wanted = float(proposal.notional)
    if not (equity > 0.0 and wanted > 0.0):
        return Check(name, ZERO, Objection.EXPOSURE, wanted, 0.0)
    signed = scene.net * proposal.side.sign
    rooms = (
        float(position_cap(scene.stop.mode, policy)),
        float(policy.symbol_exposure_max) * equity - scene.symbol_notional,
        float(policy.gross_exposure_max) * equity - scene.gross,
        float(policy.net_exposure_max) * equity - signed,
    )
    room = min(rooms)
    if not all(left > 0.0 for left in rooms):  # `min` alone would overlook a NaN
        return Check(name, ZERO, Objection.EXPOSURE, wanted, room)
    if wanted <= room:
        return Check(name, ONE, None, wanted, room)
    return Check(name, _UP.divide(Decimal(room), proposal.notional), None, wanted, room)


def margin_and_liquidation(proposal: Proposal, scene: Scene) -> Check:
    """Gate 9, continued: margin in use, and a liquidation price far beyond the stop."""
    name, policy, equity = "margin", scene.policy, scene.watch.equity
    if not equity > 0.0:
        return Check(name, ZERO, Objection.MARGIN_USE, 1.0, 0.0)
    wanted = min(float(proposal.notional), float(position_cap(scene.stop.mode, policy)))
    leverage = min(limits_in(scene.stop.mode, policy).leverage, scene.instrument.leverage_max)
    use = (scene.margin_used + wanted / leverage) / equity
    if not use <= float(policy.margin_use_max):
        return Check(name, ZERO, Objection.MARGIN_USE, use, float(policy.margin_use_max))
    # Cross margin: all positions together may fall by this fraction before the venue closes them.
    held = scene.gross + wanted
    rate = float(scene.instrument.tiers[0].rate)
    distance = inf if held == 0.0 else equity / held - rate
    least = float(policy.liquidation_stop_ratio * proposal.stop)
    if not distance >= least:
        return Check(name, ZERO, Objection.LIQUIDATION_NEAR, distance, least)
    return Check(name, ONE, None, use, float(policy.margin_use_max))


def loss_budget(proposal: Proposal, scene: Scene) -> Check:
    """Gate 11: today's loss, the drawdown, and the sum of all stops stay in their budgets."""
    name, policy, watch = "loss_budget", scene.policy, scene.watch
    if not watch.daily_loss < policy.daily_loss_max:
        return Check(name, ZERO, Objection.DAILY_LOSS, watch.daily_loss, policy.daily_loss_max)
    if not watch.drawdown < policy.drawdown_emergency:
        return Check(
            name, ZERO, Objection.DRAWDOWN_BUDGET, watch.drawdown, policy.drawdown_emergency
        )
    room = float(policy.open_risk_max) * watch.equity - scene.open_risk
    risk = float(proposal.notional * (proposal.stop + proposal.costs))
    if not room > 0.0:
        return Check(name, ZERO, Objection.OPEN_RISK, scene.open_risk + risk, room)
    if risk <= room:
        return Check(name, ONE, None, risk, room)
    return Check(name, Decimal(room / risk), None, risk, room)


def edge_r(confidence: float, proposal: Proposal) -> float:
    """Return the expected value in R, net of costs, if *confidence* is the chance of the targets.

    R is the distance to the stop plus the round trip. A win earns the mean target distance less
    costs, a loss costs one R.
    """
    risk = float(proposal.stop + proposal.costs)
    win = float(proposal.reward - proposal.costs) / risk
    return confidence * win - (1.0 - confidence)


def expected_value(proposal: Proposal, scene: Scene) -> Check:
    """Gate 12: the trade is worth its fees and slippage, and its targets are worth its stop."""
    name, policy = "expected_value", scene.policy
    ratio = (proposal.reward - proposal.costs) / (proposal.stop + proposal.costs)
    if ratio < policy.reward_risk_min:
        return Check(name, ZERO, Objection.REWARD_RISK, float(ratio), float(policy.reward_risk_min))
    edge = edge_r(proposal.opinion.confidence, proposal)
    if not edge > policy.edge_min_r:
        return Check(name, ZERO, Objection.NO_EDGE, edge, policy.edge_min_r)
    return Check(name, ONE, None, edge, policy.edge_min_r)


def order_limits(proposal: Proposal, scene: Scene) -> Check:
    """Gate 13: the venue's filters would pass it, and entries are not sent in a flood."""
    name, policy = "order_limits", scene.policy
    recent, most = float(scene.recent_entries), float(policy.entries_per_minute_max)
    if recent >= most:
        return Check(name, ZERO, Objection.ORDER_RATE, recent, most)
    wanted = min(proposal.notional, _cap(scene, policy))
    least = scene.instrument.notional_min
    if wanted < least:
        return Check(name, ZERO, Objection.FILTER, float(wanted), float(least))
    return Check(name, ONE, None, recent, most)


def _cap(scene: Scene, policy: Policy) -> Decimal:
    return position_cap(scene.stop.mode, policy)
