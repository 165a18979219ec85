"""The risk guard: gates 8, 9, 11 and 13, the limits of one trade and of all together.

What may still open counts as open: an entry order on its way holds its slot, its exposure and its
risk at full size, so two entries of one instant cannot both slip under a cap. Comparisons are put
so that a NaN fails them: what is unknown is never allowed. Gates that cap (10, 11) hold what the
position cap leaves of the wanted notional against their room, so that a trade which two of them
would bear is not reduced twice for its size.
"""

from decimal import Decimal
from math import inf, isfinite, isnan

from domain.risk.limits import heights, limits_of, share_of, wanted_usd
from domain.risk.verdict import Check, Objection, Proposal, Scene
from domain.shared.amounts import ONE, ZERO


def position_rules(_: Proposal, scene: Scene) -> Check:
    """Gate 8: one position a symbol, entered from flat, after the cooldown, in a free slot."""
    name, policy = "position_rules", scene.policy
    if scene.symbol_busy:
        return Check(name, ZERO, Objection.POSITION_OPEN, 1.0, 0.0)
    if scene.quarantined:
        return Check(name, ZERO, Objection.QUARANTINED, 1.0, 0.0)
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
    # A negative sum of what is open is no room won: it is wrong, and not to be built on.
    sound = equity > 0.0 and wanted > 0.0 and scene.gross >= 0.0 and scene.symbol_notional >= 0.0
    if not sound:
        return Check(name, ZERO, Objection.EXPOSURE, wanted, 0.0)
    signed = scene.net * proposal.side.sign
    rooms = (
        float(limits_of(scene).position_usd),
        float(policy.symbol_exposure_max) * equity - scene.symbol_notional,
        float(policy.gross_exposure_max) * equity - scene.gross,
        float(policy.net_exposure_max) * equity - signed,
    )
    room = min(rooms)
    if not all(left > 0.0 for left in rooms):  # `min` alone would overlook a NaN
        return Check(name, ZERO, Objection.EXPOSURE, wanted, room)
    if wanted <= room:
        return Check(name, ONE, None, wanted, room)
    return Check(name, share_of(room, proposal.notional), None, wanted, room)


def margin_and_liquidation(proposal: Proposal, scene: Scene) -> Check:
    """Gate 9, second half: margin in use, and liquidation far beyond the stop."""
    name, policy, equity = "margin", scene.policy, scene.watch.equity
    if not (equity > 0.0 and scene.margin_used >= 0.0 and scene.gross >= 0.0):
        return Check(name, ZERO, Objection.MARGIN_USE, 1.0, 0.0)
    wanted = wanted_usd(proposal, scene)
    leverage = min(limits_of(scene).leverage, scene.instrument.leverage_max)
    use = (scene.margin_used + wanted / max(leverage, 1)) / equity
    if not use <= float(policy.margin_use_max):
        return Check(name, ZERO, Objection.MARGIN_USE, use, float(policy.margin_use_max))
    # Cross margin: all positions together may fall by this fraction before the venue closes them.
    held = scene.gross + wanted
    rate = float(scene.instrument.tiers[0].rate)
    distance = inf if held == 0.0 else equity / held - rate
    least = float(policy.liquidation_stop_ratio) * float(proposal.stop)
    if not distance >= least:
        return Check(name, ZERO, Objection.LIQUIDATION_NEAR, distance, least)
    return Check(name, ONE, None, use, float(policy.margin_use_max))


def loss_budget(proposal: Proposal, scene: Scene) -> Check:
    """Gate 11: losses of the day and below the peaks, and the sum of all stops, keep to budget.

    After too many losses in a row, of whatever symbols, the size is that of a streak.
    """
    name, policy, watch = "loss_budget", scene.policy, scene.watch
    if isnan(heights(watch)):  # no loss is known against an unknown height
        return Check(name, ZERO, Objection.DRAWDOWN_BUDGET, watch.peak, policy.drawdown_emergency)
    budgets = (
        (Objection.DAILY_LOSS, watch.daily_loss, policy.daily_loss_max),
        (Objection.DRAWDOWN_BUDGET, watch.ladder_drawdown, policy.drawdown_emergency),
        (Objection.DRAWDOWN_BUDGET, watch.drawdown, policy.capital_floor),
        (Objection.ROLLING_DRAWDOWN, watch.rolling_drawdown, policy.rolling_drawdown_max),
    )
    for objection, lost, most in budgets:
        if not lost < most:
            return Check(name, ZERO, objection, lost, most)
    share = policy.streak_size if watch.streak >= policy.streak_losses else ONE
    # What stops already lock in pays for no new risk. The sum first: `max` hands on a NaN then.
    room = float(policy.open_risk_max) * watch.equity - max(scene.open_risk, 0.0)
    whole = wanted_usd(proposal, scene) * (float(proposal.stop) + float(proposal.costs))
    risk = whole * float(share)
    if not (room > 0.0 and whole > 0.0):
        return Check(name, ZERO, Objection.OPEN_RISK, max(scene.open_risk, 0.0) + risk, room)
    if risk <= room:
        return Check(name, share, None, risk, room)
    return Check(name, share * share_of(room, Decimal(risk)), None, risk, room)


def order_limits(proposal: Proposal, scene: Scene) -> Check:
    """Gate 13: the collar can be met, venue filters would pass it, entries are no flood.

    The collar, drawn in to the venue's price band, lies beyond what half the spread costs.
    """
    name, policy, instrument, quote = "order_limits", scene.policy, scene.instrument, proposal.quote
    recent, most = float(scene.recent_entries), float(policy.entries_per_minute_max)
    if not recent < most:
        return Check(name, ZERO, Objection.ORDER_RATE, recent, most)
    collar = float(min(policy.price_collar, instrument.price_band))
    half = quote.spread_fraction / 2.0
    if not half <= collar:
        return Check(name, ZERO, Objection.PRICE_COLLAR, half, collar)
    wanted = wanted_usd(proposal, scene)
    if not (isfinite(wanted) and quote.price.is_finite() and quote.price > ZERO):
        return Check(name, ZERO, Objection.FILTER, wanted, float(instrument.notional_min))
    notional = min(proposal.notional, limits_of(scene).position_usd)
    quantity = min(instrument.quantity(notional / quote.price), instrument.quantity_max)
    if instrument.fault_of_entry(quantity, quote.price) is not None:
        return Check(name, ZERO, Objection.FILTER, wanted, float(instrument.notional_min))
    return Check(name, ONE, None, recent, most)
